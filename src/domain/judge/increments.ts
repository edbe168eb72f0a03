import type { Increment } from './e-process';
import type { CohortCounts } from './verdict';

/** All increments as one. */
export function sumOf(increments: readonly Increment[]): Increment {
  return {
    stable: addCounts(increments.map(({ stable }) => stable)),
    current: addCounts(increments.map(({ current }) => current)),
  };
}

/** All counts as one; those of bounds by their place. */
export function addCounts(counts: readonly CohortCounts[]): CohortCounts {
  const total = {
    requests: counts.reduce((sum, { requests }) => sum + requests, 0),
    bad: counts.reduce((sum, { bad }) => sum + bad, 0),
  };
  const bounds = Math.max(0, ...counts.map(({ slower = [] }) => slower.length));
  if (bounds === 0) return total;
  const slower = Array.from({ length: bounds }, (_, index) =>
    counts.reduce((sum, each) => sum + (each.slower?.[index] ?? 0), 0),
  );
  return { ...total, slower };
}
