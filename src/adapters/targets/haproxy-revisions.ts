import { inSlot } from '../../domain/service/slots';
import type { SlotRecord } from '../../domain/service/slots';
import type { AdapterDependencies } from '../dependencies';
import { attempt } from '../http';
import { outsideText } from '../outside-text';
import type { HaproxyConfig, Probe } from './haproxy-config';
import type { InstanceState, ServerState } from './haproxy-state';

const LONGEST_REVISION = 300;
const MAX_ANSWER_BYTES = 65_536;

/** What a server runs, or why nobody knows. */
export type Running = { readonly revision: string } | { readonly unknown: string };

/** Which revision each server runs, by its name. */
export type Revisions = ReadonlyMap<string, Running>;

/** Where what runs is told, beside the target itself. */
export interface Told {
  /** The target, as the policy calls it. */
  readonly target: string;
  readonly slots: SlotRecord | undefined;
}

/** What servers said when they last answered, for the life of this process: a server that dies still runs what it ran. */
const lastSaid = new WeakMap<AdapterDependencies, Map<string, string>>();

/** HAProxy's own variable for the revision in a slot. */
function revisionVariable(backend: string, slot: string): string {
  return `proc.revision_${inVariable(backend)}_${inVariable(slot)}`;
}

/** The variables that have to be read to know what slots hold; none where something else says it. */
export function revisionVariables({ backend, probe, revisions, slots = {} }: HaproxyConfig): readonly string[] {
  if (probe !== undefined || revisions === 'record') return [];
  return Object.keys(slots).map((slot) => revisionVariable(backend, slot));
}

/** What a name becomes in the name of a variable. */
export function inVariable(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_');
}

/** A HAProxy with what its servers run: they are asked, or somebody was told, or their slot's others say it. Never throws. */
export async function revisionsOf(
  config: HaproxyConfig,
  instance: InstanceState,
  told: Told,
  deps: AdapterDependencies,
  signal: AbortSignal,
): Promise<{ readonly instance: InstanceState; readonly revisions: Revisions }> {
  const { probe } = config;
  const said = await Promise.all(
    instance.servers.map(async (server): Promise<readonly [ServerState, Running]> => {
      if (probe === undefined) return [server, toldOf(config, instance, server, told)];
      const now = await asked(probe, server, signal);
      const key = [instance.address, config.backend, server.name].join(' ');
      // Where HAProxy does not ask whether it runs, an answer shows it.
      const isReady = server.isReady && (server.isChecked || known(now));
      return [{ ...server, isReady }, remembered(deps, key, now)];
    }),
  );
  const revisions = new Map(
    said.map(([server, running]) => [server.name, known(running) ? running : neighbour(said, server, running)]),
  );
  return { instance: { ...instance, servers: said.map(([server]) => server) }, revisions };
}

function known(running: Running): running is { readonly revision: string } {
  return 'revision' in running;
}

function toldOf(config: HaproxyConfig, instance: InstanceState, server: ServerState, told: Told): Running {
  return config.revisions === 'record' ? released(server, told) : inProcess(config, instance, server);
}

function released({ slot }: ServerState, { target, slots }: Told): Running {
  if (slots === undefined) return { unknown: 'nobody here has the release record, which says it' };
  return inSlot(slots, target, slot);
}

function inProcess({ backend }: HaproxyConfig, { variables }: InstanceState, { slot }: ServerState): Running {
  const variable = revisionVariable(backend, slot);
  const revision = variables.get(variable);
  const wayOut = `"set-var ${variable} str(<revision>)" in its global section says it, or a "probe" in the policy`;
  return revision ? { revision } : { unknown: `HAProxy has no ${variable}; ${wayOut}` };
}

function remembered(deps: AdapterDependencies, key: string, now: Running): Running {
  const said = lastSaid.get(deps) ?? new Map<string, string>();
  lastSaid.set(deps, said);
  if (known(now)) said.set(key, now.revision);
  const before = said.get(key);
  return known(now) || before === undefined ? now : { revision: before };
}

/** Servers of a slot are deployed together: one that does not answer runs what all others say that they run. */
function neighbour(all: readonly (readonly [ServerState, Running])[], { slot }: ServerState, none: Running): Running {
  const others = all.flatMap(([server, running]) => (server.slot === slot && known(running) ? [running.revision] : []));
  const [first] = others;
  return first !== undefined && others.every((revision) => revision === first) ? { revision: first } : none;
}

async function asked(probe: Probe, server: ServerState, signal: AbortSignal): Promise<Running> {
  if (server.endpoint === undefined) return { unknown: `${server.name} has no address` };
  const { host } = server.endpoint;
  const port = probe.port ?? server.endpoint.port;
  const end = await attempt(
    `http://${host.includes(':') ? `[${host}]` : host}:${port}${probe.path}`,
    { signal },
    MAX_ANSWER_BYTES,
  );
  const says = `${server.name} at port ${port}${probe.path}`;
  if (end.kind === 'oversized') return { unknown: `${says}: the answer is longer than ${end.limitBytes} bytes` };
  if (end.kind === 'failed') return { unknown: `${says}: ${end.because}` };
  const { status, headers, body } = end.answer;
  if (status !== 200) return { unknown: `${says}: HTTP ${status}` };
  const found = probe.header === undefined ? inBody(probe, body) : headers.get(probe.header);
  const revision = typeof found === 'string' || typeof found === 'number' ? String(found).trim() : '';
  if (revision === '' || revision.length > LONGEST_REVISION || revision !== outsideText(revision))
    return { unknown: `${says}: holds no revision${whereIn(probe)}` };
  return { revision };
}

function inBody({ json }: Probe, body: string): unknown {
  if (json === undefined) return body;
  try {
    return json.split('.').reduce<unknown>((at, key) => {
      // Own keys only: what every object has is no place in a document.
      return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? at[key as keyof typeof at] : undefined;
    }, JSON.parse(body));
  } catch {
    return undefined;
  }
}

function whereIn({ header, json }: Probe): string {
  if (header !== undefined) return ` in its header ${header}`;
  return json === undefined ? '' : ` at ${json}`;
}
