import type { CheckResult } from '../readiness/check-result';
import { judgeReadiness } from '../readiness/readiness';
import type { RunState } from './state';

/**
 * The checks that still stop the run. An approver overrides what was shown, not what is found later; `now` passes over
 * all that may be overridden except a point of no return, which it passes only where a person has accepted the loss.
 */
export function standingBlocks(state: RunState): readonly CheckResult[] {
  const { blocking } = judgeReadiness(state.checks ?? []);
  return blocking.filter((result) => !mayBeOverridden(result) || !isPassedOver(state, result));
}

/** What an approval of the present blocks lets pass from now on. */
export function overridesOf(state: RunState): readonly string[] {
  return [...new Set([...state.overridden, ...standingBlocks(state).filter(mayBeOverridden).map(nameOf)])];
}

function isPassedOver(state: RunState, result: CheckResult): boolean {
  if (state.overridden.includes(nameOf(result))) return true;
  return state.course === 'now' && (!result.pointOfNoReturn || state.acceptIrreversible === true);
}

function mayBeOverridden({ status, overridable }: CheckResult): boolean {
  return status === 'unknown' || overridable;
}

function nameOf({ check, target }: CheckResult): string {
  return target === undefined ? check : `${check} ${target}`;
}
