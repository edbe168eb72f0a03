import type { SeriesReading } from '../../domain/judge/sample';
import type { PastInterval } from '../../ports';

/** What a source of increments counted in one bucket of time, `[from, to)` in epoch milliseconds. A count may be NaN. */
export interface CountBucket {
  readonly from: number;
  readonly to: number;
  readonly requests: number;
  readonly bad: number;
}

/** Sums begin anew on the hour, which every worker knows without having seen the call before. */
const WINDOW_MS = 3_600_000;

/**
 * What has to be read to sum up to `at`: this window's whole buckets and the window before it, which may still gain.
 * `bucketMs` has to divide an hour. A bucket that is not over at `at` is no part of it.
 */
export function spanToSum(at: number, bucketMs: number): { readonly from: number; readonly to: number } {
  const to = Math.floor(at / bucketMs) * bucketMs;
  return { from: windowOf(to) - WINDOW_MS, to };
}

/**
 * The whole buckets that stand for the time from `from` to `to`: as many as fit in, up to the last that is over, so that a
 * minute of two half-minutes stays a minute wherever it begins.
 */
export function spanOver(from: number, to: number, bucketMs: number): { readonly from: number; readonly to: number } {
  const end = Math.floor(to / bucketMs) * bucketMs;
  return { from: end - Math.floor((to - from) / bucketMs) * bucketMs, to: end };
}

/** The whole buckets that hold the time from `from` to `to`, up to the last that is over; one at least. */
export function spanHolding(
  from: number,
  to: number,
  bucketMs: number,
): { readonly from: number; readonly to: number } {
  const end = Math.floor(to / bucketMs) * bucketMs;
  return { from: Math.min(Math.floor(from / bucketMs) * bucketMs, end - bucketMs), to: end };
}

/**
 * Cumulative counters of one cohort: a series for each window that has buckets. A sum that began anew would fall, and what
 * was counted just before would be lost; a series of its own begins at 0 with its window's first bucket, and the one before
 * it stays to bring what came late. Nothing, where a count is no number, or a window has more bad ones than requests: the
 * cohort is missing, not smaller.
 *
 * `buckets`: those of which something is known. `asOf`: the end of the newest bucket that anything has arrived for, so that
 * late data are old and not zero.
 */
export function summed(
  cohort: string,
  buckets: readonly CountBucket[],
  asOf: number,
  bucketMs: number,
): readonly SeriesReading[] {
  const starts = [...new Set(buckets.map(({ from }) => windowOf(from)))].toSorted((a, b) => a - b);
  const windows = starts.map((window) => {
    const own = buckets.filter(({ from }) => windowOf(from) === window);
    const startedAt = own.reduce((first, { from }) => Math.min(first, from), Infinity);
    return { series: `${cohort}/since=${new Date(window).toISOString()}`, startedAt, ...total(own) };
  });
  // What failed may have been asked for in the bucket before.
  if (!buckets.every(isReadable) || windows.some(({ requests, bad }) => bad > requests)) return [];
  return windows.map((window) => ({ ...window, at: asOf, everyMs: bucketMs }));
}

/** The buckets in which anything was counted, or something that is no number. */
export function countedIn<Bucket extends CountBucket>(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.filter(({ requests, bad }) => requests !== 0 || bad !== 0);
}

/** The end of the newest of these buckets; undefined without one. */
export function newestEnd(buckets: readonly CountBucket[]): number | undefined {
  const ends = buckets.map(({ to }) => to);
  return ends.length > 0 ? ends.reduce((newest, end) => Math.max(newest, end)) : undefined;
}

/** The buckets of all targets as intervals, oldest first. One that `summed` would not take, or without requests, is a gap. */
export function intervalsOf(buckets: readonly CountBucket[]): readonly PastInterval[] {
  const starts = [...new Set(buckets.map(({ from }) => from))].toSorted((a, b) => a - b);
  return starts.flatMap((start) => {
    const own = buckets.filter(({ from }) => from === start);
    const sums = total(own);
    const at = Math.max(...own.map(({ to }) => to));
    const isUsable = own.every(isReadable) && sums.requests > 0 && sums.bad <= sums.requests;
    return isUsable ? [{ at, spanMs: at - start, ...sums }] : [];
  });
}

function windowOf(at: number): number {
  return Math.floor(at / WINDOW_MS) * WINDOW_MS;
}

function isReadable({ requests, bad }: CountBucket): boolean {
  return [requests, bad].every((count) => Number.isFinite(count) && count >= 0);
}

function total(buckets: readonly CountBucket[]): { readonly requests: number; readonly bad: number } {
  return buckets.reduce((sum, { requests, bad }) => ({ requests: sum.requests + requests, bad: sum.bad + bad }), {
    requests: 0,
    bad: 0,
  });
}
