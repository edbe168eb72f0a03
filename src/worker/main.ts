import { pino } from 'pino';
import type { Logger } from 'pino';
import type { Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import type { WorkerInterceptors } from '@temporalio/worker';
import { tellAll } from '../activities';
import type { ActivityDependencies } from '../activities';
import { configReader } from '../config';
import type { LoadedConfig } from '../config';
import { TASK_QUEUE } from '../contracts/task-queues';
import { serviceId } from '../domain/rollback/request';
import { Deployments, connect, connectWorker, installRuntime, verifySetUp } from '../temporal';
import type { Build } from '../temporal';
import { createDependencies } from './dependencies';
import { serveHealth } from './health';
import { livenessOf } from './liveness';
import { logContext } from './log-context';
import { createWorkers } from './worker';
import type { RollbackWorkers } from './worker';
import { ServiceWatch } from './watch-services';

/** How `phased-rollback worker` is called. */
export interface RunWorkerOptions {
  readonly configPath: string;
  readonly address?: string;
  readonly namespace?: string;
  /** Defaults to 5 s; the embedded set-up uses 1 s because its workers come back at once. */
  readonly stickyTimeoutMs?: number;
  /** Rollbacks and services that this worker watches at once; 2,000 when absent. */
  readonly watchSlots?: number;
  /** The build that this worker is, where workers are versioned. */
  readonly build?: Build;
  /** Serves `/healthz` there. */
  readonly healthPort?: number;
  /** Puts something around what activities ask of the world. */
  readonly surround?: (made: ActivityDependencies) => ActivityDependencies;
  readonly interceptors?: WorkerInterceptors;
}

const STICKY_TIMEOUT_MS = 5_000;
const NO_SERVICE_INTERVAL_MS = 10_000;
const TELL_LIMIT_MS = 5_000;

/** Runs the worker process until it is told to stop. Refuses to start on a cluster that is not set up. */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const log = pino(
    { name: 'worker', mixin: logContext, redact: ['taskToken', '*.taskToken', '*.secret', '*.authorization'] },
    pino.destination(2),
  );
  installRuntime(log);
  try {
    await work(options, log);
  } finally {
    // The runtime keeps a process alive and takes its signals, also when there was nothing to run.
    await Runtime.instance().shutdown();
  }
}

async function work(options: RunWorkerOptions, log: Logger): Promise<void> {
  const readConfig = configReader(options.configPath);
  const loaded = await readConfig();
  for (const invalid of loaded.invalid)
    log.error({ service: invalid.name, problems: invalid.problems }, 'service out of service: its policy is invalid');
  const temporal = await connect(options);
  const native = await connectWorker(options);
  try {
    await verifySetUp({ connection: temporal.connection, namespace: temporal.namespace });
    const made = createDependencies({ client: temporal.client, configPath: options.configPath, log });
    const workers = await createWorkers({
      connection: native.connection,
      namespace: temporal.namespace,
      dataConverter: native.dataConverter,
      activities: options.surround?.(made) ?? made,
      smallestIntervalMs: smallestInterval(loaded),
      stickyTimeoutMs: options.stickyTimeoutMs ?? STICKY_TIMEOUT_MS,
      ...(options.interceptors ? { interceptors: options.interceptors } : {}),
      ...(options.build ? { build: options.build } : {}),
      ...(options.watchSlots === undefined ? {} : { watchSlots: options.watchSlots }),
    });
    const watch = new ServiceWatch({
      policies: async () => (await readConfig()).services,
      livenessOf: (id) => livenessOf(temporal.client, id),
      tell: (policy, notification) => tellAll(made, policy, notification, () => AbortSignal.timeout(TELL_LIMIT_MS)),
      log,
      now: () => Date.now(),
    });
    await runUntilStopped(workers, () => ensureServices(temporal.client, loaded, log), {
      healthPort: options.healthPort,
      onReady: () => {
        watch.start();
        if (options.build) void tellWhetherCurrent(temporal.client, options.build, log);
        log.info({ services: loaded.services.length, namespace: temporal.namespace }, 'worker ready');
      },
    }).finally(() => watch.stop());
  } finally {
    await native.connection.close();
    await temporal.close();
  }
}

/** A build that nobody made current takes nothing new, which looks like a worker that does nothing. */
async function tellWhetherCurrent(client: Client, { deployment, buildId }: Build, log: Logger): Promise<void> {
  try {
    const builds = await new Deployments(client).builds(deployment);
    const current = builds.find(({ state }) => state === 'current')?.buildId;
    if (current === buildId) log.info({ deployment, buildId }, 'this build is the current one');
    else
      log.warn(
        { deployment, buildId, current, wayOut: `phased-rollback upgrade --deployment ${deployment} --to ${buildId}` },
        'this build is not the current one: nothing new starts on it until it is made so',
      );
  } catch (error) {
    log.warn({ deployment, buildId, error: String(error) }, 'it is not known whether this build is the current one');
  }
}

/** Runs the workers; whatever fails meanwhile is told only after they have ended in order. */
async function runUntilStopped(
  workers: RollbackWorkers,
  begin: () => Promise<void>,
  options: { readonly healthPort: number | undefined; readonly onReady: () => void },
): Promise<void> {
  const { healthPort, onReady } = options;
  const running = workers.run();
  const ended = running.then(
    () => undefined,
    () => undefined,
  );
  const health = healthPort === undefined ? undefined : serveHealth(healthPort, () => workers.takesWork());
  try {
    await Promise.all([begin(), health]);
    onReady();
    await running;
  } catch (error) {
    workers.shutdown();
    await ended;
    throw error;
  } finally {
    (await health?.catch(() => undefined))?.close();
  }
}

/** One service workflow per configured service, so that releases are seen before the first alert. */
async function ensureServices(client: Client, loaded: LoadedConfig, log: Logger): Promise<void> {
  await Promise.all(
    loaded.services.map(async ({ environment, service }) => {
      await client.workflow.start('service', {
        workflowId: serviceId({ environment, service }),
        taskQueue: TASK_QUEUE,
        args: [{ environment, service }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      });
      log.debug({ environment, service }, 'service workflow is there');
    }),
  );
}

function smallestInterval(loaded: LoadedConfig): number {
  const intervals = loaded.services.map((policy) => policy.timing.intervalMs);
  return intervals.length > 0 ? Math.min(...intervals) : NO_SERVICE_INTERVAL_MS;
}
