import type { ReadyShare, TargetReading } from '../plan/census';

/** Less than this is a rounding of the target's own. */
export const ROUNDING_PERCENT = 0.5;

/**
 * True where a revision has gained a share only because instances of another one have failed: shares are those of the
 * ready instances there, then as now, it has no more of them than before, and of another one that still serves less is
 * ready than should be. Of instances that somebody took away nothing is missing, and that is no failure.
 */
export function onlyOthersFailed(
  revision: string,
  before: Readonly<Record<string, ReadyShare>> | undefined,
  { revisions }: Pick<TargetReading, 'revisions'>,
): boolean {
  const now = Object.fromEntries(revisions.map((entry) => [entry.revision, entry]));
  if (!before || !areShares(Object.values(before)) || !areShares(revisions)) return false;
  if ((now[revision]?.readyInstances ?? 0) > (before[revision]?.readyInstances ?? 0)) return false;
  return Object.entries(before).some(([other, had]) => {
    const has = now[other];
    return other !== revision && has !== undefined && has.weight > 0 && has.readyCapacity < had.readyCapacity;
  });
}

/** Whether shares are exactly those of the ready instances. */
function areShares(revisions: readonly ReadyShare[]): boolean {
  const all = revisions.reduce((sum, { readyInstances }) => sum + readyInstances, 0);
  if (all === 0) return false;
  return revisions.every(
    ({ weight, readyInstances }) => Math.abs(weight - (100 * readyInstances) / all) <= ROUNDING_PERCENT,
  );
}
