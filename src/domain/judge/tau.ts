import { MIN_REQUESTS } from './settings';
import type { TauSource } from './settings';
import type { CohortCounts } from './verdict';

/** What may say which ratio counts as restored; ratios 0 to 1. */
export interface KnownTargets {
  readonly objective?: number | undefined;
  /** What was normal before the incident. */
  readonly baseline?: number | undefined;
  /** What the last phase with a control left, by `carriedTauOf`. */
  readonly carried?: number | undefined;
  /** True where a target at least is left no control. */
  readonly alone?: boolean;
}

const FLOOR_TAU = 0.001;
const CARRIED = 0.7;

/**
 * The ratio that counts as restored: the objective, else twice what was normal before the incident (at least 0.1 %), else,
 * where there is no control, what is carried. Beside a control nothing is better than current itself.
 */
export function tauFor({ objective, baseline, carried, alone = false }: KnownTargets): {
  readonly tau?: number;
  readonly source: TauSource;
} {
  if (objective !== undefined) return { tau: objective, source: 'objective' };
  if (baseline !== undefined) return { tau: Math.max(2 * baseline, FLOOR_TAU), source: 'history' };
  if (carried !== undefined && alone) return { tau: carried, source: 'last-controlled-phase' };
  return { source: 'none' };
}

/**
 * What counts as restored after a phase with a control in which current had these counts: 0.7 times its ratio. Undefined
 * where they tell nothing: of too few requests, or of none that failed, below which no revision can be proven to be.
 */
export function carriedTauOf({ requests, bad }: CohortCounts): number | undefined {
  return requests >= MIN_REQUESTS && bad > 0 ? (CARRIED * bad) / requests : undefined;
}
