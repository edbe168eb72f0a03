import type { CohortCounts } from './verdict';
import { rate } from './rate';

const ONE_SIDED_5_PERCENT = 1.645;

/** Whether the first fails more often, and by more than chance: the score test of two proportions, one-sided at 5 %. */
export function failsMore(first: CohortCounts, second: CohortCounts): boolean {
  const pooled = (first.bad + second.bad) / (first.requests + second.requests);
  const variance = pooled * (1 - pooled) * (1 / first.requests + 1 / second.requests);
  return isBeyondChance(rate(first) - rate(second), variance);
}

/** Whether a difference whose mean is 0 and whose variance is known is larger than chance makes it, one-sided at 5 %. */
export function isBeyondChance(difference: number, variance: number): boolean {
  return difference > ONE_SIDED_5_PERCENT * Math.sqrt(variance);
}
