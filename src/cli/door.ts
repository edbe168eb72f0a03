import type {
  Answer,
  GateResult,
  ListedRollback,
  PausedAll,
  RollbackClient,
  ServiceName,
  StatusMemory,
} from '../client';
import type { StatusSnapshot } from '../domain/report';
import type { Deployments } from '../temporal';

export type { Answer, GateResult, ListedRollback, PausedAll, ServiceName, StatusSnapshot };

/** What the commands need of a running system; one connection, closed once. */
export type Door = Pick<
  RollbackClient,
  | 'latest'
  | 'state'
  | 'list'
  | 'tellRollback'
  | 'tellService'
  | 'gate'
  | 'serviceView'
  | 'preview'
  | 'environment'
  | 'tellEnvironment'
  | 'pauseAll'
> &
  Pick<StatusMemory, 'status'> & { readonly deployments: DeploymentsDoor; close(): Promise<void> };

/** What is asked of the builds of the workers. */
export type DeploymentsDoor = Pick<
  Deployments,
  'builds' | 'unpolled' | 'stillUnpolled' | 'openRuns' | 'openRun' | 'history' | 'makeCurrent' | 'pin'
>;
