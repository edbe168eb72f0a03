import { readFile } from 'node:fs/promises';
import type { AdapterConfig, ServicePolicy } from '../domain/policy/policy';
import { TerminalError } from '../ports';
import { DEFAULTS } from './defaults';
import { PolicyText } from './policy-text';
import type { ConfigProblem } from './problem';
import { problemsOf } from './problems';
import { readServices } from './read-services';
import { fileSchema } from './schema';
import type { EnvironmentEntry, GatewayEntry } from './schema';

/** A service whose stanza is wrong: it is out of service, the others run. */
export interface InvalidService {
  readonly name: string;
  readonly environment: string;
  readonly problems: readonly ConfigProblem[];
}

/** How the gateway listens and whom it knows. */
export interface GatewayConfig {
  readonly host: string;
  readonly port: number;
  readonly tokens: GatewayEntry['tokens'];
  /** Webhook formats by the name in their path. */
  readonly alertSources: Readonly<Record<string, AdapterConfig>>;
  /** With any of these nothing of the stanza is in force, its tokens included: a gateway must not start. */
  readonly problems: readonly ConfigProblem[];
}

/** A policy file, read: what works, and every problem there is. */
export interface LoadedConfig {
  readonly file: string;
  /** Environments of the services that work. */
  readonly environments: readonly string[];
  readonly services: readonly ServicePolicy[];
  /** The part about environments as the file gives it; empty where it cannot be read, which `problems` tell. */
  readonly environmentEntries: Readonly<Record<string, EnvironmentEntry>>;
  readonly gateway: GatewayConfig;
  readonly invalid: readonly InvalidService[];
  /** Problems outside of any service, those of the gateway included. */
  readonly problems: readonly ConfigProblem[];
  readonly source: ConfigSource;
}

/** The text, for showing where values come from. */
export interface ConfigSource {
  readonly text: PolicyText;
  /** Place in the file's list of services, by policy. */
  readonly indexes: ReadonlyMap<ServicePolicy, number>;
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

/** Reads the text of a policy file: all problems at once, each with line and path. Never throws. */
export function loadConfig(content: string, file: string | { readonly file: string }): LoadedConfig {
  const text = new PolicyText(content, typeof file === 'string' ? file : file.file);
  const broken = text.broken.filter((entry) => entry.path.length === 0).map((entry) => entry.problem);
  const whole = fileSchema.safeParse(text.raw);
  // A text that is no YAML has no values to complain of.
  const wrong = whole.success || text.raw === undefined ? [] : fileProblems(whole.error.issues, text);
  const problems = [...broken, ...wrong, ...gatewayChecks(text, whole.data?.gateway)];
  const usable = broken.length === 0 && !problems.some((problem) => problem.path === 'apiVersion');
  const read = readServices(text);
  const services = usable ? read.flatMap((service) => service.policy ?? []) : [];
  const gatewayProblems = usable ? problems.filter((problem) => /^gateway\b/.test(problem.path)) : problems;
  return {
    file: text.file,
    environments: [...new Set(services.map((policy) => policy.environment))],
    services,
    environmentEntries: fileSchema.shape.environments.safeParse(text.valueAt(['environments'])).data ?? {},
    gateway: gatewayOf(gatewayProblems.length === 0 ? gatewayEntry(text) : undefined, gatewayProblems),
    invalid: read.flatMap(({ policy, name, environment, problems: own }) =>
      policy ? [] : [{ name, environment, problems: own }],
    ),
    problems,
    source: {
      text,
      indexes: new Map(read.flatMap(({ policy, index }) => (policy ? [[policy, index] as const] : []))),
    },
  };
}

function fileProblems(issues: Parameters<typeof problemsOf>[0], text: PolicyText): readonly ConfigProblem[] {
  return problemsOf(issues, { schema: fileSchema, above: [], text });
}

/** Other parts of the file may be wrong; the gateway's stanza is read for itself. */
function gatewayEntry(text: PolicyText): GatewayEntry | undefined {
  return fileSchema.shape.gateway.safeParse(text.valueAt(['gateway'])).data;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1|\[::1\])$/;

function gatewayChecks(text: PolicyText, read: GatewayEntry | undefined): readonly ConfigProblem[] {
  const gateway = read ?? gatewayEntry(text);
  if (!gateway) return [];
  const names = gateway.tokens.map((token) => token.name);
  const twice = names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [text.problem(['gateway', 'tokens', index, 'name'], `"${name}" is used twice in tokens`)]
      : [],
  );
  const open = gateway.host !== undefined && !LOOPBACK.test(gateway.host) && gateway.tokens.length === 0;
  const message = `listening on ${gateway.host} needs tokens; without any only loopback is allowed`;
  return open ? [...twice, text.problem(['gateway', 'host'], message)] : twice;
}

function gatewayOf(entry: GatewayEntry | undefined, problems: readonly ConfigProblem[]): GatewayConfig {
  return {
    host: entry?.host ?? DEFAULTS.gateway.host,
    port: entry?.port ?? DEFAULTS.gateway.port,
    tokens: entry?.tokens ?? [],
    alertSources: { ...DEFAULTS.gateway.alertSources, ...entry?.alertSources },
    problems,
  };
}
