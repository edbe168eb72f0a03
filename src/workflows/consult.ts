import { ActivityCancellationType, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { EnvironmentActivities } from '../contracts/activities';
import type { EnvironmentAnswer } from '../domain/environment/consult';
import { causeOf } from './faults';

/** Questions to the environment: traffic is failing meanwhile, so that after half a minute a person is asked instead. */
export const consult = proxyActivities<Pick<EnvironmentActivities, 'askEnvironment'>>({
  startToCloseTimeout: '10s',
  scheduleToCloseTimeout: '30s',
  heartbeatTimeout: '5s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '250ms', maximumInterval: '5s' },
});

/** What an environment that could not be asked counts as having said; a cancel is no answer. */
export function silence(error: unknown): EnvironmentAnswer {
  if (isCancellation(error)) throw error;
  const text = `the environment could not be asked whether it may begin by itself: ${causeOf(error).detail}`;
  return { kind: 'held', code: 'ENVIRONMENT_SILENT', text };
}
