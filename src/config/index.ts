import { z } from 'zod';
import type { ServicePolicy } from '../domain/policy/policy';
import type { LoadedConfig } from './load';
import { locate } from './problems';
import { fileSchema, serviceSchema } from './schema';

export { DEFAULTS } from './defaults';
export { parseDuration } from './duration';
export { loadConfig, loadConfigFile } from './load';
export type { GatewayConfig, InvalidService, LoadedConfig } from './load';
export type { ConfigProblem } from './problems';

/** A service's policy, or why it has none. */
export function policyFor(
  loaded: LoadedConfig,
  environment: string,
  service: string,
): { readonly ok: true; readonly policy: ServicePolicy } | { readonly ok: false; readonly error: string } {
  const policy = loaded.services.find(
    (candidate) => candidate.environment === environment && candidate.service === service,
  );
  if (policy) return { ok: true, policy };
  const invalid = loaded.invalid.find((candidate) => candidate.name === service);
  const known = loaded.services.map((candidate) => `${candidate.environment}/${candidate.service}`).join(', ');
  const why = invalid
    ? `its policy is invalid: ${invalid.problems.map((problem) => `line ${problem.line}, ${problem.path}: ${problem.message}`).join('; ')}`
    : `${loaded.file} does not describe it; it describes ${known === '' ? 'no service' : known}`;
  return { ok: false, error: `${environment}/${service}: ${why}` };
}

/** One value in force, and where it came from. */
export interface ShownValue {
  readonly path: string;
  readonly value: string;
  /** `line 12` or `default`. */
  readonly from: string;
}

/** Every value of every working service, with where it came from. */
export function showConfig(loaded: LoadedConfig): readonly ShownValue[] {
  return loaded.services.flatMap((policy, index) =>
    leaves(policy, `${policy.environment}/${policy.service}`, index, loaded),
  );
}

const DERIVED = new Set(['hash', 'service', 'environment']);

function leaves(policy: ServicePolicy, name: string, index: number, loaded: LoadedConfig): readonly ShownValue[] {
  const { document, counter } = loaded.source;
  const walk = (value: unknown, path: readonly string[]): readonly ShownValue[] => {
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      return Object.entries(value).flatMap(([key, inner]) => walk(inner, [...path, key]));
    }
    const inFile = ['services', index, ...path.map(asWritten)];
    const from = document.hasIn(inFile) ? `line ${locate(document, counter, inFile).line}` : 'default';
    return [{ path: `${name} ${path.join('.')}`, value: JSON.stringify(value), from }];
  };
  const shown = Object.entries(policy).filter(([key]) => !DERIVED.has(key));
  return shown.flatMap(([key, value]) => walk(value, [key]));
}

/** The file leaves out the unit and the adapter's nesting that a policy has. */
function asWritten(part: string): string | number {
  if (/^\d+$/.test(part)) return Number(part);
  return part.endsWith('Ms') ? part.slice(0, -2) : part;
}

/** JSON Schema of the file, for editors. */
export function policyJsonSchema(): unknown {
  const whole = fileSchema.extend({ services: z.array(serviceSchema).min(1) });
  return z.toJSONSchema(whole, { io: 'input', unrepresentable: 'any' });
}
