import type { ReplayedReport } from '../../../../src/domain/simulation';
import { POLICY } from '../../rollback/support/fixtures';

/** Looks ten seconds apart, and nothing left out at the start of a phase. */
export const TIMING = { ...POLICY.timing, intervalMs: 10_000, settleMs: 0, longestBakeMs: 600_000, quietMs: 60_000 };
export const START = 1_700_000_000_000;
export const PHASE_MS = 600_000;

/** Phases of ten minutes each over one target, by their weights; only so many of them have begun. */
export function reportOf(
  weights: readonly number[],
  begun: number,
  more: Partial<ReplayedReport> = {},
): ReplayedReport & Required<Pick<ReplayedReport, 'plan'>> {
  const phases = weights.map((weight, index) => ({
    number: index + 1,
    name: `eu ${weight} %`,
    weights: [{ target: 'eu', weight }],
    gate: 'automatic' as const,
    noControl: weight === 100,
    because: 'test',
    ...(index < begun ? { appliedAt: START + index * PHASE_MS } : {}),
  }));
  const plan = {
    fromRevision: 'v2',
    toRevision: 'v1',
    pace: 'balanced' as const,
    cause: 'errors' as const,
    because: 'test',
    expectedReliefMs: 0,
    outside: [],
    phases,
  };
  return { traffic: [], shares: [], verdicts: [], endedAt: START + begun * PHASE_MS, ...more, plan };
}
