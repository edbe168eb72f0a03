import type { Answer, GateResult, ListedRollback, RollbackClient, ServiceName, StatusSnapshot } from '../client';

export type { Answer, GateResult, ListedRollback, ServiceName, StatusSnapshot };

/** What the commands need of a running system; one connection, closed once. */
export type Door = Pick<
  RollbackClient,
  'latest' | 'status' | 'state' | 'list' | 'tellRollback' | 'tellService' | 'gate' | 'serviceView' | 'preview'
> & { close(): Promise<void> };
