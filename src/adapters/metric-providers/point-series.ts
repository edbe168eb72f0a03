import type { SeriesReading } from '../../domain/judge/sample';
import { countsOf, processOf } from './counters';
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

/** A series that was in none of the last scrapes is gone: its process has begun again without it. */
const MISSED_SCRAPES = 1.5;

/**
 * What a store that keeps points showed of a revision at `at`: each process as of the newest scrape that all of its
 * series were in with a number, for requests and bad ones of different scrapes are no pair.
 */
export function readingsAt(
  config: CountersConfig,
  series: readonly PointSeries[],
  revision: string,
  at: number,
): readonly SeriesReading[] {
  const processes = new Map<string, PointSeries[]>();
  for (const each of series) {
    if (each.labels[config.revisionLabel] !== revision) continue;
    const points = each.points.filter((point) => point.at <= at);
    if (points.length === 0) continue;
    const process = processOf(config, each.labels);
    const found = processes.get(process);
    if (found) found.push({ ...each, points });
    else processes.set(process, [{ ...each, points }]);
  }
  return [...processes.values()].flatMap((process) => readingOf(config, process, revision));
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
  const newest = Math.max(...process.map(lastOf));
  const alive = process.filter((each) => newest - lastOf(each) <= MISSED_SCRAPES * (everyMs ?? Infinity));
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
