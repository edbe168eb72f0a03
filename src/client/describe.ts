import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { rollbackReasonKey, rollbackStageKey } from '../contracts/search-attributes';
import type { DescribedStatus, WaitingWork } from '../domain/report';
import { rollbackId } from '../domain/rollback/request';
import type { RollbackRef } from '../domain/rollback/request';
import { bindingOf, failureText, hasWorker, whyStuck } from '../temporal';
import { isNotFound, within } from './calls';

const LIMIT_MS = 3_000;
const SCHEDULED = 1;
/** Work that lies longer than this has found no free worker. */
const PICKED_UP_WITHIN_MS = 5_000;

/** A run as Temporal sees it from outside. */
export interface DescribedRun {
  readonly status: DescribedStatus;
  readonly waiting?: WaitingWork;
}

/** What Temporal itself knows of a rollback, whether it answers or not; undefined when there is no such run. */
export async function describeRun(client: Client, ref: RollbackRef): Promise<DescribedRun | undefined> {
  const description = await describe(client, rollbackId(ref));
  if (!description) return undefined;
  const waiting = await waitingWork(client, description);
  const status = { ...ref, ...(await conditionOf(client, description)), ...lastKnown(description) };
  return { status, ...(waiting ? { waiting } : {}) };
}

/** Why a workflow does not answer; undefined when there is none of that id. */
export async function describeSilence(
  client: Client,
  workflowId: string,
): Promise<Pick<DescribedStatus, 'condition' | 'detail'> | undefined> {
  const description = await describe(client, workflowId);
  return description && conditionOf(client, description);
}

async function describe(client: Client, workflowId: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await within(client, LIMIT_MS, () => client.workflow.getHandle(workflowId).describe());
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
  const stuck = await within(client, LIMIT_MS, () => whyStuck(client, description));
  if (stuck !== undefined) return { condition: 'stuck', detail: stuck };
  const activity = description.raw.pendingActivities?.[0];
  const failure = await failureText(client, activity?.lastFailure);
  const detail =
    activity &&
    `${activity.activityType?.name ?? 'an activity'}, attempt ${activity.attempt}${failure ? `: ${failure}` : ''}`;
  const condition = (await workerFor(client, description)) ? 'silent' : 'noWorker';
  return detail ? { condition, detail } : { condition };
}

/** The step that lies unclaimed the longest; one between two attempts waits for its time, not for a worker. */
async function waitingWork(
  client: Client,
  description: WorkflowExecutionDescription,
): Promise<WaitingWork | undefined> {
  const scheduled = (description.raw.pendingActivities ?? []).filter(
    (activity) => Number(activity.state) === SCHEDULED,
  );
  const [oldest] = scheduled
    .map((activity) => ({ step: activity.activityType?.name ?? 'a step', since: millis(activity.scheduledTime) }))
    .filter(({ since }) => since > 0 && Date.now() - since > PICKED_UP_WITHIN_MS)
    .sort((one, other) => one.since - other.since);
  return oldest && { ...oldest, workerAlive: await workerFor(client, description) };
}

/** A pinned run is helped by workers of its own build only. */
async function workerFor(client: Client, description: WorkflowExecutionDescription): Promise<boolean> {
  const { how, build } = bindingOf(description);
  return within(client, LIMIT_MS, () => hasWorker(client, how === 'pinned' ? build : undefined));
}

function millis(at: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined): number {
  return Number(at?.seconds ?? 0) * 1_000 + Math.floor((at?.nanos ?? 0) / 1_000_000);
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
