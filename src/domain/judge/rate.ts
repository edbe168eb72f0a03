import type { CohortCounts } from './verdict';

/** The share of bad events, 0 to 1; 0 without requests. */
export function rate({ requests, bad }: CohortCounts): number {
  return requests > 0 ? bad / requests : 0;
}
