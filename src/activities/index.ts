import type {
  MonitorActivities,
  EnvironmentActivities,
  ObserveActivities,
  RollbackActivities,
  ServiceActivities,
} from '../contracts/activities';
import type { ActivityDependencies } from './dependencies';
import { createMonitorActivities } from './monitor-run';
import { createEnvironmentActivities } from './environment-activities';
import { createObserveActivities } from './observe-activities';
import { createObserveTargets } from './observe-targets';
import { createRollbackActivities } from './rollback-activities';
import { createServiceActivities } from './service-activities';
import { heartbeating, translated } from './to-application-failure';

export type { ActivityDependencies, AdapterRegistry, LoadedPolicy } from './dependencies';

export { tellAll } from './tell-all';

/** What the main worker runs. */
export function createMainActivities(
  deps: ActivityDependencies,
): RollbackActivities & ServiceActivities & EnvironmentActivities {
  return translated(
    heartbeating({
      ...createRollbackActivities(deps),
      ...createServiceActivities(deps),
      ...createEnvironmentActivities(deps),
    }),
  );
}

/** What the observing worker runs. */
export function createWatchingActivities(deps: ActivityDependencies): ObserveActivities {
  return translated({ ...createObserveActivities(deps), ...createObserveTargets(deps) });
}

/** What the monitoring worker runs. */
export function createMonitoringActivities(deps: Pick<ActivityDependencies, 'describeRun'>): MonitorActivities {
  return translated(createMonitorActivities(deps));
}
