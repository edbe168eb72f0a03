import { RetryableError } from '../../ports';
import type { CountBucket } from './bucket-sums';
import type { PointSeries } from './point-series';

/** What is sent where there is nothing to count: a 0, or nothing at all. */
export type Zeros = 'sent' | 'omitted';

/**
 * Series of one process of a revision on a target, and of one value of each label that paths name: of requests and of bad
 * ones, by their name.
 */
export interface ProcessSeries {
  /** For messages. */
  readonly who: string;
  /** What it adds to the name of its revision: `/instance=a/route=pay`; empty where nothing tells them apart. */
  readonly name: string;
  readonly labels: PointSeries['labels'];
  readonly series: readonly PointSeries[];
}

/** A value may be so many steps later than the one that it belongs to. */
const LATE_STEPS = 1.5;

/** The series of a revision by the process that they belong to, and by whatever else `nameOf` tells apart. */
export function processesOf(
  series: readonly PointSeries[],
  revision: string,
  target: string,
  nameOf: (labels: PointSeries['labels']) => string,
): readonly ProcessSeries[] {
  const processes = new Map<string, PointSeries[]>();
  for (const each of series.filter(({ labels }) => labels['revision'] === revision)) {
    const name = nameOf(each.labels);
    const found = processes.get(name);
    if (found) found.push(each);
    else processes.set(name, [each]);
  }
  return [...processes].map(([name, own]) => ({
    who: `${revision} on ${target}${name === '' ? '' : ` (${name.slice(1)})`}`,
    name,
    labels: own[0]?.labels ?? {},
    series: own,
  }));
}

/**
 * Graphite keeps every path by itself, so that one of a pair may be lost while the other goes on. Throws
 * `METRICS_UNREADABLE` where that is so now; `until` and `everyMs` in milliseconds. What both of them lack is merely old.
 */
export function demandPair({ who, series }: ProcessSeries, zeros: Zeros, until: number, everyMs: number): void {
  const requests = newestOf(series, 'requests');
  const bad = newestOf(series, 'bad');
  const newest = Math.max(requests, bad);
  if (until - newest > LATE_STEPS * everyMs) return;
  if (zeros === 'sent' && requests - bad > LATE_STEPS * everyMs)
    throw new RetryableError(
      'METRICS_UNREADABLE',
      `requests of ${who} go on until ${timeOf(requests)}, bad ones ${untilOf(bad)}; if a 0 is not sent, say "zeros: omitted"`,
    );
  if (bad - requests > LATE_STEPS * everyMs)
    throw new RetryableError(
      'METRICS_UNREADABLE',
      `bad ones of ${who} go on until ${timeOf(bad)}, requests ${untilOf(requests)}`,
    );
}

/** Those points that the other half of the pair has as well. */
export function pairedPoints({ series, ...process }: ProcessSeries): ProcessSeries {
  const requests = instantsOf(series, 'requests');
  const bad = instantsOf(series, 'bad');
  const paired = series.map((each) => ({
    ...each,
    points: each.points.filter(({ at }) => requests.has(at) && bad.has(at)),
  }));
  return { ...process, series: paired };
}

/** Counts that were sent once a step, as buckets: what is known of one half only is left out, it may still come. */
export function bucketsOf({ series }: ProcessSeries, zeros: Zeros, stepMs: number): readonly CountBucket[] {
  const requests = sumsOf(series, 'requests');
  const bad = sumsOf(series, 'bad');
  return [...requests].flatMap(([at, count]) => {
    const failed = bad.get(at) ?? (zeros === 'omitted' ? 0 : undefined);
    return failed === undefined ? [] : [{ from: at - stepMs, to: at, requests: count, bad: failed }];
  });
}

/** Steps put together in longer buckets; of one that has fewer than `least` steps the counts are no numbers. */
export function inBuckets(steps: readonly CountBucket[], bucketMs: number, least: number): readonly CountBucket[] {
  const starts = [...new Set(steps.map(({ from }) => startOf(from, bucketMs)))];
  return starts.map((from) => {
    const own = steps.filter((step) => startOf(step.from, bucketMs) === from);
    const sum = (count: 'requests' | 'bad'): number =>
      own.length < least ? Number.NaN : own.reduce((total, step) => total + step[count], 0);
    return { from, to: from + bucketMs, requests: sum('requests'), bad: sum('bad') };
  });
}

function startOf(at: number, bucketMs: number): number {
  return Math.floor(at / bucketMs) * bucketMs;
}

function sumsOf(series: readonly PointSeries[], name: string): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const { points } of series.filter((each) => each.name === name))
    for (const { at, value } of points) sums.set(at, (sums.get(at) ?? 0) + (value < 0 ? Number.NaN : value));
  return sums;
}

function instantsOf(series: readonly PointSeries[], name: string): ReadonlySet<number> {
  return new Set(series.filter((each) => each.name === name).flatMap(({ points }) => points.map(({ at }) => at)));
}

function newestOf(series: readonly PointSeries[], name: string): number {
  return series
    .filter((each) => each.name === name)
    .reduce((newest, { points }) => Math.max(newest, points.at(-1)?.at ?? -Infinity), -Infinity);
}

function untilOf(at: number): string {
  return Number.isFinite(at) ? `only until ${timeOf(at)}` : 'are not there';
}

function timeOf(at: number): string {
  return new Date(at).toISOString().replace('.000', '');
}
