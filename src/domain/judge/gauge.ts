import type { SeriesReading } from './sample';

/**
 * What a gauge shows of a cohort: the mean over its processes, so that a cohort of two and one of twenty can be compared.
 * Undefined where no process shows a number.
 */
export function gaugeLevel(series: readonly SeriesReading[]): number | undefined {
  const values = series.flatMap(({ value }) => (value === undefined || !Number.isFinite(value) ? [] : [value]));
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
