import { hasBegunAgain } from '../../domain/judge';
import type { SeriesReading } from '../../domain/judge/sample';
import { byProcess, countsOf } from './counters';
import type { CountersConfig } from './counters';
import type { PastLook } from './past';
import type { MetricLine } from './text-format';

/** A time series' raw points in the order of their time. */
export interface PointSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The same for the same name and labels. */
  readonly identity: string;
  /** `at` in epoch milliseconds; the value may be NaN. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
}

/** When the process of that name had begun, as of `at`, both in epoch milliseconds; undefined where nobody says. */
export type StartOf = (process: string, at: number) => number | undefined;

/** Where nobody says. */
export const STARTS_UNKNOWN: StartOf = () => undefined;

/** A series that was in none of the last scrapes is gone: its process has begun again without it. */
export const MISSED_SCRAPES = 1.5;

/**
 * What a store that keeps points showed of a revision at `at`: each process as of the newest scrape that all of its
 * series were in with a number, for requests and bad ones of different scrapes are no pair.
 */
export function readingsAt(
  config: CountersConfig,
  series: readonly PointSeries[],
  revision: string,
  at: number,
  startOf: StartOf = STARTS_UNKNOWN,
): readonly SeriesReading[] {
  const own = upTo(
    series.filter(({ labels }) => labels[config.revisionLabel] === revision),
    at,
  );
  return [...byProcess(config, own)].flatMap(([name, process]) =>
    readingOf(config, process, revision).map((reading) => {
      const startedAt = startOf(name, reading.at);
      if (startedAt === undefined) return reading;
      const isBorneOut = beganWith(process, reading.at, startedAt, startOf(name, startedAt - 1));
      return isBorneOut ? { ...reading, startedAt } : reading;
    }),
  );
}

/**
 * Whether a process's counters began when it did, as far as their points show. What counted on across that time is older
 * than what exposes it, such as an exporter.
 */
function beganWith(
  process: readonly PointSeries[],
  at: number,
  startedAt: number,
  startedBefore: number | undefined,
): boolean {
  const before = upTo(process, startedAt - 1);
  if (before.length === 0) return true;
  const last = Math.max(...before.map(lastOf));
  return hasBegunAgain(
    { requests: heightOf(process, at), at, startedAt },
    { requests: heightOf(process, last), at: last, startedAt: startedBefore },
  );
}

/** All counters of a process together, whatever they count: only whether that falls is asked of it. */
function heightOf(process: readonly PointSeries[], at: number): number {
  return aliveAt(process, at).reduce((sum, { points }) => sum + (points.findLast(isReadable)?.value ?? 0), 0);
}

/** The same series without points that are newer; those that have none are left out. */
function upTo(series: readonly PointSeries[], at: number): readonly PointSeries[] {
  return series.flatMap((each) => {
    const points = each.points.filter((point) => point.at <= at);
    return points.length > 0 ? [{ ...each, points }] : [];
  });
}

/** Those of a process's series that were in one of its last scrapes, without points that are newer. */
export function aliveAt(process: readonly PointSeries[], at: number): readonly PointSeries[] {
  return aliveIn(upTo(process, at));
}

function aliveIn(process: readonly PointSeries[]): readonly PointSeries[] {
  const everyMs = spacingOf(process) ?? Infinity;
  const newest = Math.max(...process.map(lastOf));
  return process.filter((each) => newest - lastOf(each) <= MISSED_SCRAPES * everyMs);
}

/**
 * What looks at a revision would have shown in the past, oldest first, the last one as of `to` (epoch ms): of all targets
 * together, a list of series each. Looks are no closer than the points are.
 */
export function looksOver(
  config: CountersConfig,
  targets: readonly (readonly PointSeries[])[],
  revision: string,
  { from, to, stepMs }: { readonly from: number; readonly to: number; readonly stepMs: number },
): readonly PastLook[] {
  const everyMs = Math.max(stepMs, spacingOf(targets.flat()) ?? 0);
  return looksAt(config, targets, revision, stepsUpTo(to, everyMs, Math.floor((to - from) / everyMs)));
}

/** The same at given instants, epoch milliseconds, oldest first. */
export function looksAt(
  config: CountersConfig,
  targets: readonly (readonly PointSeries[])[],
  revision: string,
  instants: readonly number[],
): readonly PastLook[] {
  return instants.map((at) => ({
    at,
    readings: targets.flatMap((own, index) =>
      readingsAt(config, own, revision, at).map((reading) => ({ ...reading, series: `${index}/${reading.series}` })),
    ),
  }));
}

/** So many steps up to `to`: the instants at which they begin, and `to`. */
export function stepsUpTo(to: number, everyMs: number, steps: number): readonly number[] {
  return Array.from({ length: steps + 1 }, (_, index) => to - (steps - index) * everyMs);
}

function readingOf(
  config: CountersConfig,
  process: readonly PointSeries[],
  revision: string,
): readonly SeriesReading[] {
  const everyMs = spacingOf(process);
  const alive = aliveIn(process);
  const shared = Math.min(...alive.map(lastReadableOf));
  const lines = alive.flatMap(({ name, labels, points }): readonly MetricLine[] => {
    const point = points.findLast((candidate) => candidate.at <= shared && isReadable(candidate));
    return point ? [{ name, labels, value: point.value }] : [];
  });
  return countsOf(config, lines, revision).map((counts) => ({
    ...counts,
    at: shared,
    ...(everyMs === undefined ? {} : { everyMs }),
  }));
}

/** The usual time between two points, in milliseconds: the median over the longest of the series. */
export function spacingOf(series: readonly PointSeries[]): number | undefined {
  const longest = series.reduce<PointSeries['points']>(
    (found, { points }) => (points.length > found.length ? points : found),
    [],
  );
  const gaps = longest.slice(1).map(({ at }, index) => at - (longest[index]?.at ?? at));
  return gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)];
}

function lastOf({ points }: PointSeries): number {
  return points.at(-1)?.at ?? -Infinity;
}

/**
 * A point that is no number says when its series was scraped, and nothing else: the process counts as of the scrape before
 * it. It may be the mark of a scrape that failed or of a series that ended, which some stores show as NaN, or a counter that
 * is broken; the mark comes once, so that a series that ended is soon gone, and one that is broken gets too old to be used.
 */
function lastReadableOf({ points }: PointSeries): number {
  return points.findLast(isReadable)?.at ?? -Infinity;
}

function isReadable({ value }: PointSeries['points'][number]): boolean {
  return Number.isFinite(value);
}
