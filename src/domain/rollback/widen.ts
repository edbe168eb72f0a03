import { belowHalf, halfThen } from '../plan/half';
import type { Phase, RollbackPlan } from '../plan/plan';
import { note } from './journal';
import { currentPhase, movedWeight } from './progress';
import type { PhaseProgress, RunState } from './state';

const UNTOUCHED: PhaseProgress = { prepared: false, applied: [] };

/** The rules from which on a phase in which both revisions fail together is followed by one of exactly half. */
export const HALF_SINCE = 2;

/** Targets of the phase that go to half if both revisions fail together; none under rules that went on to the next phase. */
export function widening(state: RunState, phase: Phase): readonly string[] {
  const { plan, skipped, adopted, phases } = state;
  const isAhead = phases.slice(phase.index + 1).every(isUntouched);
  if (state.rules < HALF_SINCE || !plan || !isAhead) return [];
  const ahead = { after: plan.phases.slice(phase.index + 1), units: plan.units };
  return belowHalf(phase, ahead, (target) => movedWeight(state, target)).filter(
    (target) => !skipped.includes(target) && !adopted.includes(target),
  );
}

/** True where a phase has been widened, or is to be, and the half that follows it is still to come. */
export function isHalfAhead({ plan, phases }: RunState, phase: Phase): boolean {
  const next = plan?.phases[phase.index + 1];
  return next?.widened === true && phases[next.index]?.passedBy === undefined;
}

/** The same run with half of those targets as its next phase. */
export function widenedToHalf(state: RunState, index: number): RunState {
  const phase = state.plan?.phases[index];
  const targets = phase ? widening(state, phase) : [];
  if (!state.plan || targets.length === 0) return state;
  const plan = withHalf(state.plan, index, targets);
  const phases = plan.phases.map((_, place) => (place <= index ? state.phases[place] : undefined) ?? UNTOUCHED);
  const left = plan.phases.slice(index + 1).map(({ name }) => name);
  const text = `both revisions fail together, so ${left[0] ?? 'half'} is next; left: ${left.join(' → ')}`;
  return note({ ...state, plan, phases, widened: true }, { kind: 'planned', text, phase: index + 1 });
}

/** A plan made anew while half was still to come has it too: the one exception is not used up by time. */
export function withHalfStillAhead(state: RunState, renewed: RollbackPlan): RollbackPlan {
  const phase = currentPhase(state);
  if (!phase?.widened) return renewed;
  const targets = phase.weights.map(({ target }) => target);
  const isBefore = ({ weights }: Phase): boolean =>
    weights.every((planned) =>
      phase.weights.some((half) => half.target === planned.target && half.weight > planned.weight),
    );
  return withHalf(renewed, renewed.phases.findLastIndex(isBefore), targets);
}

function withHalf(plan: RollbackPlan, index: number, targets: readonly string[]): RollbackPlan {
  const phases = [
    ...plan.phases.slice(0, index + 1),
    ...halfThen(targets, { after: plan.phases.slice(index + 1), units: plan.units }),
  ];
  return {
    ...plan,
    phases: phases.map((phase, place) => ({ ...phase, index: place })),
    expectedReliefMs: (plan.expectedReliefMs / plan.phases.length) * phases.length,
  };
}

function isUntouched({ passedBy, applied }: PhaseProgress): boolean {
  return passedBy === undefined && applied.length === 0;
}
