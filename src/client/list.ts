import type { Client } from '@temporalio/client';
import { rollbackReasonKey, rollbackStageKey } from '../contracts/search-attributes';
import type { ListedRollback } from './answers';

/** Which rollbacks a list names. */
export interface ListFilter {
  readonly environment?: string;
  readonly service?: string;
  /** Only those that have not closed. */
  readonly live?: boolean;
  readonly limit: number;
}

const PAGE_SIZE = 1_000;

/** Rollbacks, newest first, as visibility shows them. */
export async function listRollbacks(client: Client, filter: ListFilter): Promise<readonly ListedRollback[]> {
  const prefix = ['rollback', filter.environment, filter.environment === undefined ? undefined : filter.service]
    .filter(Boolean)
    .join('/');
  const live = filter.live ? ` AND ExecutionStatus = 'Running'` : '';
  const query = `WorkflowType = 'rollback' AND WorkflowId STARTS_WITH '${prefix}/'${live}`;
  const found: ListedRollback[] = [];
  for await (const run of client.workflow.list({ query, pageSize: Math.min(filter.limit, PAGE_SIZE) })) {
    const [, environment = '', service = '', number = ''] = run.workflowId.split('/');
    if (filter.service !== undefined && service !== filter.service) continue;
    const stage = run.typedSearchAttributes.get(rollbackStageKey) ?? run.status.name.toLowerCase();
    const reason = run.typedSearchAttributes.get(rollbackReasonKey);
    found.push({
      environment,
      service,
      number: Number(number),
      stage,
      ...(reason ? { reason } : {}),
      startedAt: run.startTime.getTime(),
      ...(run.closeTime ? { endedAt: run.closeTime.getTime() } : {}),
    });
    if (found.length >= filter.limit) break;
  }
  return found;
}
