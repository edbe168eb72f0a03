import { sumOf } from '../judge/increments';
import { fromRows } from '../judge/count-log';
import type { Counted } from '../judge/count-log';
import type { Increment } from '../judge/e-process';
import type { Sample, SeriesReading, StratumReading } from '../judge/sample';
import type { LoggedLook, LoggedMetric } from '../judge/sample-log';

/** Both revisions' counts over a log. */
export function totalsOf(looks: readonly LoggedLook[]): Increment {
  return rowsTotal(looks.flatMap(({ symptom }) => Object.values(symptom)));
}

/** Both revisions' counts over rows of a log. */
export function rowsTotal(rows: readonly Counted[]): Increment {
  return sumOf(fromRows(rows));
}

/**
 * Makes the looks of a log, to be asked for in their order, into what the counters showed: of each target and guardrail
 * as cumulative as they were, and nothing where the look had no usable pair. `at`: milliseconds since the phase began.
 */
export function recounted(
  targets: readonly string[],
  guardrails: readonly string[],
): (look: LoggedLook, at: number) => Required<Pick<Sample, 'strata' | 'guardrails'>> {
  const symptom = counters(targets);
  const guarded = guardrails.map((name) => [name, counters(targets)] as const);
  return (look, at) => ({
    strata: symptom(look.symptom, at),
    guardrails: Object.fromEntries(guarded.map(([name, count]) => [name, count(look.guardrails?.[name], at)])),
  });
}

function counters(
  targets: readonly string[],
): (metric: LoggedMetric | undefined, at: number) => readonly StratumReading[] {
  const counted = new Map<string, Counted>();
  return (metric = {}, at) =>
    targets.map((target) => {
      const row = metric[target];
      if (!row) return { target, stable: [], current: [] };
      const [s, sBad, c, cBad] = counted.get(target) ?? [0, 0, 0, 0];
      const now: Counted = [s + row[0], sBad + row[1], c + row[2], cBad + row[3]];
      counted.set(target, now);
      return { target, stable: [series(now[0], now[1], at)], current: [series(now[2], now[3], at)] };
    });
}

function series(requests: number, bad: number, at: number): SeriesReading {
  return { series: 'log', requests, bad, at, startedAt: 0 };
}
