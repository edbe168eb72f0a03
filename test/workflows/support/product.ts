import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { serviceCommandSignal, serviceStateQuery, serviceStatusQuery } from '../../../src/contracts/definitions';
import type { ServiceCommand } from '../../../src/contracts/messages';
import { TASK_QUEUE } from '../../../src/contracts/task-queues';
import { serviceId } from '../../../src/domain/rollback/request';
import type { ServiceState } from '../../../src/domain/service/state';
import type { ServiceView } from '../../../src/domain/service/view';
import type { Notification } from '../../../src/ports';
import { setUp } from '../../../src/temporal';
import { createDependencies } from '../../../src/worker/dependencies';
import { createWorkers } from '../../../src/worker/worker';
import type { RollbackWorkers } from '../../../src/worker/worker';
import { bundleFor } from './bundle';
import { answerTo, until } from './until';

const INTERVAL_MS = 100;
const LOOK_EVERY_MS = 200;
const environment = 'prod';
let words = 0;

/** A target's part of the policy file. */
export type Stanza = { readonly type: string } & Readonly<Record<string, unknown>>;

/** The workers as they are deployed: all they know of services is a policy file, and what it names is real. */
export class Product {
  readonly file: string;
  private readonly folder: string;
  private readonly connection: Connection;
  private readonly native: NativeConnection;
  private readonly client: Client;
  private readonly told: Notification[] = [];
  private readonly services: Record<string, object> = {};
  private workers: RollbackWorkers | undefined;
  private running: Promise<void> = Promise.resolve();

  private constructor(connection: Connection, native: NativeConnection, namespace: string) {
    this.connection = connection;
    this.native = native;
    this.client = new Client({ connection, namespace });
    this.folder = mkdtempSync(join(tmpdir(), 'phased-rollback-product-'));
    this.file = join(this.folder, 'policy.yaml');
  }

  /** Opens on the suite's own namespace, so that suites running at once never share a task queue. */
  static async open(suite: string): Promise<Product> {
    const address = process.env.TEST_TEMPORAL_ADDRESS;
    if (address === undefined) throw new Error('the global set-up has started no Temporal server');
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const connection = await Connection.connect({ address });
    const namespace = `${suite}-${process.pid}-${Date.now().toString(36)}`;
    await setUp({ connection, namespace });
    const product = new Product(connection, await NativeConnection.connect({ address }), namespace);
    await product.employ(namespace);
    return product;
  }

  private async employ(namespace: string): Promise<void> {
    const log = { info: (details: object) => this.take(details) };
    this.workers = await createWorkers({
      connection: this.native,
      namespace,
      smallestIntervalMs: INTERVAL_MS,
      stickyTimeoutMs: 1_000,
      ...bundleFor({}),
      activities: createDependencies({ client: this.client, configPath: this.file, log }),
    });
    this.running = this.workers.run();
  }

  private take(details: object): void {
    if ('notification' in details) this.told.push(details.notification as Notification);
  }

  /** Writes a service into the policy file and has it looked at some times a second. */
  async serve(service: string, target: Stanza): Promise<void> {
    const timing = { interval: `${INTERVAL_MS}ms`, settle: '0s', soak: '0s' };
    const archive = { type: 'directory', path: join(this.folder, 'archive') };
    const metrics = [{ name: 'errors', type: 'in-memory' }];
    this.services[service] = { name: service, targets: [{ name: 'eu', ...target }], metrics, timing, archive };
    const policy = { apiVersion: 'phased-rollback/v1', services: Object.values(this.services) };
    writeFileSync(this.file, JSON.stringify(policy));
    await this.client.workflow.start('service', {
      workflowId: serviceId({ environment, service }),
      taskQueue: TASK_QUEUE,
      args: [{ environment, service, everyMs: LOOK_EVERY_MS }],
    });
  }

  async say(
    service: string,
    word: { readonly kind: ServiceCommand['kind'] } & Readonly<Record<string, unknown>>,
  ): Promise<void> {
    words += 1;
    const command = { id: `word-${words}`, by: 'ada', at: Date.now(), ...word } as ServiceCommand;
    await this.handle(service).signal(serviceCommandSignal, command);
  }

  /** The service's memory once it is as described. */
  async untilState(service: string, what: string, holds: (state: ServiceState) => boolean): Promise<ServiceState> {
    let state: ServiceState | undefined;
    const look = async (): Promise<ServiceState | undefined> => {
      state = await answerTo(() => this.handle(service).query(serviceStateQuery));
      return holds(state) ? state : undefined;
    };
    const seen = (): string => JSON.stringify({ releases: state?.releases, census: state?.census, past: state?.past });
    return until(what, look, undefined, seen);
  }

  view(service: string): Promise<ServiceView> {
    return answerTo(() => this.handle(service).query(serviceStatusQuery));
  }

  /** What people were told under that title. */
  untilTold(title: string): Promise<Notification> {
    return until(`"${title}" is told`, async () => this.told.find((notification) => notification.title === title));
  }

  async close(): Promise<void> {
    this.workers?.shutdown();
    await this.running;
    await this.native.close();
    await this.connection.close();
    rmSync(this.folder, { recursive: true });
  }

  private handle(service: string) {
    return this.client.workflow.getHandle(serviceId({ environment, service }));
  }
}
