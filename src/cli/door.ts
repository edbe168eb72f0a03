import type { Answer, GateResult, ListedRollback, RollbackClient, ServiceName, StatusMemory } from '../client';
import type { StatusSnapshot } from '../domain/report';

export type { Answer, GateResult, ListedRollback, ServiceName, StatusSnapshot };

/** What the commands need of a running system; one connection, closed once. */
export type Door = Pick<
  RollbackClient,
  'latest' | 'state' | 'list' | 'tellRollback' | 'tellService' | 'gate' | 'serviceView' | 'preview'
> &
  Pick<StatusMemory, 'status'> & { close(): Promise<void> };
