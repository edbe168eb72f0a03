import type { Increment } from './e-process';
import type { CohortCounts } from './verdict';

/** All increments as one. */
export function sumOf(increments: readonly Increment[]): Increment {
  return {
    stable: addCounts(increments.map(({ stable }) => stable)),
    current: addCounts(increments.map(({ current }) => current)),
  };
}

function addCounts(counts: readonly CohortCounts[]): CohortCounts {
  return {
    requests: counts.reduce((sum, { requests }) => sum + requests, 0),
    bad: counts.reduce((sum, { bad }) => sum + bad, 0),
  };
}
