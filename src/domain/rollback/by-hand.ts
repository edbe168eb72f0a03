import { weightOf } from '../plan/census';
import type { Phase, PlannedWeight, RollbackPlan } from '../plan/plan';
import type { Scripts, StepsByHand } from '../plan/script';
import { activeWeights, fromRevisionOf, movedWeight, reached, remainingTargets, toRevisionOf } from './progress';
import type { RunState } from './state';

/** What is left to do of a run, for a person who does it by hand. Undefined where nothing is left, or nobody told how. */
export function stepsByHand(state: RunState): StepsByHand | undefined {
  const [fromRevision, toRevision] = [fromRevisionOf(state), toRevisionOf(state)];
  const { scripts } = state;
  if (state.end?.kind === 'dismissed') return undefined;
  if (!scripts || fromRevision === undefined || toRevision === undefined) return undefined;
  const direction = state.course === 'unwind' ? 'back' : 'forward';
  const steps = direction === 'back' ? stepsBack(state, fromRevision) : stepsForward(state, toRevision);
  return steps.length === 0 ? undefined : { fromRevision, toRevision, direction, steps, scripts };
}

/** A plan of which nothing is done yet. */
export function planByHand(plan: RollbackPlan, scripts: Scripts): StepsByHand {
  const { fromRevision, toRevision, phases } = plan;
  const steps = phases.flatMap((phase) => step(phaseName(phase, phases.length), phase.because, phase.weights));
  return { fromRevision, toRevision, direction: 'forward', steps, scripts };
}

type Step = StepsByHand['steps'][number];

function stepsForward(state: RunState, toRevision: string): readonly Step[] {
  if (state.course === 'now') {
    const weights = remainingTargets(state).map((target) => ({ target, weight: 100 }));
    return step(`everything on ${toRevision}`, 'a person asked for all of it at once', weights);
  }
  const phases = state.plan?.phases ?? [];
  return phases.flatMap((phase) => {
    if (state.phases[phase.index]?.passedBy !== undefined) return [];
    const left = activeWeights(state, phase).filter((planned) => !reached(state, planned));
    return step(phaseName(phase, phases.length), phase.because, left);
  });
}

/** The last that was moved comes first. */
function stepsBack(state: RunState, fromRevision: string): readonly Step[] {
  return state.touched.toReversed().flatMap((target) => {
    const origin = weightOf(state.origin[target], toRevisionOf(state) ?? '');
    const isDone = state.unwound.includes(target) || movedWeight(state, target) <= origin;
    return isDone ? [] : step(`${target} back onto ${fromRevision}`, 'it is unwound', [{ target, weight: origin }]);
  });
}

function phaseName({ index, name }: Phase, of: number): string {
  return `phase ${index + 1} of ${of}: ${name}`;
}

function step(name: string, because: string, weights: readonly PlannedWeight[]): readonly Step[] {
  return weights.length === 0 ? [] : [{ name, because, weights }];
}
