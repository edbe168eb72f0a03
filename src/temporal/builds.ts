import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { MONITOR_TASK_QUEUE, OBSERVE_TASK_QUEUE, TASK_QUEUE } from '../contracts/task-queues';

/** One build of the workers: what runs on it goes on only where a worker of the same build is. */
export interface Build {
  readonly deployment: string;
  readonly buildId: string;
}

/** Whether a run stays on its build until it is moved, or goes to the current one with its next step. */
export type HowItIsBound = 'pinned' | 'follows';

/** On which build a run is; without a build its workers are not versioned. */
export interface Binding {
  readonly how: HowItIsBound;
  readonly build?: Build;
}

interface ProtoVersion {
  readonly deploymentName?: string | null;
  readonly buildId?: string | null;
}

const POLLER_GONE_AFTER_MS = 70_000;
const WORKFLOW_TASKS = 1;
const ACTIVITY_TASKS = 2;
const PINNED = 1;

/** Reads from a description on which build its next step runs: a person's word wins over what the worker said. */
export function bindingOf({ raw }: Pick<WorkflowExecutionDescription, 'raw'>): Binding {
  const info = raw.workflowExecutionInfo?.versioningInfo;
  const moved = buildFrom(info?.versioningOverride?.pinned?.version);
  if (moved) return { how: 'pinned', build: moved };
  const build = buildFrom(info?.deploymentVersion);
  return { how: Number(info?.behavior ?? 0) === PINNED ? 'pinned' : 'follows', ...(build ? { build } : {}) };
}

/** Whether a worker takes workflow tasks now: one of that build where one is named, else any. */
export async function hasWorker(client: Client, build?: Build): Promise<boolean> {
  // Asked of workflow tasks only: a worker whose slots for activities are full does not poll for those.
  return polls(client, TASK_QUEUE, WORKFLOW_TASKS, build);
}

/** The task queues of ours that no worker of that build polls. */
export async function unpolledQueues(client: Client, build: Build): Promise<readonly string[]> {
  const queues = [
    { name: TASK_QUEUE, type: WORKFLOW_TASKS },
    { name: OBSERVE_TASK_QUEUE, type: ACTIVITY_TASKS },
    { name: MONITOR_TASK_QUEUE, type: ACTIVITY_TASKS },
  ];
  const polled = await Promise.all(queues.map(({ name, type }) => polls(client, name, type, build)));
  return queues.flatMap(({ name }, index) => (polled[index] === true ? [] : [name]));
}

/** A poller is listed for minutes after it has died, so only a recent one counts. */
async function polls(client: Client, taskQueue: string, taskQueueType: number, build?: Build): Promise<boolean> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    taskQueueType,
  });
  return (pollers ?? []).some(
    (poller) =>
      Date.now() - millis(poller.lastAccessTime) < POLLER_GONE_AFTER_MS &&
      (build === undefined || isSameBuild(build, buildFrom(poller.deploymentOptions))),
  );
}

/** True for the same build of the same deployment. */
export function isSameBuild(one: Build, other: Build | undefined): boolean {
  return one.deployment === other?.deployment && one.buildId === other.buildId;
}

/** A build as Temporal writes it; undefined for what is not versioned. */
export function buildFrom(version: ProtoVersion | null | undefined): Build | undefined {
  if (!version?.deploymentName || !version.buildId) return undefined;
  return { deployment: version.deploymentName, buildId: version.buildId };
}

function millis(at: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined): number {
  return Number(at?.seconds ?? 0) * 1_000 + Math.floor((at?.nanos ?? 0) / 1_000_000);
}
