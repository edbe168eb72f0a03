import { grouped, percent } from './numbers';
import type { CohortCounts } from './verdict';

/** `failed 26 of 500 (5.2 %)`, where `what` is `failed`. */
export function counted(what: string, { requests, bad }: CohortCounts): string {
  if (requests === 0) return 'had no requests';
  return `${what} ${grouped(bad)} of ${grouped(requests)} (${percent(bad / requests)})`;
}

/** Whole seconds. */
export function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}

/** A ratio in two figures. */
export function times(ratio: number): string {
  return ratio >= 10 ? ratio.toFixed(0) : ratio >= 1 ? ratio.toFixed(1) : ratio.toFixed(2);
}
