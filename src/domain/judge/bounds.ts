import type { BoundStratum } from './counters';
import type { Bucket, SeriesReading, StratumReading } from './sample';
import type { CohortCounts } from './verdict';

/** A reading whose buckets have been reduced to how many were slower than some bounds; cumulative like its requests. */
export interface BoundReading extends SeriesReading {
  readonly slower?: readonly number[];
}

const QUANTILES = [0.5, 0.9, 0.99];
const FEWEST_REQUESTS = 30;

/** As many bounds as are looked at, where none coincide. */
export const MOST_BOUNDS = QUANTILES.length;

/**
 * The bucket bounds nearest above the p50, p90 and p99 of these counts, rising; fewer where they coincide, and the last
 * finite bound where a quantile lies above all. Undefined below 30 requests, whose quantiles say nothing. A quantile
 * only says where to look: what is compared is the share of requests beyond a fixed bound, never a quantile.
 */
export function boundsFrom(requests: number, buckets: readonly Bucket[]): readonly number[] | undefined {
  const last = buckets.at(-1);
  if (requests < FEWEST_REQUESTS || !last) return undefined;
  const bounds = QUANTILES.map((q) => (buckets.find(({ count }) => count >= q * requests) ?? last).bound);
  return [...new Set(bounds)];
}

/** The bound that stands for the others where one number has to: the middle one, nearest above the p90. */
export function mainBound(bounds: readonly number[]): number {
  return Math.floor(bounds.length / 2);
}

/** Requests by bucket over all of these, which have to have the same bounds; those that have others are left out. */
export function pooled(
  parts: readonly { readonly requests: number; readonly buckets?: readonly Bucket[] | undefined }[],
): { readonly requests: number; readonly buckets: readonly Bucket[] } {
  const bounds = parts.find(({ buckets = [] }) => buckets.length > 0)?.buckets?.map(({ bound }) => bound) ?? [];
  const alike = parts.filter(({ buckets = [] }) => hasBounds(buckets, bounds));
  return {
    requests: alike.reduce((sum, { requests }) => sum + requests, 0),
    buckets: bounds.map((bound, index) => ({
      bound,
      count: alike.reduce((sum, { buckets = [] }) => sum + (buckets[index]?.count ?? 0), 0),
    })),
  };
}

/** All that these series have counted since they began, as if in one interval. */
export function countedSince(
  series: readonly Pick<SeriesReading, 'requests' | 'bad' | 'buckets'>[],
): Pick<SeriesReading, 'requests' | 'bad' | 'buckets'> {
  const { requests, buckets } = pooled(series);
  const bad = series.reduce((sum, each) => sum + each.bad, 0);
  return buckets.length > 0 ? { requests, bad, buckets } : { requests, bad };
}

/** Counts of what was slower than each bound. A series that lacks one of them is missing, not fast. */
export function slowerThan(series: readonly SeriesReading[], bounds: readonly number[]): readonly BoundReading[] {
  return series.flatMap((reading) => {
    const slower = bounds.map((bound) => {
      const bucket = reading.buckets?.find((each) => each.bound === bound);
      return bucket === undefined ? Number.NaN : reading.requests - bucket.count;
    });
    if (!slower.every((count) => count >= 0)) return [];
    const { buckets: _, ...rest } = reading;
    return [{ ...rest, bad: slower[mainBound(bounds)] ?? 0, slower }];
  });
}

/** Strata as they are read where bounds are asked about; others as they are. */
export function atBounds(
  strata: readonly StratumReading[],
  bounds: readonly number[] | undefined,
): readonly BoundStratum[] {
  if (!bounds) return strata;
  return strata.map(({ target, stable, current }) => ({
    target,
    stable: slowerThan(stable, bounds),
    current: slowerThan(current, bounds),
  }));
}

/** Bounds from what current's counters hold at this look: all that its processes have served since they began. */
export function boundsSeen(strata: readonly StratumReading[]): readonly number[] | undefined {
  const { requests, buckets } = pooled(strata.flatMap(({ current }) => current));
  return boundsFrom(requests, buckets);
}

/** An interval of the past at these bounds; one that lacks a bound says nothing, as if it were empty. */
export function pastAtBounds(
  { requests, buckets = [] }: { readonly requests: number; readonly buckets?: readonly Bucket[] },
  bounds: readonly number[],
): CohortCounts {
  const [reading] = slowerThan([{ series: 'past', at: 0, requests, bad: 0, buckets }], bounds);
  if (!reading) return { requests: 0, bad: 0 };
  return { requests, bad: reading.bad, ...(reading.slower ? { slower: reading.slower } : {}) };
}

/** The buckets that such counts came from. */
export function bucketsOf(
  bounds: readonly number[],
  { requests, slower = [] }: { readonly requests: number; readonly slower?: readonly number[] },
): readonly Bucket[] {
  return bounds.map((bound, index) => ({ bound, count: requests - (slower[index] ?? 0) }));
}

function hasBounds(buckets: readonly Bucket[], bounds: readonly number[]): boolean {
  return buckets.length === bounds.length && buckets.every(({ bound }, index) => bound === bounds[index]);
}
