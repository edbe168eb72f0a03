import type { PastRollback } from './state';

/** For how long after its end a rollback's targets are watched where the policy does not say; in milliseconds. */
export const WATCHED_AFTER_MS = 24 * 3_600_000;

/** A past rollback that is still watched over, with what it left. */
export type Watched = PastRollback & Required<Pick<PastRollback, 'left' | 'toRevision'>>;

/**
 * The rollbacks whose targets are watched now for what they left, newest first; none while one is live. More than one only
 * where a later one has moved nothing: each target is watched for what the newest left there. `now` in epoch milliseconds.
 */
export function watchedRollbacks(
  { past, live }: { readonly past: readonly PastRollback[]; readonly live?: unknown },
  now: number,
  watchedMs: number = WATCHED_AFTER_MS,
): readonly Watched[] {
  if (live) return [];
  return past.toReversed().flatMap((each): readonly Watched[] => {
    const { left, toRevision, endedAt } = each;
    return left && toRevision !== undefined && now - endedAt <= watchedMs ? [{ ...each, left, toRevision }] : [];
  });
}

/**
 * What is still watched of earlier rollbacks once one more has ended. One that moved nothing changes nothing of what they
 * left but where it read back itself; after any other it is of no account what they left.
 */
export function leftToWatch(
  past: readonly PastRollback[],
  { moved, left = {} }: { readonly moved?: boolean; readonly left?: PastRollback['left'] },
): readonly PastRollback[] {
  return past.map((each): PastRollback => {
    const { left: before, ready: _ready, drifts: _drifts, troubles: _troubles, ...rest } = each;
    if (before === undefined || moved !== false) return rest;
    const still = Object.entries(before).filter(([target]) => !(target in left));
    return still.length > 0 ? { ...each, left: Object.fromEntries(still) } : rest;
  });
}
