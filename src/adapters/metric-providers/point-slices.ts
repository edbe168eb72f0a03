import type { Added, LabelValues, MetricQuery, Window } from '../../ports';
import { byValue } from './counters';
import type { CountersConfig } from './counters';
import { stepsOf } from './past';
import { looksAt, spacingOf, stepsUpTo } from './point-series';
import type { PointSeries } from './point-series';

/** Which values are wanted, and of what time. */
interface ValueQuestion {
  readonly query: MetricQuery;
  readonly label: string;
  readonly window: Window;
}

/**
 * What series of points added by the value of a label: the same differences that looks at the ends of the window's steps
 * would have shown. `byTarget`: the lists of series of each target; `freshMs`: how old a reading may be.
 */
export function valuesOver(
  config: CountersConfig,
  series: readonly PointSeries[],
  byTarget: (own: readonly PointSeries[]) => readonly (readonly PointSeries[])[],
  { query, label, window: { from, to, stepMs } }: ValueQuestion,
  freshMs: number,
): LabelValues {
  const everyMs = Math.max(stepMs, spacingOf(series) ?? 0);
  // Whole steps that hold the window, so that what came at its beginning is counted too.
  const instants = stepsUpTo(to, everyMs, Math.ceil((to - from) / everyMs));
  const values = [...byValue(series, label)].flatMap(([value, own]) => {
    const cohort = (revision: string): readonly Added[] =>
      stepsOf(looksAt(config, byTarget(own), revision, instants), freshMs);
    const [current, stable] = [cohort(query.current), cohort(query.stable)];
    return [...current, ...stable].some(({ requests }) => requests > 0) ? [{ value, current, stable }] : [];
  });
  return { covers: 'window', values };
}
