import { log, sleep } from '@temporalio/activity';
import type { MonitorActivities } from '../contracts/activities';
import type { RollbackRef } from '../domain/rollback/request';
import { isNews } from '../domain/service/stuck';
import { cancelledByRun, whileHeartbeating } from './calls';
import type { ActivityDependencies } from './dependencies';

type Describing = Pick<ActivityDependencies, 'describeRun'>;

/** Looks at a live run until it is no longer as its service knows it, or the looks are used up. */
export function createMonitorActivities(deps: Describing): MonitorActivities {
  return {
    monitorRun: ({ ref, isStuck, everyMs, looks }) =>
      whileHeartbeating(async () => {
        for (let look = 1; look <= looks; look += 1) {
          await sleep(everyMs);
          if (await isOtherwise(deps, ref, isStuck)) return;
        }
      }),
  };
}

/** A look that fails says nothing of the run: the next one may. */
async function isOtherwise(deps: Describing, ref: RollbackRef, isStuck: boolean): Promise<boolean> {
  try {
    const liveness = await deps.describeRun(ref);
    return liveness.kind !== 'running' || isNews(isStuck, liveness.stuck);
  } catch (error) {
    if (cancelledByRun()) throw error;
    log.warn('a run could not be described', { error: String(error) });
    return false;
  }
}
