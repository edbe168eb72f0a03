import { RetryableError } from '../../ports';
import type { Added, LabelValue, MetricQuery } from '../../ports';
import type { CountBucket } from './bucket-sums';

/** What was counted of one value of a label, of one revision, in one bucket of time. */
export interface ValueBucket extends CountBucket {
  readonly revision: string;
  /** Empty for what has no such label. */
  readonly value: string;
}

/** Whole buckets of `[from, to)`, in epoch milliseconds. */
interface BucketSpan {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

const NOTHING: Added = { requests: 0, bad: 0 };

/**
 * The values of a label with their counts in each bucket of `span`; those of one value are added up. `buckets` holds the one
 * before it too: a failure may be counted in a later bucket than its request, and belongs to that.
 *
 * Throws `METRICS_UNREADABLE` for a count that is no number, and where more failed than was asked for: then requests lack the
 * label that failures have, or the other way round, and no value could be told from another.
 */
export function valuesIn(
  buckets: readonly ValueBucket[],
  { current, stable }: MetricQuery,
  label: string,
  { from, to, bucketMs }: BucketSpan,
): readonly LabelValue[] {
  const sums = new Map<string, Added>();
  const keyOf = (value: string, revision: string, at: number): string => JSON.stringify([value, revision, at]);
  for (const { value, revision, from: at, requests, bad } of buckets) {
    if (![requests, bad].every((count) => Number.isFinite(count) && count >= 0))
      throw unreadable(`a count of ${revision}, ${labelled(label, value)}, is no number`);
    const key = keyOf(value, revision, at);
    const sum = sums.get(key) ?? NOTHING;
    sums.set(key, { requests: sum.requests + requests, bad: sum.bad + bad });
  }
  const starts = Array.from({ length: (to - from) / bucketMs + 1 }, (_, index) => from + (index - 1) * bucketMs);
  return [...new Set(buckets.map(({ value }) => value))].flatMap((value) => {
    const cohort = (revision: string): readonly Added[] => {
      const own = settled(starts.map((at) => sums.get(keyOf(value, revision, at)) ?? NOTHING));
      if (own) return own;
      throw unreadable(
        `more failures than requests of ${revision} were counted, ${labelled(label, value)}: both have to have the label`,
      );
    };
    const [ofCurrent, ofStable] = [cohort(current), cohort(stable)];
    const isCounted = [...ofCurrent, ...ofStable].some(({ requests }) => requests > 0);
    return isCounted ? [{ value, current: ofCurrent, stable: ofStable }] : [];
  });
}

/** Every failure in the bucket of its request, without the first bucket; undefined where even that one has too few. */
function settled([before = NOTHING, ...counts]: readonly Added[]): readonly Added[] | undefined {
  let late = 0;
  const moved = counts.toReversed().map(({ requests, bad }) => {
    const all = bad + late;
    late = Math.max(0, all - requests);
    return { requests, bad: all - late };
  });
  return late > before.requests ? undefined : moved.toReversed();
}

function labelled(label: string, value: string): string {
  return value === '' ? `without ${label}` : `${label} ${value}`;
}

function unreadable(why: string): RetryableError {
  return new RetryableError('METRICS_UNREADABLE', why);
}
