import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowHandleWithSignaledRunId } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createMonitorActivities } from '../../../src/activities/monitor-run';
import { createObserveTargets } from '../../../src/activities/observe-targets';
import { createEnvironmentActivities } from '../../../src/activities/environment-activities';
import { createServiceActivities } from '../../../src/activities/service-activities';
import {
  alertSignal,
  serviceCommandSignal,
  serviceOutcomeQuery,
  serviceStateQuery,
} from '../../../src/contracts/definitions';
import type { RollbackEnded, ServiceCommand } from '../../../src/contracts/messages';
import { MONITOR_TASK_QUEUE, OBSERVE_TASK_QUEUE, TASK_QUEUE } from '../../../src/contracts/task-queues';
import type { RunLiveness } from '../../../src/contracts/activities';
import type { Alert } from '../../../src/domain/alert/alert';
import { environmentId } from '../../../src/domain/environment/state';
import { rollbackId, serviceId } from '../../../src/domain/rollback/request';
import type { RollbackRef } from '../../../src/domain/rollback/request';
import { inSlot } from '../../../src/domain/service/slots';
import type { SlotRecord } from '../../../src/domain/service/slots';
import type { ServiceOutcome } from '../../../src/domain/service/outcome';
import type { PolicySlice, ServiceState } from '../../../src/domain/service/state';
import type { AdapterRegistry } from '../../../src/activities';
import type { Notification } from '../../../src/ports';
import { EnvironmentDesk } from '../../../src/worker/environment-desk';
import { setUp } from '../../../src/temporal';
import type { ServiceInput, service as serviceWorkflow } from '../../../src/workflows/service';
import { POLICY, alert } from '../../domain/rollback/support/fixtures';
import { Environments } from './environments';
import { finishSignal, toldQuery } from './service-workflows';
import type { Told } from './service-workflows';
import { answerTo, until } from './until';

/** What a test decides about the world of one service. */
interface Scene {
  slice: PolicySlice;
  /** Revision at full weight; where the release record says what slot blue holds, that. */
  serves: string;
  /** How often Temporal was asked about its rollbacks. */
  asked: number;
  /** Whether Temporal fails to say anything of them. */
  isSilent: boolean;
}

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

  private constructor(connection: Connection, native: NativeConnection, namespace: string) {
    this.connection = connection;
    this.native = native;
    this.client = new Client({ connection, namespace });
  }

  /** Opens on the suite's own namespace, so that suites running at once never share a task queue. */
  static async open(): Promise<ServiceStage> {
    const address = process.env.TEST_TEMPORAL_ADDRESS;
    if (address === undefined) throw new Error('the global set-up has started no Temporal server');
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const connection = await Connection.connect({ address });
    const namespace = `service-${process.pid}-${Date.now().toString(36)}`;
    await setUp({ connection, namespace });
    const native = await NativeConnection.connect({ address });
    const stage = new ServiceStage(connection, native, namespace);
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
    this.workers = [main, observing, await looking(MONITOR_TASK_QUEUE, createMonitorActivities(deps))];
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
        observe: async () => ({
          target: name,
          at: Date.now(),
          revisions: [
            {
              revision: revisionIn(slots, name) ?? this.scene(String(adapter.service)).serves,
              weight: 100,
              readyCapacity: 100,
              readyInstances: 1,
            },
          ],
        }),
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
    this.scenes.set(service, { slice: { ok: true, policy }, serves: 'v41', asked: 0, isSilent: false });
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

/** One service and what a test does to it. */
export class ServicePlay {
  readonly input: ServiceInput;
  readonly id: string;
  private readonly stage: ServiceStage;
  private said = 0;

  constructor(stage: ServiceStage, input: ServiceInput) {
    this.stage = stage;
    this.input = input;
    this.id = serviceId(input);
  }

  alert(change: Partial<Alert> = {}): Alert {
    const { environment, service } = this.input;
    return alert({ environment, service, receivedAt: Date.now(), ...change });
  }

  /** Sends an alert as the gateway does. */
  async deliver(deliveryId: string, change: Partial<Alert> = {}): Promise<void> {
    await this.signalled(alertSignal, { deliveryId, alert: this.alert(change) });
  }

  /** Sends a word as the gateway does, and waits for its answer. */
  async say(word: WordOfTest): Promise<ServiceOutcome> {
    return this.outcome(await this.send(word));
  }

  /** Sends a word without waiting for its answer, which has the returned id. */
  async send(word: WordOfTest): Promise<string> {
    this.said += 1;
    const command = { id: `word-${this.said}`, by: 'ada', at: Date.now(), ...word } as ServiceCommand;
    await this.signalled(serviceCommandSignal, command);
    return command.id;
  }

  private signalled<T>(
    signal: SignalDefinition<[T]>,
    message: T,
  ): Promise<WorkflowHandleWithSignaledRunId<typeof serviceWorkflow>> {
    return this.stage.client.workflow.signalWithStart<typeof serviceWorkflow, [T]>('service', {
      workflowId: this.id,
      taskQueue: TASK_QUEUE,
      args: [this.input],
      signal,
      signalArgs: [message],
    });
  }

  async outcome(id: string): Promise<ServiceOutcome> {
    const handle = this.stage.client.workflow.getHandle(this.id);
    return until(`an answer to ${id}`, async () => handle.query(serviceOutcomeQuery, id));
  }

  state(): Promise<ServiceState> {
    return answerTo(() => this.stage.client.workflow.getHandle(this.id).query(serviceStateQuery));
  }

  /** The state once it is as described. */
  untilState(what: string, holds: (state: ServiceState) => boolean, longestMs?: number): Promise<ServiceState> {
    const look = async (): Promise<ServiceState | undefined> => {
      const state = await this.state();
      return holds(state) ? state : undefined;
    };
    return until(what, look, longestMs);
  }

  rollback(number: number) {
    return this.stage.client.workflow.getHandle(rollbackId({ ...this.input, number }));
  }

  /** The activities that it has asked for so far, oldest first. */
  async activities(): Promise<readonly string[]> {
    const { events } = await this.stage.client.workflow.getHandle(this.id).fetchHistory();
    return (events ?? []).flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []);
  }

  told(number: number): Promise<Told> {
    return answerTo(() => this.rollback(number).query(toldQuery));
  }

  async finish(number: number, how: Partial<RollbackEnded> | 'silently'): Promise<void> {
    await this.rollback(number).signal(finishSignal, how);
    await this.rollback(number).result();
  }

  get scene(): Scene {
    return this.stage.scene(this.input.service);
  }
}

type WordOfTest = { kind: ServiceCommand['kind'] } & Record<string, unknown>;
