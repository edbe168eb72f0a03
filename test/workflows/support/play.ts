import { setTimeout as delay } from 'node:timers/promises';
import { Connection, Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { EnvironmentDesk } from '../../../src/worker/environment-desk';
import { livenessOf } from '../../../src/worker/liveness';
import { createWorkers } from '../../../src/worker/worker';
import type { WorkerOptions } from '../../../src/worker/worker';
import type { RollbackEnded } from '../../../src/contracts/messages';
import {
  outcomeQuery,
  rollbackCommandSignal,
  rollbackStateQuery,
  rollbackStatusQuery,
} from '../../../src/contracts/definitions';
import { TASK_QUEUE } from '../../../src/contracts/task-queues';
import type { ServicePolicy } from '../../../src/domain/policy/policy';
import type { RollbackRequest, RunState } from '../../../src/domain/rollback';
import type { Command, CommandKind, CommandOutcome } from '../../../src/domain/rollback/command';
import type { StatusView } from '../../../src/domain/rollback/status-view';
import type { Release } from '../../../src/domain/service/release';
import { rollbackId } from '../../../src/domain/rollback/request';
import type { RollbackResult } from '../../../src/workflows/rollback';
import { alert, request as requestOf } from '../../domain/rollback/support/fixtures';
import { recordHistories } from '../../replay/record-histories';
import { setUp } from '../../../src/temporal';
import { bundleFor } from './bundle';
import { Environments } from './environments';
import { FAST_POLICY } from './fast-policy';
import { metricsOf } from './fake-metrics';
import type { SourcesByKind } from './fake-metrics';
import { FakeArchive, FakeCheck, FakeNotifier, FakeWorld, targetOf } from './fakes';
import { answerTo, LONGEST_MS, until } from './until';

export { FAST_POLICY };

/** How a test sets its rollback up. */
export interface PlayOptions {
  readonly request?: Partial<RollbackRequest>;
  readonly policy?: Partial<ServicePolicy>;
  readonly continueAfterMoves?: number;
  /** How the world is when it begins. */
  readonly world?: (world: FakeWorld) => void;
}

let plays = 0;

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** Workers that came together and can go together. */
export interface Crew {
  dismiss(): Promise<void>;
}

/** The real server and the real workers of one suite, over a fake world per rollback. */
export class Theatre {
  private readonly connection: Connection;
  private readonly native: NativeConnection;
  readonly namespace: string;
  private readonly smallestIntervalMs: number;
  private readonly crews = new Set<Crew>();
  readonly client: Client;
  readonly worlds = new Map<string, { world: FakeWorld; policy: ServicePolicy; metrics: SourcesByKind }>();
  readonly ended: RollbackEnded[] = [];
  readonly environments = new Environments();
  private readonly plays: Play[] = [];
  private readonly dataConverter: DataConverter;

  private constructor(
    connection: Connection,
    native: NativeConnection,
    namespace: string,
    sealed: DataConverter,
    smallestIntervalMs: number,
  ) {
    this.dataConverter = sealed;
    this.smallestIntervalMs = smallestIntervalMs;
    this.connection = connection;
    this.native = native;
    this.namespace = namespace;
    this.client = this.clientWith(sealed);
  }

  /** Opens on the suite's own namespace, so that suites running at once never share a task queue. */
  static async open(suite: string, dataConverter: DataConverter = {}, smallestIntervalMs = 100): Promise<Theatre> {
    const address = process.env.TEST_TEMPORAL_ADDRESS;
    if (address === undefined) throw new Error('the global set-up has started no Temporal server');
    const connection = await Connection.connect({ address });
    const namespace = `${suite}-${process.pid}-${Date.now().toString(36)}`;
    await setUp({ connection, namespace });
    const native = await NativeConnection.connect({ address });
    const theatre = new Theatre(connection, native, namespace, dataConverter, smallestIntervalMs);
    await theatre.hire();
    return theatre;
  }

  /** A client that reads and writes payloads in its own way. */
  clientWith(dataConverter: DataConverter): Client {
    return new Client({ connection: this.connection, namespace: this.namespace, dataConverter });
  }

  /** Workers come to work, beside those who are there. */
  async hire(
    special: Partial<Pick<WorkerOptions, 'workflowBundlePath' | 'watchSlots' | 'dataConverter' | 'build'>> = {},
  ): Promise<Crew> {
    const workers = await createWorkers({
      connection: this.native,
      namespace: this.namespace,
      smallestIntervalMs: this.smallestIntervalMs,
      stickyTimeoutMs: 1_000,
      ...bundleFor(special.dataConverter ?? this.dataConverter),
      activities: this.activities(),
      ...special,
    });
    const running = workers.run();
    const crew: Crew = {
      dismiss: async () => {
        this.crews.delete(crew);
        workers.shutdown();
        await running;
      },
    };
    this.crews.add(crew);
    return crew;
  }

  /** Nobody is at work any more; what is said meanwhile only Temporal hears. */
  async dismiss(): Promise<void> {
    await Promise.all([...this.crews].map((crew) => crew.dismiss()));
  }

  private activities(): WorkerOptions['activities'] {
    const desk = new EnvironmentDesk(this.client);
    return {
      now: () => Date.now(),
      loadEnvironment: (name) => this.environments.load(name),
      consult: (environment, question) => desk.consult(environment, question),
      loadPolicy: async (_environment, service) => {
        const found = this.worlds.get(service);
        if (!found) return { ok: false, error: `no service ${service}` };
        const { policyError } = found.world;
        return policyError === undefined ? { ok: true, policy: found.policy } : { ok: false, error: policyError };
      },
      sendOutcome: async (ended) => {
        this.ended.push(ended);
      },
      describeRun: (ref) => livenessOf(this.client, rollbackId(ref)),
      adapters: {
        target: (policy, slots) => targetOf(this.worldOf(policy.adapter).world, policy.name, slots),
        metrics: (policy) => this.worldOf(policy.provider).metrics[policy.kind],
        check: (config) => new FakeCheck(this.worldOf(config).world),
        notifier: (config) => new FakeNotifier(this.worldOf(config).world),
        archive: (config) => new FakeArchive(this.worldOf(config).world),
      },
    };
  }

  private worldOf(config: Readonly<Record<string, unknown>>): { world: FakeWorld; metrics: SourcesByKind } {
    const found = this.worlds.get(String(config.service));
    if (!found) throw new Error(`no world for ${String(config.service)}`);
    return found;
  }

  /** A service of its own with its world. */
  furnish(options: Pick<PlayOptions, 'policy' | 'world'> = {}) {
    const service = `svc-${(plays += 1)}`;
    const world = new FakeWorld();
    options.world?.(world);
    const marked = { type: 'fake', service };
    const base = { ...FAST_POLICY, ...options.policy };
    const policy: ServicePolicy = {
      ...base,
      service,
      targets: base.targets.map((target) => ({ ...target, adapter: marked })),
      metrics: base.metrics.map((metric) => ({ ...metric, provider: marked })),
      checks: base.checks.map(() => marked),
      notify: [marked],
      archive: marked,
    };
    this.worlds.set(service, { world, policy, metrics: metricsOf(world) });
    return { service, world };
  }

  /** Starts a rollback of a service of its own. */
  async play(options: PlayOptions = {}): Promise<Play> {
    const { service, world } = this.furnish(options);
    const now = Date.now();
    const releases = past(now);
    const trigger = { kind: 'alert' as const, alerts: [alert({ startsAt: now - 1_000, receivedAt: now })] };
    const request: RollbackRequest = { ...requestOf('auto'), trigger, releases, ...options.request, service };
    const input = {
      request,
      ...(options.continueAfterMoves === undefined ? {} : { continueAfterMoves: options.continueAfterMoves }),
    };
    const handle = await this.client.workflow.start('rollback', {
      workflowId: rollbackId(request),
      taskQueue: TASK_QUEUE,
      args: [input],
    });
    const play = new Play(world, handle, request);
    this.plays.push(play);
    return play;
  }

  async close(): Promise<void> {
    if (process.env.RECORD_HISTORIES) await recordHistories(this.namespace.replace(/-\d+-\w+$/, ''), this.plays);
    await this.dismiss();
    await this.native.close();
    await this.connection.close();
  }
}

/** v41 for two hours, then v42 for ten minutes. */
export function past(now: number, schema?: Release['schema']): readonly Release[] {
  const declared = schema === undefined ? {} : { schema };
  return [
    { revision: 'v41', from: now - 7_200_000, to: now - 600_000, source: 'imported', ...declared },
    { revision: 'v42', from: now - 600_000, source: 'imported', ...declared },
  ];
}

/** One running rollback and its world. */
export class Play {
  readonly world: FakeWorld;
  readonly handle: WorkflowHandle;
  readonly request: RollbackRequest;
  /** The test that played it. */
  readonly title = expect.getState().currentTestName ?? 'untitled';
  private commands = 0;

  constructor(world: FakeWorld, handle: WorkflowHandle, request: RollbackRequest) {
    this.world = world;
    this.handle = handle;
    this.request = request;
  }

  async view(): Promise<StatusView> {
    return answerTo(() => this.handle.query(rollbackStatusQuery));
  }

  async state(): Promise<RunState> {
    return answerTo(() => this.handle.query(rollbackStateQuery));
  }

  /** Looks until the view is as wanted; says what it was instead when it never is. */
  async until(what: string, wanted: (view: StatusView) => boolean): Promise<StatusView> {
    let view: StatusView | undefined;
    const look = async (): Promise<StatusView | undefined> => {
      view = await this.view();
      return wanted(view) ? view : undefined;
    };
    return until(what, look, undefined, () => JSON.stringify({ doing: view?.doing, wait: view?.wait, end: view?.end }));
  }

  /** Looks until the state is as wanted, whatever people are shown first. */
  async untilState(what: string, wanted: (state: RunState) => boolean): Promise<void> {
    let state: RunState | undefined;
    const look = async (): Promise<true | undefined> => {
      state = await this.state();
      return wanted(state) || undefined;
    };
    await until(what, look, undefined, () => JSON.stringify({ move: state?.inFlight?.move.kind, open: state?.open }));
  }

  async untilWaiting(reason: string): Promise<StatusView> {
    return this.until(`waiting for ${reason}`, (view) => view.wait?.reason === reason);
  }

  /** Says a command and waits for its answer. */
  async say(kind: CommandKind, rest: Partial<Command> = {}): Promise<CommandOutcome> {
    const id = rest.id ?? `c${(this.commands += 1)}`;
    await this.handle.signal(rollbackCommandSignal, { kind, by: 'ada', at: Date.now(), ...rest, id });
    return until(`an answer to ${kind}`, () => this.handle.query(outcomeQuery, id));
  }

  /** Waits for that question and answers it. */
  async answer(reason: string, kind: CommandKind, rest: Partial<Command> = {}): Promise<void> {
    const { wait } = await this.untilWaiting(reason);
    expect(await this.say(kind, { ...rest, waitId: wait!.id })).toMatchObject({ result: 'applied' });
  }

  /** Waits for its end; says what it was doing instead when that is long in coming. */
  async result(): Promise<RollbackResult> {
    const ended = new AbortController();
    const late = delay(LONGEST_MS, undefined, { signal: ended.signal }).then(async () => {
      throw new Error(`never ended: ${JSON.stringify(await this.view())}`);
    });
    const end = this.handle.result() as Promise<RollbackResult>;
    return Promise.race([end, late]).finally(() => ended.abort());
  }

  shifts(): readonly string[] {
    return this.world.applied
      .filter((effect) => effect.operation === 'shift')
      .map((effect) => `${effect.target} ${effect.to}`);
  }
}
