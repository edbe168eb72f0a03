import type { Client } from '@temporalio/client';

/** How many runs a workflow has had, by following the chain back from its newest one. */
export async function runsOf(client: Client, workflowId: string): Promise<number> {
  let runId: string | undefined = (await client.workflow.getHandle(workflowId).describe()).runId;
  let runs = 0;
  while (runId !== undefined && runId !== '') {
    runs += 1;
    runId = await before(client, { workflowId, runId });
  }
  return runs;
}

async function before(
  client: Client,
  execution: { readonly workflowId: string; readonly runId: string },
): Promise<string | undefined> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: 1,
  });
  return history?.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? undefined;
}
