import { RetryableError, TerminalError } from '../../ports';
import { outsideText } from '../outside-text';
import { hint } from './haproxy-config';
import type { HaproxyConfig } from './haproxy-config';
import { read } from './haproxy-runtime';

/** One server of the backend as one HAProxy has it. */
export interface ServerState {
  readonly name: string;
  readonly slot: string;
  /** As it is set now, 0 to 256. */
  readonly weight: number;
  /** As haproxy.cfg sets it. */
  readonly initial: number;
  /** Taken out by hand or by the configuration: in maintenance or draining. */
  readonly isOut: boolean;
  /** In, and running as far as HAProxy knows. */
  readonly isReady: boolean;
  /** False where HAProxy never asks whether it runs. */
  readonly isChecked: boolean;
  /** Undefined where it is not resolved. */
  readonly endpoint?: { readonly host: string; readonly port: number };
}

/** One HAProxy's backend, as read at once. */
export interface InstanceState {
  readonly address: string;
  readonly servers: readonly ServerState[];
  readonly algorithm: string;
  /** Cookie that keeps users on their server, whatever the weights. */
  readonly cookie?: string;
  /** Process variables that were asked for, by name. */
  readonly variables: ReadonlyMap<string, string>;
}

/** All but 0x04, which only says that it began in maintenance. */
const TAKEN_OUT_BITS = 0x7b;
const RUNNING = '2';
const LESSER_LEVELS: readonly string[] = ['user', 'operator'];

/** Reads a backend with one line. Throws where it cannot be read, or is not as the policy says. */
export async function readInstance(
  name: string,
  config: HaproxyConfig,
  address: string,
  variables: readonly string[],
  signal: AbortSignal,
): Promise<InstanceState> {
  const { backend } = config;
  const commands = [
    `show servers state ${backend}`,
    `show stat ${backend} 6 -1`,
    'show cli level',
    ...variables.map((variable) => `get var ${variable}`),
  ];
  const [state = '', stat = '', level = '', ...values] = await read(name, address, commands, signal);
  const says = `${name}: HAProxy at ${address}`;
  if (LESSER_LEVELS.includes(level)) {
    const message = `${says} lets us look, but set nothing (level ${level}): give it "level admin" in haproxy.cfg`;
    throw new TerminalError('TARGET_UNAUTHORIZED', message);
  }
  if (state.startsWith("Can't find backend")) throw await unknownBackend(says, name, backend, address, signal);
  const rows = tableOf(state.split('\n').slice(1), /\s+/);
  const stats = tableOf(stat.split('\n'), ',');
  if (!state.startsWith('1\n#') || rows === undefined || stats === undefined || rows.length === 0) {
    throw new RetryableError(
      'TARGET_ANSWER_UNREADABLE',
      `${says} did not answer as its runtime API does: ${outsideText(state.slice(0, 120))}`,
    );
  }
  const whole = stats.find((row) => row['type'] === '1');
  const servers = rows.flatMap((row) => {
    const status = stats.find((candidate) => candidate['svname'] === row['srv_name']);
    return status === undefined || status['bck'] === '1' ? [] : [serverOf(row, status, config)];
  });
  const cookie = whole?.['cookie'];
  return {
    address,
    servers: inSlots(says, config, servers),
    algorithm: whole?.['algo'] ?? '',
    ...(cookie ? { cookie } : {}),
    variables: variablesIn(values),
  };
}

type Row = Readonly<Record<string, string>>;

/** Rows by the names in the first line, which begins with `# `. */
function tableOf(lines: readonly string[], separator: string | RegExp): readonly Row[] | undefined {
  const [first = '', ...rest] = lines;
  if (!first.startsWith('# ')) return undefined;
  const names = first.slice(2).split(separator);
  return rest.map((line) => Object.fromEntries(line.split(separator).map((value, at) => [names[at] ?? '', value])));
}

function serverOf(row: Row, status: Row, { slots }: HaproxyConfig): ServerState {
  const name = row['srv_name'] ?? '';
  const isOut = (Number(row['srv_admin_state']) & TAKEN_OUT_BITS) !== 0;
  const [host, port] = [row['srv_addr'] ?? '-', Number(row['srv_port'])];
  return {
    name,
    slot: slots === undefined ? name : (Object.keys(slots).find((slot) => slots[slot]?.includes(name)) ?? ''),
    weight: Number(row['srv_uweight']),
    initial: Number(row['srv_iweight']),
    isOut,
    isReady: !isOut && row['srv_op_state'] === RUNNING,
    // Where it is out the status hides it; whether it is checked then shows once it is in.
    isChecked: status['status'] !== 'no check',
    ...(host === '-' || !port ? {} : { endpoint: { host, port } }),
  };
}

/** The servers of the slots; one that is in none must not take traffic that nobody would account for. */
function inSlots(says: string, config: HaproxyConfig, servers: readonly ServerState[]): readonly ServerState[] {
  const names = servers.map((server) => server.name);
  const missing = Object.values(config.slots ?? {})
    .flat()
    .find((server) => !names.includes(server));
  if (missing !== undefined) {
    const rest = hint(missing, names);
    throw new TerminalError(
      'TARGET_MISCONFIGURED',
      `${says}: backend ${config.backend} has no server ${missing}${rest}`,
    );
  }
  const stray = servers.find((server) => server.slot === '' && server.weight > 0 && !server.isOut);
  if (stray !== undefined) {
    throw new TerminalError(
      'TARGET_MISCONFIGURED',
      `${says}: server ${stray.name} of ${config.backend} takes traffic and is in no slot; ` +
        'put it into one in the policy, or take it out (set its weight to 0)',
    );
  }
  return servers.filter((server) => server.slot !== '');
}

async function unknownBackend(
  says: string,
  name: string,
  backend: string,
  address: string,
  signal: AbortSignal,
): Promise<TerminalError> {
  const [listed = ''] = await read(name, address, ['show backend'], signal);
  const rest = hint(
    backend,
    listed
      .split('\n')
      .slice(1)
      .map((line) => outsideText(line)),
  );
  return new TerminalError('TARGET_MISCONFIGURED', `${says} has no backend ${backend}${rest}`);
}

function variablesIn(answers: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    answers.flatMap((answer) => {
      const [, variable, value] = /^(proc\.\w+): type=str value=<(.*)>$/.exec(answer) ?? [];
      return variable === undefined || value === undefined ? [] : [[variable, value] as const];
    }),
  );
}
