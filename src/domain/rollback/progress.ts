import { capacityOf, weightOf } from '../plan/census';
import type { Phase, PlannedWeight } from '../plan/plan';
import { shareText } from '../plan/share';
import type { RunState } from './state';

/** Phase number under which the judge of waits and soaks is kept. */
export const WATCH_PHASE = -1;

/** Weights are read back as numbers; differences below this are none. */
const WEIGHT_TOLERANCE = 0.5;

/** The revision gone back to, once assessed. */
export function toRevisionOf(state: RunState): string | undefined {
  return state.plan?.toRevision ?? (state.assessment?.kind === 'blamed' ? state.assessment.toRevision : undefined);
}

/** The suspect, once assessed. */
export function fromRevisionOf(state: RunState): string | undefined {
  return state.plan?.fromRevision ?? (state.assessment?.kind === 'blamed' ? state.assessment.fromRevision : undefined);
}

/** Whether anybody has been served, by what was measured before the plan or has been counted since. */
export function trafficSeen({ assessment, traffic }: RunState): boolean {
  const before = assessment?.kind === 'blamed' ? (assessment.traffic?.targets ?? []) : [];
  return traffic.length > 0 || before.some((target) => target.requests > 0);
}

/** Percent that the target was last seen to serve on the revision gone back to. */
export function movedWeight(state: RunState, target: string): number {
  const revision = toRevisionOf(state);
  return revision === undefined ? 0 : weightOf(state.census[target], revision);
}

/** Whether two weights differ by no more than targets round them. */
export function isSameWeight(one: number, other: number): boolean {
  return Math.abs(one - other) <= WEIGHT_TOLERANCE;
}

/** A share of the target in words, in the units that it was last seen to be moved by. */
export function shareOf(state: RunState, target: string, weight = movedWeight(state, target)): string {
  return shareText(weight, state.census[target]?.units);
}

/** Percent that the target's ready instances of that revision can take. */
export function readyWeight(state: RunState, target: string): number {
  const revision = toRevisionOf(state);
  return revision === undefined ? 0 : capacityOf(state.census[target], revision);
}

/** True when the target serves the weight, or more of it: a target is never moved backwards to meet a plan. */
export function reached(state: RunState, planned: PlannedWeight): boolean {
  return movedWeight(state, planned.target) >= planned.weight - WEIGHT_TOLERANCE;
}

/** The first phase with something left to do: not passed, and not wholly left out. Undefined when there is none. */
export function currentPhase(state: RunState): Phase | undefined {
  return state.plan?.phases.find(
    (phase) => state.phases[phase.index]?.passedBy === undefined && activeWeights(state, phase).length > 0,
  );
}

/** The phase's weights without the targets that a person left out. */
export function activeWeights(state: RunState, phase: Phase): readonly PlannedWeight[] {
  return phase.weights.filter((planned) => !state.skipped.includes(planned.target));
}

/** Targets of the extent that were not left out. */
export function activeExtent(state: RunState): readonly string[] {
  return (state.plan?.extent ?? []).filter((target) => !state.skipped.includes(target));
}

/** Active targets that do not yet serve everything on the revision gone back to. */
export function remainingTargets(state: RunState): readonly string[] {
  return activeExtent(state).filter((target) => !reached(state, { target, weight: 100 }));
}

/** The highest weight that the plan has asked of each active target so far, for watching and for the final census. */
export function presentWeights(state: RunState): readonly PlannedWeight[] {
  return activeExtent(state)
    .filter((target) => state.touched.includes(target))
    .map((target) => ({ target, weight: movedWeight(state, target) }));
}

/** Those of the targets behind this one that an effect may have changed. */
export function touchedBehind({ policy, touched }: RunState, front: string): readonly string[] {
  const targets = policy?.targets ?? [];
  return targets.flatMap(({ name, behind }) => (behind === front && touched.includes(name) ? [name] : []));
}

/** True once an effect may have changed what users get. */
export function hasMoved(state: RunState): boolean {
  return state.touched.length > 0;
}

/** The weight that the plan (or the course `now`) wants of the target in the end. */
export function plannedEnd(state: RunState, target: string): number {
  if (state.course === 'now') return 100;
  const weights = (state.plan?.phases ?? [])
    .flatMap((phase) => phase.weights)
    .filter((entry) => entry.target === target);
  return Math.max(0, ...weights.map((entry) => entry.weight));
}
