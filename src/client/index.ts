export type { Answer, GateResult, ListedRollback, PausedAll, ServiceName } from './answers';
export { ClientError } from './errors';
export { RollbackClient } from './rollback-client';
export { StatusMemory } from './status-memory';
