import { capacityOf, weightOf } from '../plan/census';
import type { Phase, PlannedWeight } from '../plan/plan';
import type { EffectOrder } from './move';
import {
  activeWeights,
  fromRevisionOf,
  isSameWeight,
  movedWeight,
  reached,
  readyWeight,
  remainingTargets,
  toRevisionOf,
  touchedBehind,
} from './progress';
import type { RunState } from './state';

function order(state: RunState, target: string, desired: number): EffectOrder {
  const number = (state.effectNumbers[target] ?? 0) + 1;
  return { target, number, desired, expected: movedWeight(state, target) };
}

/** The shifts that bring a phase about, for the targets that are not there yet. */
export function shiftOrders(state: RunState, phase: Phase): readonly EffectOrder[] {
  return unreached(state, phase).map((planned) => order(state, planned.target, planned.weight));
}

/** The preparations a phase needs: targets whose ready capacity is below what they shall serve. */
export function prepareOrders(state: RunState, phase: Phase): readonly EffectOrder[] {
  return unreached(state, phase)
    .filter((planned) => readyWeight(state, planned.target) < planned.weight)
    .map((planned) => order(state, planned.target, planned.weight));
}

/** Course `now`: every remaining target as far as its ready capacity allows; all the way when `cold`. */
export function shiftAllOrders(state: RunState): readonly EffectOrder[] {
  return remainingTargets(state)
    .map((target) => ({ target, weight: state.cold ? 100 : Math.min(100, readyWeight(state, target)) }))
    .filter((wanted) => !reached(state, wanted))
    .map((wanted) => order(state, wanted.target, wanted.weight));
}

/** Course `now`: full capacity for every remaining target. */
export function prepareAllOrders(state: RunState): readonly EffectOrder[] {
  return remainingTargets(state).map((target) => order(state, target, 100));
}

/** The next target to put back as it was, last moved first; undefined when none is left. */
export function nextUnwind(state: RunState): EffectOrder | undefined {
  const revision = toRevisionOf(state);
  if (revision === undefined) return undefined;
  const target = [...state.touched].reverse().find((name) => !state.unwound.includes(name));
  if (target === undefined) return undefined;
  const back = order(state, target, weightOf(state.origin[target], revision));
  const set = state.setTo?.[target];
  return set !== undefined && wasMoreByWhatIsBehind(state, target) ? { ...back, orExpected: set } : back;
}

/**
 * True where all that was moved behind the target has been put back just as it was. While it was away it gave the target's
 * own weights another meaning, so that what was read then says nothing of them.
 */
function wasMoreByWhatIsBehind(state: RunState, front: string): boolean {
  const revision = toRevisionOf(state) ?? '';
  const behind = touchedBehind(state, front);
  const isBack = (name: string): boolean =>
    state.unwound.includes(name) && isSameWeight(movedWeight(state, name), weightOf(state.origin[name], revision));
  return behind.length > 0 && behind.every(isBack);
}

/** True when the suspect's ready instances can take back what unwinding gives them. */
export function suspectCanTakeBack(state: RunState, effect: EffectOrder): boolean {
  const suspect = fromRevisionOf(state);
  return suspect !== undefined && capacityOf(state.census[effect.target], suspect) >= 100 - effect.desired;
}

function unreached(state: RunState, phase: Phase): readonly PlannedWeight[] {
  return activeWeights(state, phase).filter((planned) => !reached(state, planned));
}
