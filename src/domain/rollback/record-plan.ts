import type { Phase, RollbackPlan } from '../plan/plan';
import type { RunEvent } from './event';
import { note } from './journal';
import { movedWeight, shareOf } from './progress';
import { withoutEvidence } from './readings';
import type { RunState } from './state';
import { withHalfStillAhead } from './widen';

/** True when plan and readiness are older than the policy lets anything move on. */
export function isTooOld(state: RunState): boolean {
  const knowledgeMs = state.policy?.timing.knowledgeMs;
  return knowledgeMs !== undefined && state.now - (state.checkedAt ?? state.now) > knowledgeMs;
}

/**
 * A new plan starts unproven; what the census shows as moved needs no second shift. A renewed one with the same steps
 * left changes nothing, so that its approvals stand; with other steps it is a new question that shows the difference.
 */
export function recordPlanned(state: RunState, event: Extract<RunEvent, { kind: 'planned' }>): RunState {
  if (!state.plan) return planned(state, event.plan);
  const plan = withHalfStillAhead(state, event.plan);
  const [before, after] = [stepsLeft(state, state.plan.phases), stepsLeft(state, plan.phases)];
  if (before === after) {
    const kept = { ...state, planIsOld: false };
    return note(kept, { kind: 'planned', text: 'planned anew: the same steps are left' });
  }
  const because = `planned anew, because what was known was too old; left before: ${before}; now: ${after}`;
  const phases = plan.phases.map((phase, index): Phase => {
    // What a person took as it was found stays so.
    const weights = phase.weights.filter(({ target }) => !state.adopted.includes(target));
    return index === 0 ? { ...phase, weights, gate: 'approval', because } : { ...phase, weights };
  });
  return planned(state, { ...plan, phases, because });
}

function planned(state: RunState, plan: RollbackPlan): RunState {
  const fresh = {
    ...withoutEvidence(state),
    plan,
    checks: wereChecked(state, plan) ? state.checks : undefined,
    planVersion: state.planVersion + 1,
    planIsOld: false,
    phases: plan.phases.map(() => ({ prepared: false, applied: [] })),
  };
  return note(fresh, {
    kind: 'planned',
    text: `${plan.phases.map((phase) => phase.name).join(' → ')}: ${plan.because}`,
  });
}

/** The checks of a smaller extent say nothing of what a wider one adds. */
function wereChecked({ rules, checks = [] }: RunState, { extent }: RollbackPlan): boolean {
  return rules < 2 || extent.every((name) => checks.some(({ target }) => target === name));
}

/** The weights that are still to be reached, phase by phase: `eu 100 · us 50 · us 100`. */
function stepsLeft(state: RunState, phases: readonly Phase[]): string {
  const steps = phases.flatMap((phase) => {
    const settled = [...state.skipped, ...state.adopted];
    const ahead = phase.weights.filter(
      ({ target, weight }) => weight > movedWeight(state, target) && !settled.includes(target),
    );
    const words = ahead.map(({ target, weight }) => `${target} ${shareOf(state, target, weight)}`).sort();
    return words.length > 0 ? [words.join(', ')] : [];
  });
  return steps.length > 0 ? steps.join(' · ') : 'nothing';
}
