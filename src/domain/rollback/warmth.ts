import { capacityOf, weightOf } from '../plan/census';
import { note } from './journal';
import { fromRevisionOf, touchedBehind } from './progress';
import type { RunState } from './state';

/** Readings are rounded; a difference below this, in percent, is none. */
const TOLERANCE = 0.5;

/**
 * Notes once per target that the suspect could no longer take back what was moved off it: we never shrink anything,
 * but somebody else may, and then an unwind would not find room.
 */
export function withWarmth(state: RunState): RunState {
  const suspect = fromRevisionOf(state);
  if (suspect === undefined || state.course === 'abort' || state.course === 'unwind') return state;
  const short = state.touched.filter(
    // What we took back behind it ourselves an unwind brings again, before it sends traffic there.
    (target) =>
      touchedBehind(state, target).length === 0 &&
      capacityOf(state.census[target], suspect) < weightOf(state.origin[target], suspect) - TOLERANCE,
  );
  const news = short.filter((target) => !state.gone.includes(target));
  const noted = news.reduce((told, target) => {
    const ready = Math.round(capacityOf(state.census[target], suspect));
    const text = `${suspect} on ${target} is ready for ${ready} % only: an unwind would not find room there`;
    return note(told, { kind: 'census', text, target });
  }, state);
  return { ...noted, gone: short };
}
