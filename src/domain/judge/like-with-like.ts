import { fromRows } from './count-log';
import type { CountLog } from './count-log';
import type { Increment } from './e-process';
import { addCounts, sumOf } from './increments';
import { failsMore, isBeyondChance } from './fails-more';
import { rate } from './rate';
import type { JudgeState } from './state';

/** All that was counted, together and by target. */
type Counted = Pick<JudgeState, 'totals' | 'log'>;

/**
 * Stable's failure ratio over current's, each target held against itself (Mantel and Haenszel's common ratio). Where
 * targets have other shares and fail at other levels, the ratio of all counts together may say the opposite of every one
 * of them. Of one target it is the plain ratio. 0 where stable has no failure, infinite where only stable has any.
 */
export function commonRatio({ totals, log }: Counted): number {
  const strata = comparable(log);
  if (!strata) return quotient(rate(totals.stable), rate(totals.current));
  let [stable, current] = [0, 0];
  for (const each of strata) {
    const all = each.stable.requests + each.current.requests;
    stable += (each.stable.bad * each.current.requests) / all;
    current += (each.current.bad * each.stable.requests) / all;
  }
  return quotient(stable, current);
}

/** Whether stable fails more often by more than chance, each target held against itself (Cochran's score test, at 5 %). */
export function stableFailsMore({ totals, log }: Counted): boolean {
  const strata = comparable(log);
  if (!strata) return failsMore(totals.stable, totals.current);
  let [difference, variance] = [0, 0];
  for (const { stable, current } of strata) {
    const both = addCounts([stable, current]);
    const weight = (stable.requests * current.requests) / both.requests;
    difference += weight * (rate(stable) - rate(current));
    variance += weight * rate(both) * (1 - rate(both));
  }
  return isBeyondChance(difference, variance);
}

/** What each target counted, of those on which both revisions served; undefined where there is one target or none such. */
function comparable({ warmUp, after }: CountLog): readonly Increment[] | undefined {
  const names = [...new Set([...Object.keys(warmUp), ...Object.keys(after)])];
  if (names.length < 2) return undefined;
  const strata = names
    .map((name) => sumOf(fromRows([...(warmUp[name] ? [warmUp[name]] : []), ...(after[name] ?? [])])))
    .filter(({ stable, current }) => stable.requests > 0 && current.requests > 0);
  return strata.length > 0 ? strata : undefined;
}

function quotient(stable: number, current: number): number {
  return stable === 0 ? 0 : stable / current;
}
