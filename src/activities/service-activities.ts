import type { ServiceActivities } from '../contracts/activities';
import { readLimit } from './calls';
import type { ActivityDependencies } from './dependencies';
import { tellAll } from './tell-all';

/** What the service workflow asks of the world; each is one short call. */
export function createServiceActivities(
  deps: Pick<ActivityDependencies, 'loadPolicy' | 'describeRun' | 'adapters'>,
): ServiceActivities {
  return {
    async loadPolicy({ environment, service }) {
      return deps.loadPolicy(environment, service);
    },
    async describeRun(ref) {
      return deps.describeRun(ref);
    },
    async notifyService({ policy, ...notification }) {
      const rollback = `${policy.environment}/${policy.service}`;
      await tellAll(deps, policy, { ...notification, rollback }, readLimit);
    },
  };
}
