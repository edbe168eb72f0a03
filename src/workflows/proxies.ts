import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { ObserveActivities, RollbackActivities } from '../contracts/activities';
import { OBSERVE_TASK_QUEUE } from '../contracts/task-queues';

const WAIT_FOR_THE_END = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** Reads and computations: short, repeatable. */
export const look = proxyActivities<RollbackActivities>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '2m',
  heartbeatTimeout: '5s',
  cancellationType: WAIT_FOR_THE_END,
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
});

/** Effects on targets: one call of at most 5 s, cancelled only by ending it and reading back. */
export const act = proxyActivities<RollbackActivities>({
  startToCloseTimeout: '20s',
  scheduleToCloseTimeout: '2m',
  heartbeatTimeout: '5s',
  cancellationType: WAIT_FOR_THE_END,
  retry: { initialInterval: '500ms', maximumInterval: '10s' },
  priority: { priorityKey: 1 },
});

/** Reaching people, the archive and the service workflow: worth trying for longer. */
export const tell = proxyActivities<RollbackActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '5s',
  cancellationType: WAIT_FOR_THE_END,
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

const MAX_SAMPLES = 60;
const MIN_HEARTBEAT_MS = 3_000;
/** As long as a look that samples seldom may be without a living worker before another takes it. */
const MAX_HEARTBEAT_MS = 60_000;

/** Long looks: no limit on the whole, so that an outage of ours is survived; each attempt is bounded by its samples. */
export function watchEvery(intervalMs: number): ReturnType<typeof proxyActivities<ObserveActivities>> {
  return proxyActivities<ObserveActivities>({
    taskQueue: OBSERVE_TASK_QUEUE,
    startToCloseTimeout: MAX_SAMPLES * intervalMs + 120_000,
    heartbeatTimeout: Math.min(Math.max(3 * intervalMs, MIN_HEARTBEAT_MS), MAX_HEARTBEAT_MS),
    cancellationType: WAIT_FOR_THE_END,
    retry: { initialInterval: '500ms', maximumInterval: '10s' },
  });
}

/** Samples of one segment of watching. */
export const SEGMENT_SAMPLES = MAX_SAMPLES;
