import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client, WorkflowExecutionStatusName } from '@temporalio/client';
import type { RunLiveness } from '../contracts/activities';
import { whyStuck } from '../temporal';

/** Whether a workflow runs, as Temporal sees it, and whether it can go on. */
export async function livenessOf(client: Client, workflowId: string): Promise<RunLiveness> {
  try {
    const description = await client.workflow.getHandle(workflowId).describe();
    const liveness = livenessFrom(description.status.name);
    const stuck = liveness.kind === 'running' ? await whyStuck(client, description) : undefined;
    return stuck === undefined ? liveness : { kind: 'running', stuck };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { kind: 'absent' };
    throw error;
  }
}

function livenessFrom(status: WorkflowExecutionStatusName): RunLiveness {
  switch (status) {
    case 'RUNNING':
    case 'PAUSED':
    case 'UNSPECIFIED':
    case 'UNKNOWN':
    case 'CONTINUED_AS_NEW':
      return { kind: 'running' };
    case 'COMPLETED':
      return { kind: 'closed', how: 'completed' };
    case 'FAILED':
      return { kind: 'closed', how: 'failed' };
    case 'CANCELLED':
      return { kind: 'closed', how: 'cancelled' };
    case 'TERMINATED':
      return { kind: 'closed', how: 'terminated' };
    case 'TIMED_OUT':
      return { kind: 'closed', how: 'timedOut' };
  }
}
