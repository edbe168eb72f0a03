import { gainOf, gridOf, logMeanExp } from './e-process';
import type { Increment } from './e-process';
import { incrementsOf } from './count-log';
import { ALPHA_PROCEED, helpMargin } from './settings';
import type { JudgeState } from './state';
import type { RatioInterval } from './verdict';

const STEPS = 60;
const STEPS_BELOW = 29;
const STEP = 1.15;
const LINE = Math.log(1 / ALPHA_PROCEED);

/**
 * What the counts leave possible for stable's failure ratio over current's, by asking the e-process at 60 log-spaced
 * ratios, of which one is what help needs. Each end is wrong in at most 1 of 20 phases however often one looks. Undefined
 * without counts of both.
 */
export function ratioInterval({ settings, log }: JudgeState): RatioInterval | undefined {
  const settled = usable(incrementsOf(log, false));
  const hasWarmUp = Object.keys(log.warmUp).length > 0;
  const looks = hasWarmUp ? [usable(incrementsOf(log, true)), settled] : [settled];
  if (looks.every((look) => look.length === 0)) return undefined;
  const ratioAt = (step: number): number => helpMargin(settings.margins) * STEP ** (step - STEPS_BELOW);
  const refuted = (side: 'below' | 'above', step: number): boolean =>
    logMeanExp(looks.map((look) => evidence(look, side, ratioAt(step), settings.phi))) >= LINE;
  // Every bet of a side gains the more the further its ratio lies on that side, so the refuted ones are all at one end.
  const lowest = firstWhere(STEPS, (step) => refuted('below', step));
  const above = firstWhere(STEPS, (step) => !refuted('above', step));
  return { low: above === 0 ? 0 : ratioAt(above - 1), ...(lowest === STEPS ? {} : { high: ratioAt(lowest) }) };
}

/** The first number from 0 on that a question holds for, which holds from there on; `count` where it holds for none. */
function firstWhere(count: number, holds: (step: number) => boolean): number {
  let [from, to] = [0, count];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return from;
}

function usable(look: readonly Increment[]): readonly Increment[] {
  return look.filter(({ stable, current }) => stable.requests > 0 && current.requests > 0);
}

/** ln of the e-value of all rows. No single scrape decides a verdict; of what is shown, each may say what it can. */
function evidence(look: readonly Increment[], side: 'below' | 'above', rho: number, phi: number): number {
  const wager = { rho, delta: 0, phi };
  const gains = gridOf(side).map((bet) => {
    let sum = 0;
    for (const row of look) sum += gainOf(wager, bet, row);
    return sum;
  });
  return logMeanExp(gains);
}
