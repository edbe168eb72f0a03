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
  let [requests, bad, bounds] = [0, 0, 0];
  for (const each of counts) {
    requests += each.requests;
    bad += each.bad;
    bounds = Math.max(bounds, each.slower?.length ?? 0);
  }
  if (bounds === 0) return { requests, bad };
  const slower = Array.from({ length: bounds }, (_, index) =>
    counts.reduce((sum, each) => sum + (each.slower?.[index] ?? 0), 0),
  );
  return { requests, bad, slower };
}
