import { z } from 'zod';
import type { ServicePolicy } from '../domain/policy/policy';
import type { LoadedConfig } from './load';
import type { ConfigProblem } from './problem';
import { fileSchema, serviceSchema } from './schema';
import { shortMetricsSchema } from './short-metrics';

export { DEFAULTS } from './defaults';
export { formatDuration, parseDuration } from './duration';
export { loadConfig, loadConfigFile } from './load';
export type { ConfigSource, GatewayConfig, InvalidService, LoadedConfig } from './load';
export type { ConfigProblem } from './problem';
export { environmentFor } from './environments';
export { configReader } from './reread';
export { showConfig } from './show';
export type { ShownValue } from './show';

/** A service's policy, or in one sentence why it has none. */
export function policyFor(
  loaded: LoadedConfig,
  environment: string,
  service: string,
): { readonly ok: true; readonly policy: ServicePolicy } | { readonly ok: false; readonly error: string } {
  const policy = loaded.services.find(
    (candidate) => candidate.environment === environment && candidate.service === service,
  );
  if (policy) return { ok: true, policy };
  return { ok: false, error: `${environment}/${service}: ${whyNone(loaded, environment, service)}` };
}

function whyNone(loaded: LoadedConfig, environment: string, service: string): string {
  const invalid = loaded.invalid.find(
    (candidate) => candidate.name === service && candidate.environment === environment,
  );
  if (invalid) return `its policy is invalid: ${sentences(invalid.problems)}`;
  const known = loaded.services.map((candidate) => `${candidate.environment}/${candidate.service}`);
  if (known.length > 0) return `${loaded.file} does not describe it; it describes ${known.join(', ')}`;
  return loaded.problems.length > 0
    ? `${loaded.file} is invalid: ${sentences(loaded.problems)}`
    : `${loaded.file} describes no service that works`;
}

function sentences(problems: readonly ConfigProblem[]): string {
  return problems.map(({ line, path, message }) => `line ${line}, ${path}: ${message}`).join('; ');
}

/** JSON Schema of the file, for editors. */
export function policyJsonSchema(): unknown {
  const { metrics } = serviceSchema.shape;
  const eitherForm = serviceSchema.extend({
    metrics: z.union([metrics, shortMetricsSchema]).describe('what a phase is judged by: a list, or the short form'),
  });
  const whole = fileSchema.extend({
    services: z.array(eitherForm).min(1).describe('every service that can be taken back'),
  });
  return z.toJSONSchema(whole, { io: 'input', unrepresentable: 'any' });
}
