import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createMonitorActivities } from '../../../src/activities/monitor-run';
import { createObserveTargets } from '../../../src/activities/observe-targets';
import { createEnvironmentActivities } from '../../../src/activities/environment-activities';
import { createServiceActivities } from '../../../src/activities/service-activities';
import { MONITOR_TASK_QUEUE, OBSERVE_TASK_QUEUE, TASK_QUEUE } from '../../../src/contracts/task-queues';
import type { RunLiveness } from '../../../src/contracts/activities';
import { environmentId } from '../../../src/domain/environment/state';
import { rollbackId } from '../../../src/domain/rollback/request';
import type { RollbackRef } from '../../../src/domain/rollback/request';
import { inSlot } from '../../../src/domain/service/slots';
import type { SlotRecord } from '../../../src/domain/service/slots';
import type { AdapterRegistry } from '../../../src/activities';
import type { Notification } from '../../../src/ports';
import { EnvironmentDesk } from '../../../src/worker/environment-desk';
import { setUp } from '../../../src/temporal';
import type { ServiceInput } from '../../../src/workflows/service';
import { POLICY } from '../../domain/rollback/support/fixtures';
import { Environments } from './environments';
import { ServicePlay } from './service-play';
import type { Scene } from './service-play';

/** The real server and worker of the service suite; rollbacks are stubs, adapters are fakes. */
export class ServiceStage {
  readonly client: Client;
  readonly notified: Notification[] = [];
  readonly environments = new Environments();
  private readonly ids: string[] = [];
  readonly scenes = new Map<string, Scene>();
  private readonly connection: Connection;
  private readonly native: NativeConnection;
  private workers: readonly Worker[] = [];
  private running: Promise<unknown> = Promise.resolve();
  private scenesOpened = 0;
  private readonly monitors: boolean;

  private constructor(connection: Connection, native: NativeConnection, namespace: string, monitors: boolean) {
    this.monitors = monitors;
    this.connection = connection;
    this.native = native;
    this.client = new Client({ connection, namespace });
  }

  /**
   * Opens on the suite's own namespace, so that suites running at once never share a task queue. Without `monitors` no
   * worker takes what monitors a live run, as where all of them are of an earlier build.
   */
  static async open({ monitors = true } = {}): Promise<ServiceStage> {
    const address = process.env.TEST_TEMPORAL_ADDRESS;
    if (address === undefined) throw new Error('the global set-up has started no Temporal server');
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const connection = await Connection.connect({ address });
    const namespace = `service-${process.pid}-${Date.now().toString(36)}`;
    await setUp({ connection, namespace });
    const native = await NativeConnection.connect({ address });
    const stage = new ServiceStage(connection, native, namespace, monitors);
    await stage.employ(namespace);
    return stage;
  }

  private async employ(namespace: string): Promise<void> {
    const desk = new EnvironmentDesk(this.client);
    const deps: Parameters<typeof createEnvironmentActivities>[0] & Parameters<typeof createServiceActivities>[0] = {
      loadEnvironment: (name) => this.environments.load(name),
      consult: (environment, question) => desk.consult(environment, question),
      loadPolicy: async (_environment: string, service: string) => this.scene(service).slice,
      describeRun: (ref: RollbackRef) => this.liveness(ref),
      adapters: this.adapters(),
    };
    const common = {
      connection: this.native,
      namespace,
      maxHeartbeatThrottleInterval: 100,
      defaultHeartbeatThrottleInterval: 100,
    };
    const main = await Worker.create({
      ...common,
      taskQueue: TASK_QUEUE,
      workflowsPath: require.resolve('./service-workflows'),
      activities: { ...createServiceActivities(deps), ...createEnvironmentActivities(deps) },
    });
    const looking = (taskQueue: string, activities: object): Promise<Worker> =>
      Worker.create({ ...common, taskQueue, activities });
    const observing = await looking(OBSERVE_TASK_QUEUE, createObserveTargets(deps));
    const monitoring = this.monitors ? [await looking(MONITOR_TASK_QUEUE, createMonitorActivities(deps))] : [];
    this.workers = [main, observing, ...monitoring];
    this.running = Promise.all(this.workers.map((worker) => worker.run()));
  }

  /** Does something while no worker is there. */
  async whileNobodyWorks(act: () => Promise<void>): Promise<void> {
    await this.dismiss();
    await act();
    await this.employ(this.client.options.namespace);
  }

  private async dismiss(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.running;
  }

  private adapters(): AdapterRegistry {
    const unused = (): never => {
      throw new Error('the service workflow has no use for it');
    };
    return {
      target: ({ name, adapter }, slots) => ({
        capabilities: unused,
        check: unused,
        prepare: unused,
        shift: unused,
        observe: async () => {
          const { serves, ready } = this.scene(String(adapter.service));
          if (typeof ready !== 'number') throw ready;
          const revision = revisionIn(slots, name) ?? serves;
          return {
            target: name,
            at: Date.now(),
            revisions: [{ revision, weight: 100, readyCapacity: ready, readyInstances: 1 }],
          };
        },
      }),
      notifier: () => ({ notify: async (notification) => void this.notified.push(notification) }),
      metrics: unused,
      check: unused,
      archive: unused,
    };
  }

  private async liveness(ref: RollbackRef): Promise<RunLiveness> {
    const scene = this.scene(ref.service);
    scene.asked += 1;
    if (scene.isSilent) throw new Error('nobody answers');
    try {
      const { status } = await this.client.workflow.getHandle(rollbackId(ref)).describe();
      return status.name === 'RUNNING' ? { kind: 'running' } : { kind: 'closed', how: 'terminated' };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { kind: 'absent' };
      throw error;
    }
  }

  scene(service: string): Scene {
    const scene = this.scenes.get(service);
    if (!scene) throw new Error(`no scene ${service}`);
    return scene;
  }

  /** A service of its own for one test; it runs from the first message on. */
  play(input: Partial<ServiceInput> = {}): ServicePlay {
    this.scenesOpened += 1;
    const service = `s${this.scenesOpened}`;
    const target = { name: 'eu', labels: {}, adapter: { type: 'fake', service } };
    const policy = { ...POLICY, service, targets: [target], notify: [{ type: 'fake' }] };
    this.scenes.set(service, { slice: { ok: true, policy }, serves: 'v41', ready: 100, asked: 0, isSilent: false });
    const play = new ServicePlay(this, { environment: 'prod', service, everyMs: 200, ...input });
    this.ids.push(play.id);
    return play;
  }

  /** Replays the newest run of every service that the suite has played so far. */
  async replayAll(): Promise<readonly { readonly workflowId: string; readonly error?: Error }[]> {
    const environments = this.environments.names.map(environmentId);
    const histories = [...this.ids, ...environments].map(async (workflowId) => ({
      workflowId,
      history: await this.client.workflow.getHandle(workflowId).fetchHistory(),
    }));
    const results = [];
    const options = { workflowsPath: require.resolve('./service-workflows') };
    for await (const { workflowId, error } of Worker.runReplayHistories(options, await Promise.all(histories))) {
      results.push({ workflowId, ...(error ? { error } : {}) });
    }
    return results;
  }

  async close(): Promise<void> {
    await this.dismiss();
    await this.native.close();
    await this.connection.close();
  }
}

function revisionIn(slots: SlotRecord | undefined, target: string): string | undefined {
  const held = slots && inSlot(slots, target, 'blue');
  return held && 'revision' in held ? held.revision : undefined;
}
