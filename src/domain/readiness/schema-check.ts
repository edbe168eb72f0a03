import type { Release } from '../service/release';
import type { CheckResult } from './check-result';

type Declared = Pick<Release, 'revision' | 'schema'>;

/**
 * Whether the old release can work with what the suspect may have made of the data, by the schema versions that both
 * declare. The version in force is somewhere in the suspect's range: the old release must work with all of it to pass,
 * with none of it is a block that nobody overrides, and with a part of it is unknown. Nothing declared is a warning.
 */
export function schemaCheck(from: Declared, to: Declared): CheckResult {
  const base = { check: 'declared schema', overridable: true };
  if (!from.schema || !to.schema) {
    const silent = [from, to].filter((release) => !release.schema).map((release) => release.revision);
    return {
      ...base,
      status: 'warn',
      evidence: `${silent.join(' and ')} ${silent.length > 1 ? 'declare' : 'declares'} no schema versions`,
      fix: 'declare the schema versions that a revision works with when its release is recorded',
    };
  }
  const [left, right] = [from.schema, to.schema];
  const evidence = `the schema may be at ${rangeText(left)} with ${from.revision}; ${to.revision} works with ${rangeText(right)}`;
  if (right.min <= left.min && left.max <= right.max) return { ...base, status: 'pass', evidence };
  const fix = `go back to a revision that works with schema ${rangeText(left)}, or forward to a fix`;
  if (right.max < left.min || left.max < right.min)
    return { ...base, overridable: false, status: 'block', evidence, fix };
  const common = rangeText({ min: Math.max(left.min, right.min), max: Math.min(left.max, right.max) });
  return {
    ...base,
    status: 'unknown',
    evidence,
    fix: `see that the schema in force is at ${common} and approve, or ${fix}`,
  };
}

function rangeText({ min, max }: NonNullable<Release['schema']>): string {
  return min === max ? String(min) : `${min} to ${max}`;
}
