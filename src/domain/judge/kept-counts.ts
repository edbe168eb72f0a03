import type { Taking } from './packed';
import type { CohortCounts } from './verdict';

/** Counts of a cohort as numbers; undefined for none. */
export function countsAsNumbers(counts: CohortCounts | undefined): readonly (number | undefined)[] {
  if (!counts) return [undefined];
  const { requests, bad, slower } = counts;
  return [requests, bad, slower?.length, ...(slower ?? [])];
}

/** The counts again; undefined where there were none. */
export function takeMaybeCounts({ maybe, one, some }: Taking): CohortCounts | undefined {
  const requests = maybe();
  if (requests === undefined) return undefined;
  const [bad, bounds] = [one(), maybe()];
  return bounds === undefined ? { requests, bad } : { requests, bad, slower: some(bounds) };
}

/** The counts again, which were there. */
export function takeCounts(numbers: Taking): CohortCounts {
  return takeMaybeCounts(numbers) ?? { requests: 0, bad: 0 };
}
