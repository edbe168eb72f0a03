import type { Release } from '../service/release';
import type { CheckResult } from './check-result';

/**
 * Whether the old release can work with what the suspect may have written: their declared schema ranges must overlap
 * at the suspect's newest version. Nothing declared is nothing known, and said, but stops nothing.
 */
export function checkSchema(from: Release | undefined, to: Release | undefined): CheckResult {
  const base = { check: 'schema', overridable: false };
  if (!from?.schema || !to?.schema) {
    const missing = [from, to]
      .filter((release) => !release?.schema)
      .map((release) => release?.revision ?? 'an unknown release');
    const evidence = `no schema range declared for ${missing.join(' and ')}`;
    return {
      ...base,
      status: 'warn',
      evidence,
      fix: 'declare it with the release: phased-rollback release --schema 12-14',
    };
  }
  const fits = to.schema.min <= from.schema.max && from.schema.max <= to.schema.max;
  const ranges = `${from.revision} works up to schema ${from.schema.max}, ${to.revision} with ${to.schema.min} to ${to.schema.max}`;
  if (fits) return { ...base, status: 'pass', evidence: ranges };
  return { ...base, status: 'block', evidence: ranges, fix: 'migrate the schema back, or roll forward to a fix' };
}
