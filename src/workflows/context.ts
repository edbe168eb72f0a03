import type { RunContext, TargetsContext } from '../contracts/activities';
import { whereabouts } from '../domain/rollback';
import type { RunState } from '../domain/rollback';
import { pastOf } from '../domain/rollback/request';

/** The policy that the run was given. */
export function policyOf(state: RunState): RunContext['policy'] {
  if (!state.policy) throw new Error('a move that needs the policy was chosen before it was loaded');
  return state.policy;
}

/** By what the run's targets are read. */
export function targetsOf(state: RunState): TargetsContext {
  const { slots } = state.request;
  return { policy: policyOf(state), ...(slots ? { slots } : {}) };
}

/** What every activity of the run works with, once it is known what goes back to what. */
export function contextOf(state: RunState): RunContext {
  const { environment, service, number, cause } = state.request;
  const revisions = state.plan ?? (state.assessment?.kind === 'blamed' ? state.assessment : undefined);
  if (!revisions) throw new Error('a move that needs the revisions was chosen before they were known');
  const { fromRevision, toRevision } = revisions;
  return {
    ...targetsOf(state),
    ref: { environment, service, number },
    fromRevision,
    toRevision,
    cause,
    past: pastOf(state.request, fromRevision),
    ...whereabouts(state),
  };
}
