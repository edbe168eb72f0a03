import type { Bucket, SeriesReading } from './sample';

/** A reading whose buckets have been reduced to how many were slower than some bounds; cumulative like its requests. */
export interface BoundReading extends SeriesReading {
  readonly slower?: readonly number[];
}

/** The bound that stands for the others where one number has to: the middle one, nearest above the p90. */
function mainBound(bounds: readonly number[]): number {
  return Math.floor(bounds.length / 2);
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

/** The buckets that such counts came from. */
export function bucketsOf(
  bounds: readonly number[],
  { requests, slower = [] }: { readonly requests: number; readonly slower?: readonly number[] },
): readonly Bucket[] {
  return bounds.map((bound, index) => ({ bound, count: requests - (slower[index] ?? 0) }));
}
