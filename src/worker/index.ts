export { runWorker } from './main';
export type { RunWorkerOptions } from './main';
export { EnvironmentDesk } from './environment-desk';
export { createDependencies } from './dependencies';
export { bundlePath, createWorkers } from './worker';
export type { RollbackWorkers, WorkerOptions } from './worker';
