import type { EnvironmentActivities } from '../contracts/activities';
import type { RollbackRef } from '../domain/rollback/request';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';
import { tellAll } from './tell-all';

/** What is asked of an environment, and what it tells people. */
export function createEnvironmentActivities(
  deps: Pick<ActivityDependencies, 'loadEnvironment' | 'consult' | 'describeRun' | 'adapters'>,
): EnvironmentActivities {
  return {
    async askEnvironment({ environment, question }) {
      const policy = await deps.loadEnvironment(environment);
      const answer = await deps.consult(policy, question);
      if (question.kind !== 'begin' || answer.kind === 'free' || !answer.by) return answer;
      // The word of a rollback that ended may be lost; Temporal knows whether it has.
      const gone = await closedOf(deps, answer.by);
      return gone.length > 0 ? deps.consult(policy, { ...question, gone }) : answer;
    },
    async notifyEnvironment({ environment, ...notification }) {
      const policy = await deps.loadEnvironment(environment);
      await tellAll(deps, policy, { ...notification, rollback: environment }, readLimit);
    },
  };
}

async function closedOf(
  deps: Pick<ActivityDependencies, 'describeRun'>,
  claimed: readonly RollbackRef[],
): Promise<readonly RollbackRef[]> {
  const described = await Promise.all(claimed.map(async (ref) => ({ ref, liveness: await deps.describeRun(ref) })));
  return described.filter(({ liveness }) => liveness.kind !== 'running').map(({ ref }) => ref);
}
