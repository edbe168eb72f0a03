import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { DescribedStatus } from '../domain/report';
import { rollbackId } from '../domain/rollback/request';
import type { RollbackRef } from '../domain/rollback/request';
import { isNotFound, within } from './calls';
import { rollbackReasonKey, rollbackStageKey } from '../contracts/search-attributes';
import { TASK_QUEUE } from '../contracts/task-queues';

const LIMIT_MS = 3_000;
const POLLER_GONE_AFTER_MS = 70_000;
const STUCK_ATTEMPTS = 3;

/** What Temporal itself knows of a run that does not answer; undefined when there is no such run. */
export async function describeRun(client: Client, ref: RollbackRef): Promise<DescribedStatus | undefined> {
  try {
    const description = await within(client, LIMIT_MS, () => client.workflow.getHandle(rollbackId(ref)).describe());
    return { ...ref, ...(await conditionOf(client, description)), ...lastKnown(description) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function conditionOf(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<Pick<DescribedStatus, 'condition' | 'detail'>> {
  if (description.status.name !== 'RUNNING')
    return { condition: 'closed', detail: `Temporal says ${description.status.name}` };
  const task = description.raw.pendingWorkflowTask;
  if ((task?.attempt ?? 0) >= STUCK_ATTEMPTS) {
    return { condition: 'stuck', detail: `its workflow task has failed ${task?.attempt} times` };
  }
  const activity = description.raw.pendingActivities?.[0];
  const detail =
    activity &&
    `${activity.activityType?.name ?? 'an activity'}, attempt ${activity.attempt}${activity.lastFailure?.message ? `: ${activity.lastFailure.message}` : ''}`;
  const condition = (await hasWorker(client)) ? 'silent' : 'noWorker';
  return detail ? { condition, detail } : { condition };
}

/** A poller is listed for minutes after it has died, so only a recent one counts. */
async function hasWorker(client: Client): Promise<boolean> {
  const { pollers } = await within(client, LIMIT_MS, () =>
    client.workflowService.describeTaskQueue({
      namespace: client.options.namespace,
      taskQueue: { name: TASK_QUEUE },
      taskQueueType: 1,
    }),
  );
  const seenAt = (pollers ?? []).map((poller) => Number(poller.lastAccessTime?.seconds ?? 0) * 1000);
  return seenAt.some((at) => Date.now() - at < POLLER_GONE_AFTER_MS);
}

function lastKnown(description: WorkflowExecutionDescription): Partial<DescribedStatus> {
  const attributes = description.typedSearchAttributes;
  const stage = attributes.get(rollbackStageKey);
  const reason = attributes.get(rollbackReasonKey);
  const { weights, asOf } = (description.memo ?? {}) as { readonly weights?: string; readonly asOf?: number };
  return {
    ...(stage ? { stage } : {}),
    ...(reason ? { reason } : {}),
    ...(weights ? { weights } : {}),
    startedAt: description.startTime.getTime(),
    ...(asOf === undefined ? {} : { recordedAt: asOf }),
  };
}
