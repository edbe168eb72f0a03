import { z } from 'zod';
import { byProcess } from './counters';
import type { CountersConfig } from './counters';
import { aliveAt, MISSED_SCRAPES, spacingOf } from './point-series';
import type { PointSeries, StartOf } from './point-series';

/** Which gauge says when a process began. */
export const startShape = {
  startTime: z
    .union([z.string().min(1), z.literal(false)])
    .default('process_start_time_seconds')
    .describe('gauge by which a process says when it began, in epoch seconds; false where another process counts'),
};

/** What tells processes apart that a store has not shown for all of the time since `from` (epoch ms), by instance label. */
export function youngIn(
  config: CountersConfig,
  series: readonly PointSeries[],
  from: number,
): readonly Readonly<Record<string, string>>[] {
  const usualMs = spacingOf(series);
  return [...byProcess(config, series).values()].flatMap((process) => {
    const everyMs = spacingOf(process) ?? usualMs;
    const first = Math.min(...process.map(({ points }) => points[0]?.at ?? Infinity));
    const isYoung = everyMs === undefined || first > from + MISSED_SCRAPES * everyMs;
    const labels = process[0]?.labels ?? {};
    return isYoung && config.instanceLabels.some((name) => labels[name]) ? [labels] : [];
  });
}

/** When processes began, by what their gauges showed; of several that go by the same labels the oldest, which is no younger. */
export function startsIn(config: CountersConfig, gauges: readonly PointSeries[]): StartOf {
  const processes = byProcess(config, gauges);
  return (process, at) => {
    const newest = aliveAt(processes.get(process) ?? [], at).map(({ points }) => points.at(-1)?.value ?? Number.NaN);
    const startedAt = Math.round(Math.min(...newest) * 1_000);
    return Number.isFinite(startedAt) && startedAt > 0 && startedAt <= at ? startedAt : undefined;
  };
}
