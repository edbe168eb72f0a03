import type { DataConverter } from '@temporalio/common';
import { Worker } from '@temporalio/worker';
import type { NativeConnection, WorkerInterceptors, WorkerOptions as SdkWorkerOptions } from '@temporalio/worker';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createMonitoringActivities, createMainActivities, createWatchingActivities } from '../activities';
import type { ActivityDependencies } from '../activities';
import { MONITOR_TASK_QUEUE, OBSERVE_TASK_QUEUE, TASK_QUEUE } from '../contracts/task-queues';
import { isSealing } from '../temporal';
import type { Build } from '../temporal';
import { inLogContext } from './log-context';

/** How a worker process is set up. */
export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** How payloads become bytes; readable when absent. */
  readonly dataConverter?: DataConverter;
  readonly activities: ActivityDependencies;
  /** Smallest configured sampling interval: what people see of a running bake is at most this old. */
  readonly smallestIntervalMs: number;
  /** Rollbacks and services that this worker watches at once; 2,000 when absent. */
  readonly watchSlots?: number;
  /** How long a workflow task may lie in a dead worker's queue; short where workers come back at once. */
  readonly stickyTimeoutMs: number;
  /** The workflow bundle; the one that the build made when absent. */
  readonly workflowBundlePath?: string;
  /** The build that these workers are; workers that are not versioned when absent. */
  readonly build?: Build;
  /** Run around every activity: tracing, metering, tests. */
  readonly interceptors?: WorkerInterceptors;
}

/** The Temporal workers of a worker process: for workflows and short activities, for long looks, for live rollbacks. */
export interface RollbackWorkers {
  /** Ends when all have stopped; rejects when one of them failed. */
  run(): Promise<void>;
  /** True while all poll for work. */
  takesWork(): boolean;
  shutdown(): void;
}

const SHUTDOWN_GRACE_MS = 25_000;
/**
 * How long a step of a run may take, which the SDK (1.24) takes and does not declare. Its usual 5 s interrupt a step that
 * a busy machine holds up, and Node does not survive that where a promise is on its way (nodejs/node#38503). The server
 * gives a step of more than 10 s to another worker anyway.
 */
export const STEP_LIMIT = { isolateExecutionTimeout: '1m' } as const;
const WATCH_SLOTS = 2_000;
/** One costs a question a minute; more than any worker bears are never turned away. */
const MONITOR_SLOTS = 20_000;

/** Sets the workers up; nothing runs until `run`. */
export async function createWorkers(options: WorkerOptions): Promise<RollbackWorkers> {
  const { build, dataConverter = {}, interceptors: given } = options;
  const shared = {
    ...versioning(build),
    interceptors: { ...given, activity: [inLogContext, ...(given?.activity ?? [])] },
  };
  const main = await Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: TASK_QUEUE,
    dataConverter,
    workflowBundle: {
      codePath:
        options.workflowBundlePath ?? bundlePath({ versioned: build !== undefined, sealing: isSealing(dataConverter) }),
    },
    activities: createMainActivities(options.activities),
    stickyQueueScheduleToStartTimeout: options.stickyTimeoutMs,
    shutdownGraceTime: SHUTDOWN_GRACE_MS,
    maxHeartbeatThrottleInterval: options.smallestIntervalMs,
    defaultHeartbeatThrottleInterval: options.smallestIntervalMs,
    ...STEP_LIMIT,
    ...shared,
  });
  const looking = (taskQueue: string, activities: object, slots: number): Promise<Worker> =>
    Worker.create({
      connection: options.connection,
      namespace: options.namespace,
      taskQueue,
      dataConverter,
      activities,
      // A look has nothing to finish: it goes on from its last heartbeat at the next worker, so it is let go at once.
      shutdownGraceTime: 0,
      maxConcurrentActivityTaskExecutions: slots,
      maxHeartbeatThrottleInterval: options.smallestIntervalMs,
      defaultHeartbeatThrottleInterval: options.smallestIntervalMs,
      ...shared,
    });
  const watching = createWatchingActivities(options.activities);
  const observing = await looking(OBSERVE_TASK_QUEUE, watching, options.watchSlots ?? WATCH_SLOTS);
  const monitoring = await looking(MONITOR_TASK_QUEUE, createMonitoringActivities(options.activities), MONITOR_SLOTS);
  const workers = [main, observing, monitoring];
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const stopAll = (error: unknown): never => {
    shutdown();
    throw error;
  };
  return {
    shutdown,
    takesWork: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    async run() {
      // One that fails ends the others in order; all are over before anything they use is closed.
      const runs = workers.map((worker) => worker.run().catch(stopAll));
      const failed = (await Promise.allSettled(runs)).find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}

/** All workers are the same build: what a run asks for on the other queue goes to the build that the run is on. */
function versioning(build: Build | undefined): Pick<SdkWorkerOptions, 'workerDeploymentOptions'> {
  if (!build) return {};
  const version = { deploymentName: build.deployment, buildId: build.buildId };
  return {
    workerDeploymentOptions: { useWorkerVersioning: true, version, defaultVersioningBehavior: 'PINNED' },
  };
}

/**
 * Workflow code is bundled at build time, for every way of working: plain or versioned, with failures as they are or
 * sealed. A missing bundle is a build that was not run.
 */
export function bundlePath({ versioned, sealing }: { readonly versioned: boolean; readonly sealing: boolean }): string {
  const file = `workflow-bundle${versioned ? '.versioned' : ''}${sealing ? '.sealed' : ''}.js`;
  const path = join(__dirname, '..', file);
  if (!existsSync(path)) throw new Error(`the workflow bundle is missing at ${path}: run npm run build`);
  return path;
}
