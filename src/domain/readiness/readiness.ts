import type { CheckResult } from './check-result';

/** What all checks together say. */
export interface Readiness {
  readonly kind: 'ready' | 'warnings' | 'notReady';
  /** The checks that stop the rollback: blocks, and unknowns, which never count as pass. */
  readonly blocking: readonly CheckResult[];
  /** True when an approver may go on in spite of every blocking check. */
  readonly overridable: boolean;
  /** One sentence for people. */
  readonly text: string;
}

/** Weighs check results. Something that could not be found out stops like a block that may be overridden. */
export function judgeReadiness(results: readonly CheckResult[]): Readiness {
  const blocking = results.filter((result) => result.status === 'block' || result.status === 'unknown');
  const overridable = blocking.every((result) => result.status === 'unknown' || result.overridable);
  if (blocking.length > 0) {
    const text = `not ready: ${blocking.map(sentence).join('; ')}`;
    return { kind: 'notReady', blocking, overridable, text };
  }
  const warnings = results.filter((result) => result.status === 'warn');
  if (warnings.length > 0) {
    return {
      kind: 'warnings',
      blocking,
      overridable,
      text: `ready, with warnings: ${warnings.map(sentence).join('; ')}`,
    };
  }
  return { kind: 'ready', blocking, overridable, text: `ready: ${results.length} checks passed` };
}

function sentence(result: CheckResult): string {
  const where = result.target === undefined ? '' : ` (${result.target})`;
  const unknown = result.status === 'unknown' ? 'could not be found out: ' : '';
  return `${result.check}${where} ${unknown}${result.evidence}`;
}
