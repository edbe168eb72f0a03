import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow';
import { bindingOf, hasWorker } from './builds';
import { TemporalSetupError } from './errors';

type Failure = NonNullable<Parameters<typeof decodeOptionalFailureToOptionalError>[1]>;

/** A task that a worker has failed this often is not going to succeed by itself. */
const STUCK_ATTEMPTS = 3;
const LAST_EVENTS = 10;

/** What keeps a run from going on until somebody mends it; undefined while its workflow tasks go through. */
export async function whyStuck(client: Client, description: WorkflowExecutionDescription): Promise<string | undefined> {
  const attempt = description.raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempt < STUCK_ATTEMPTS) return whyAbandoned(client, description);
  const failure = await lastFailure(client, description);
  return `its workflow task has failed ${attempt} times${failure === undefined ? '' : `: ${failure}`}`;
}

/** The workers of every other build leave a pinned run alone: without one of its own it stands still in silence. */
async function whyAbandoned(client: Client, description: WorkflowExecutionDescription): Promise<string | undefined> {
  const { how, build } = bindingOf(description);
  if (how !== 'pinned' || build === undefined || (await hasWorker(client, build))) return undefined;
  return `it is on build ${build.buildId} of ${build.deployment}, and no worker of that build is seen; start one, or move it with phased-rollback upgrade`;
}

/** What the worker said of the failure; the history keeps the first one of a row. */
async function lastFailure(
  client: Client,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<string | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: LAST_EVENTS,
  });
  const failed = (history?.events ?? []).find((event) => event.workflowTaskFailedEventAttributes);
  const { failure } = failed?.workflowTaskFailedEventAttributes ?? {};
  return failureText(client, failure);
}

/** What a failure says; one that is sealed with a key that is not here says that instead. */
export async function failureText(client: Client, failure: Failure | null | undefined): Promise<string | undefined> {
  try {
    return (await decodeOptionalFailureToOptionalError(client.options.loadedDataConverter, failure))?.message;
  } catch (error) {
    if (error instanceof TemporalSetupError) return error.message;
    throw error;
  }
}
