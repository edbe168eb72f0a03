import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import type { Document } from 'yaml';
import type { AdapterConfig, MetricPolicy, ServicePolicy } from '../domain/policy/policy';
import { TerminalError } from '../ports';
import { DEFAULTS } from './defaults';
import { at, problemsOf } from './problems';
import type { ConfigProblem } from './problems';
import { fileSchema, gatewaySchema, serviceSchema } from './schema';
import type { GatewayEntry, ServiceEntry } from './schema';

/** A service whose stanza is wrong: it is out of service, the others run. */
export interface InvalidService {
  readonly name: string;
  readonly problems: readonly ConfigProblem[];
}

/** How the gateway listens and whom it knows. */
export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly tokens: GatewayEntry['tokens'];
  /** Webhook formats by the name in their path. */
  readonly alertSources: Readonly<Record<string, AdapterConfig>>;
}

/** A policy file, read: what works, and every problem there is. */
export interface LoadedConfig {
  readonly file: string;
  readonly services: readonly ServicePolicy[];
  readonly gateway: GatewayConfig;
  readonly invalid: readonly InvalidService[];
  /** Problems outside of any service. */
  readonly problems: readonly ConfigProblem[];
  /** The parsed text, for showing where values come from. */
  readonly source: { readonly document: Document; readonly counter: LineCounter };
}

/** Reads a policy file. Throws `POLICY_INVALID` only when it cannot be read at all. */
export async function loadConfigFile(path: string): Promise<LoadedConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const why =
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'it does not exist' : String(error);
    throw new TerminalError(
      'POLICY_INVALID',
      `cannot read the policy file ${path}: ${why}. Make one with phased-rollback init, or name yours with --config`,
    );
  });
  return loadConfig(text, path);
}

/** Reads the text of a policy file: all problems at once, each with line and path. */
export function loadConfig(text: string, file: string): LoadedConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter });
  const source = { document, counter };
  const broken = document.errors.map((error) => ({
    path: '',
    message: error.message.split('\n')[0] ?? '',
    ...start(counter, error.pos[0]),
  }));
  if (broken.length > 0)
    return { file, services: [], gateway: gatewayOf(undefined), invalid: [], problems: broken, source };
  const raw: unknown = document.toJS();
  const whole = fileSchema.safeParse(raw);
  const problems = whole.success ? [] : problemsOf(whole.error, [], document, counter);
  const entries = listOf(raw, 'services');
  const read = entries.map((entry, index) => readService(entry, index, file, source));
  const unique = read.map((service, index) => withoutTwin(service, index, read, source));
  const gateway = gatewaySchema.safeParse(memberOf(raw, 'gateway') ?? {});
  return {
    file,
    services: unique.flatMap((service) => (service.ok ? [service.policy] : [])),
    gateway: gatewayOf(gateway.success ? gateway.data : undefined),
    invalid: unique.flatMap((service) => (service.ok ? [] : [service.invalid])),
    problems,
    source,
  };
}

type ReadService =
  { readonly ok: true; readonly policy: ServicePolicy } | { readonly ok: false; readonly invalid: InvalidService };

function readService(entry: unknown, index: number, file: string, source: LoadedConfig['source']): ReadService {
  const { document, counter } = source;
  const parsed = serviceSchema.safeParse(entry);
  const named = memberOf(entry, 'name');
  const name = typeof named === 'string' ? named : `services[${index}]`;
  if (!parsed.success) {
    return { ok: false, invalid: { name, problems: problemsOf(parsed.error, ['services', index], document, counter) } };
  }
  const twins = repeated((parsed.data.targets as readonly { name: string }[]).map((target) => target.name));
  if (twins.length > 0) {
    const problem = at(['services', index, 'targets'], `two targets are called "${twins[0]}"`, document, counter);
    return { ok: false, invalid: { name, problems: [problem] } };
  }
  return { ok: true, policy: toPolicy(parsed.data, file) };
}

