import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { MonitorActivities, ObserveActivities, ServiceActivities } from '../contracts/activities';
import { MONITOR_TASK_QUEUE, OBSERVE_TASK_QUEUE } from '../contracts/task-queues';
import type { ServicePolicy } from '../domain/policy/policy';
import { slotRecordOf } from '../domain/service/slots';
import type { ServiceState } from '../domain/service/state';
import { troubleWatches } from '../domain/service/troubles-after';

const WAIT_FOR_THE_END = ActivityCancellationType.WAIT_CANCELLATION_COMPLETED;

/** Questions to the policy file and to Temporal: an answer soon, or none; the door must not stand still. */
export const ask = proxyActivities<ServiceActivities>({
  startToCloseTimeout: '5s',
  scheduleToCloseTimeout: '15s',
  cancellationType: WAIT_FOR_THE_END,
  retry: { initialInterval: '250ms', maximumInterval: '5s' },
});

/** Reaching people: worth trying for longer. */
export const tellPeople = proxyActivities<ServiceActivities>({
  startToCloseTimeout: '30s',
  scheduleToCloseTimeout: '10m',
  heartbeatTimeout: '5s',
  cancellationType: WAIT_FOR_THE_END,
  retry: { initialInterval: '1s', maximumInterval: '30s' },
});

/** Looks of one observation, and of one watch over a live run. */
export const LOOKS = 60;

const HEARTBEAT_MARGIN_MS = 30_000;
const ATTEMPT_MARGIN_MS = 600_000;

/** What a service looks at its targets by; `now` in epoch milliseconds. */
export interface Looking {
  readonly state: ServiceState;
  readonly policy: ServicePolicy;
  readonly everyMs: number;
  readonly now: number;
}

/** Looks at the targets while no rollback is live; an outage of ours or of a target is survived by trying again. */
export function lookAtTargets({
  state,
  policy,
  everyMs,
  now,
}: Looking): ReturnType<ObserveActivities['observeTargets']> {
  const { observeTargets } = proxyActivities<Pick<ObserveActivities, 'observeTargets'>>({
    taskQueue: OBSERVE_TASK_QUEUE,
    startToCloseTimeout: LOOKS * everyMs + ATTEMPT_MARGIN_MS,
    heartbeatTimeout: HEARTBEAT_MARGIN_MS,
    cancellationType: WAIT_FOR_THE_END,
    retry: { initialInterval: '1s', maximumInterval: '60s' },
  });
  const watches = troubleWatches(state, now, policy.timing.watchAfterMs);
  return observeTargets({
    policy,
    slots: slotRecordOf(state),
    known: state.census,
    watches,
    everyMs,
    looks: LOOKS,
  });
}

/**
 * Monitors a live run. A cancel is not waited for, and a dead worker may be noticed after some looks: every message makes
 * the service ask anyway. Where no worker takes it, the service asks by itself from time to time.
 */
export function monitorEvery(everyMs: number): ReturnType<typeof proxyActivities<MonitorActivities>> {
  return proxyActivities<MonitorActivities>({
    taskQueue: MONITOR_TASK_QUEUE,
    scheduleToStartTimeout: Math.max(everyMs, HEARTBEAT_MARGIN_MS),
    startToCloseTimeout: LOOKS * everyMs + ATTEMPT_MARGIN_MS,
    heartbeatTimeout: Math.max(3 * everyMs, HEARTBEAT_MARGIN_MS),
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1s', maximumInterval: '60s' },
  });
}
