import { freshCohort } from './counters';
import type { BoundStratum, Freshness } from './counters';
import type { JudgeSettings } from './settings';

/** One letter a look, oldest first: `+` brought a pair, `.` brought none because none was due, `-` is a gap. */
export type Looks = string;

const POOR = 0.5;
const MOST = 360;

/** Adds one look, and forgets those that are older than what counts as no data. */
export function looked(looks: Looks, mark: '+' | '.' | '-', { noDataMs, intervalMs }: JudgeSettings): Looks {
  const window = Math.max(2, Math.min(MOST, Math.round(noDataMs / intervalMs)));
  return (looks + mark).slice(-window);
}

/** Whether a look without a new pair is a gap; a source that measures less often than we ask just had nothing new. */
export function markOf(strata: readonly BoundStratum[], fresh: Freshness): '.' | '-' {
  const isWhole = (stratum: BoundStratum): boolean =>
    freshCohort(stratum.stable, fresh) && (!fresh.needsCurrent || freshCohort(stratum.current, fresh));
  return strata.length > 0 && strata.every(isWhole) ? '.' : '-';
}

/** Whether more than half of that time was gaps. */
export function isPoor(looks: Looks, { noDataMs, intervalMs }: JudgeSettings): boolean {
  let gaps = 0;
  for (const look of looks) if (look === '-') gaps += 1;
  return gaps * intervalMs > POOR * Math.min(noDataMs, MOST * intervalMs);
}