/** Two stanzas for the same service in the same environment: neither is trusted. */
function withoutTwin(
  service: ReadService,
  index: number,
  all: readonly ReadService[],
  source: LoadedConfig['source'],
): ReadService {
  if (!service.ok) return service;
  const { environment, service: name } = service.policy;
  const same = all.filter(
    (other) => other.ok && other.policy.environment === environment && other.policy.service === name,
  );
  if (same.length < 2) return service;
  const message = `${environment}/${name} is described ${same.length} times; keep one`;
  return {
    ok: false,
    invalid: { name, problems: [at(['services', index, 'name'], message, source.document, source.counter)] },
  };
}

/** An entry's own keys beside those of its adapter, as the schema has let them through. */
type Flat<Own> = Own & { readonly type: string } & Readonly<Record<string, unknown>>;

function toPolicy(entry: ServiceEntry, file: string): ServicePolicy {
  const { timing = {}, alerts = {} } = entry;
  const policy = {
    environment: entry.environment ?? DEFAULTS.environment,
    service: entry.name,
    mode: entry.mode ?? DEFAULTS.mode,
    pace: entry.pace ?? DEFAULTS.pace,
    targets: (entry.targets as readonly Flat<{ name: string; labels: Readonly<Record<string, string>> }>[]).map(
      ({ name, labels, ...adapter }) => ({ name, labels, adapter }),
    ),
    metrics: (entry.metrics as readonly Flat<{ name: string; kind: MetricPolicy['kind']; objective?: number }>[]).map(
      ({ name, kind, objective, ...provider }) => ({ name, kind, ...(objective === undefined ? {} : { objective }), provider }),
    ),
    phases: entry.phases,
    checks: entry.checks,
    notify: entry.notify ?? DEFAULTS.notify,
    archive: placed(entry.archive ?? DEFAULTS.archive, file),
    alerts: {
      match: alerts.match ?? DEFAULTS.alerts.match,
      severities: alerts.severities ?? DEFAULTS.alerts.severities,
      staleMs: alerts.stale ?? DEFAULTS.alerts.staleMs,
      blameWindowMs: alerts.blameWindow ?? DEFAULTS.alerts.blameWindowMs,
      coolDownMs: alerts.coolDown ?? DEFAULTS.alerts.coolDownMs,
      knownGoodMs: alerts.knownGood ?? DEFAULTS.alerts.knownGoodMs,
    },
    timing: timingOf(timing),
    onHalt: entry.onHalt ?? DEFAULTS.onHalt,
    onThinEvidence: entry.onThinEvidence ?? DEFAULTS.onThinEvidence,
    onCoupled: entry.onCoupled ?? DEFAULTS.onCoupled,
  };
  return { ...policy, hash: createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 12) };
}

function timingOf(timing: NonNullable<ServiceEntry['timing']>): ServicePolicy['timing'] {
  const given = Object.entries(timing).map(([name, ms]) => [`${name}Ms`, ms]);
  return { ...DEFAULTS.timing, ...Object.fromEntries(given) };
}

/** A relative path means: beside the policy file, wherever the worker was started. */
function placed(archive: { readonly type: string; readonly path?: string }, file: string): AdapterConfig {
  return archive.path === undefined ? { ...archive } : { ...archive, path: resolve(dirname(file), archive.path) };
}

function gatewayOf(entry: GatewayEntry | undefined): GatewayConfig {
  return {
    host: entry?.host ?? DEFAULTS.gateway.host,
    port: entry?.port ?? DEFAULTS.gateway.port,
    tokens: entry?.tokens ?? [],
    alertSources: { alertmanager: { type: 'alertmanager' }, ...entry?.alertSources },
  };
}

function start(counter: LineCounter, offset: number): { readonly line: number; readonly column: number } {
  const { line, col } = counter.linePos(offset);
  return { line, column: col };
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function listOf(value: unknown, key: string): readonly unknown[] {
  const member = memberOf(value, key);
  return Array.isArray(member) ? member : [];
}

function repeated(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}
