import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RollbackClient } from '../../../src/client';
import { connect, freePort, startEmbedded } from '../../../src/temporal';
import type { TemporalConnection } from '../../../src/temporal';
import { LabProcess, script } from './lab-process';
import { policyFile } from './policy-file';
import type { LabService } from './policy-file';
import type { Point } from './tripwires';
import { setTrouble } from './trouble';
import type { Trouble } from './trouble';
import { targetName } from './world';

const CLI = join(__dirname, '..', '..', '..', 'bin', 'phased-rollback.js');

/** Who can die. */
export const VICTIMS = ['worker', 'gateway', 'temporal', 'metrics', 'target'] as const;
export type Victim = (typeof VICTIMS)[number];

/** A death, by recorded times. */
export interface Death {
  readonly victim: string;
  readonly killedAt: number;
  readonly backAt: number;
}

/** A Temporal server that can be killed. */
export interface LabServer {
  readonly address: string;
  readonly pid?: number;
  kill(): void | Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** What a process holds once its garbage is gone. */
export interface Holdings {
  readonly rssMiB: number;
  readonly heapMiB: number;
  /** Timers, sockets and the like that would keep it alive, by kind. */
  readonly resources: Readonly<Record<string, number>>;
  readonly listeners: Readonly<Record<string, number>>;
}

/** What is not as usual in a laboratory. */
export interface LabOptions {
  /** Instead of an embedded one on a file. */
  readonly server?: (dir: string) => Promise<LabServer>;
  /** The laboratory's own worker with tripwires (the default), or workers and gateways as they are deployed, two of each or one. */
  readonly processes?: 'tripped' | 'deployed' | 'single' | 'none';
  /** What a deployed worker watches at once; its own default when absent. */
  readonly watchSlots?: number;
  /** Whether what is deployed tells what it holds when it is asked (`holdings`). */
  readonly probed?: boolean;
  /** The largest heap of a gateway that is deployed, in MiB: it dies of more. */
  readonly gatewayHeapMiB?: number;
}

/** The product and its world, every part a real process that can be killed: Temporal on a file, worker, gateway, target, metrics. */
export class Lab {
  readonly dir = mkdtempSync(join(tmpdir(), 'phased-rollback-crash-'));
  readonly worldDir = join(this.dir, 'world');
  readonly archiveDir = join(this.dir, 'reports');
  readonly deaths: Death[] = [];
  gatewayUrl = '';
  secondGatewayUrl = '';
  private targetUrl = '';
  private policy = '';
  private ports = { gateway: 0, target: 0, metrics: 0 };
  private metricsUrl = '';
  client!: RollbackClient;
  connection!: TemporalConnection;
  /** What to do at a point: the activity may go on, its worker is killed there, or uses up all its memory. */
  onPoint: (point: Point) => Promise<'go' | 'die' | 'exhaust'> = async () => 'go';
  private temporal!: LabServer;
  private temporalIsDead = false;
  private temporalDied = 0;
  private readonly processes: Record<string, LabProcess> = {};
  private readonly returning = new Set<Promise<void>>();
  private nodeOptions: readonly string[] = [];
  private gatewayOptions: readonly string[] = [];

  async open(services: readonly LabService[], options: LabOptions = {}): Promise<void> {
    for (const folder of [this.worldDir, this.archiveDir]) mkdirSync(folder, { recursive: true });
    const ports = { gateway: await freePort(), target: await freePort(), metrics: await freePort() };
    this.gatewayUrl = `http://127.0.0.1:${ports.gateway}`;
    this.targetUrl = `http://127.0.0.1:${ports.target}`;
    this.metricsUrl = `http://127.0.0.1:${ports.metrics}`;
    this.ports = ports;
    this.writePolicy(services);
    if (options.probed) this.nodeOptions = ['--expose-gc', '-r', join(__dirname, 'probe.js')];
    if (options.gatewayHeapMiB) this.gatewayOptions = [`--max-old-space-size=${options.gatewayHeapMiB}`];
    const begin = options.server ?? ((dir) => startEmbedded({ stateDir: dir, persistent: true }));
    this.temporal = await begin(this.dir);
    const world = (name: 'target' | 'metrics') =>
      this.launch(name, script(`${name}-process.ts`, this.worldDir, String(ports[name])), () => listens(ports[name]));
    await Promise.all([world('target'), world('metrics')]);
    const { processes = 'tripped' } = options;
    if (processes === 'tripped') await this.addWorker('worker', this.address);
    if (processes === 'single') await this.deployWorker('worker', options.watchSlots);
    if (processes === 'deployed') for (const name of ['worker', 'worker-2']) await this.deployWorker(name);
    await this.deployGateway('gateway', ports.gateway);
    if (processes === 'deployed') {
      this.secondGatewayUrl = await this.addGateway('gateway-2', this.address);
    }
    this.connection = await connect({ address: this.address });
    this.client = new RollbackClient({ client: this.connection.client, readBackMs: 500 });
  }

  /** A worker as it is deployed, ready when it says that it takes work. */
  private async deployWorker(name: string, watchSlots?: number): Promise<void> {
    const port = await freePort();
    const own = ['--health-port', String(port), '--sticky-timeout', '1000'];
    if (watchSlots !== undefined) own.push('--watch-slots', String(watchSlots));
    const line = [...this.nodeOptions, CLI, 'worker', '--config', this.configPath, '--address', this.address, ...own];
    await this.launch(name, line, async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
  }

  /** One more gateway, at the server or at something in front of it; its address. */
  async addGateway(name: string, address: string): Promise<string> {
    const port = await freePort();
    await this.deployGateway(name, port, address);
    return `http://127.0.0.1:${port}`;
  }

  private async deployGateway(name: string, port: number, address = this.address): Promise<void> {
    const line = [
      ...this.nodeOptions,
      ...this.gatewayOptions,
      CLI,
      'gateway',
      '--config',
      this.configPath,
      '--address',
      address,
      '--port',
      String(port),
    ];
    await this.launch(name, line, async () => (await fetch(`http://127.0.0.1:${port}/healthz`)).ok);
  }

  get configPath(): string {
    return join(this.dir, 'phased-rollback.yaml');
  }

  /** One more worker, at the server or at something in front of it. */
  async addWorker(name: string, address: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const command = script('crash-worker.ts', this.configPath, address, name);
    const worker = await this.launch(name, command, async () => true, env);
    worker.onMessage = (message, reply) => void this.hear(message as { id: number; point: Point }, reply);
  }

  /** The process id of a part that runs. */
  pidOf(name: string): number | undefined {
    return this.processes[name]?.pid;
  }

  /** What a probed process holds now. */
  async holdings(name: string): Promise<Holdings> {
    return (await this.processes[name]?.ask('what do you hold?')) as Holdings;
  }

  get serverPid(): number | undefined {
    return this.temporal.pid;
  }

  /** How far apart the looks at each metric page have been since it was last asked, in milliseconds. */
  async gaps(): Promise<readonly number[]> {
    return (await (await fetch(`${this.metricsUrl}/gaps`)).json()) as number[];
  }

  /** Where the Temporal server listens. */
  get address(): string {
    return this.temporal.address;
  }

  async close(): Promise<void> {
    await Promise.all(this.returning);
    await this.connection?.close();
    await Promise.all(Object.values(this.processes).map((process) => process.kill()));
    await this.temporal?.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Kills a part at once; it comes back by itself after that time, or once that is fulfilled. */
  async kill(victim: string, back: number | Promise<unknown>): Promise<void> {
    const killedAt = Date.now();
    if (victim === 'temporal') await this.killTemporal();
    else await this.processes[victim]?.kill();
    const returning = (typeof back === 'number' ? delay(back) : back)
      .then(() => (victim === 'temporal' ? this.bringTemporalBack() : this.processes[victim]?.start()))
      .then(() => void this.deaths.push({ victim, killedAt, backAt: Date.now() }))
      .finally(() => this.returning.delete(returning));
    this.returning.add(returning);
  }

  private async killTemporal(): Promise<void> {
    this.temporalIsDead = true;
    this.temporalDied += 1;
    await this.temporal.kill();
  }

  private async bringTemporalBack(): Promise<void> {
    if (!this.temporalIsDead) return;
    this.temporalIsDead = false;
    const { temporalDied } = this;
    try {
      await this.temporal.restart();
    } catch (error) {
      // Killed again while it started, it is brought back by what comes after that death.
      if (temporalDied === this.temporalDied) throw error;
    }
  }

  /** Fulfilled when everything that was killed is back. */
  async whole(): Promise<void> {
    while (this.returning.size > 0) await Promise.all(this.returning);
  }

  /** Fulfilled when fewer than so many are away. */
  async fewerAwayThan(most: number): Promise<void> {
    while (this.returning.size >= most) await Promise.race(this.returning);
  }

  /** Lets the targets take calls and never answer them, or answer again. */
  async hang(on: boolean): Promise<void> {
    await fetch(`${this.targetUrl}/hang?on=${on}`);
  }

  /** Puts a target at a weight as somebody else would. */
  async foreignShift(service: string, region: string, weight: number): Promise<void> {
    const url = `${this.targetUrl}/${targetName(service, region)}/foreign?weight=${weight}`;
    if (!(await fetch(url)).ok) throw new Error(`${url} was refused`);
  }

  /** Puts the world of a service in trouble, or out of it. */
  trouble(service: string, trouble: Trouble | undefined): void {
    setTrouble(this.worldDir, service, trouble);
  }

  /** The services of the policy file from now on; every process reads it again by itself. */
  writePolicy(services: readonly LabService[]): void {
    const folders = { archive: this.archiveDir, world: this.worldDir };
    writeFileSync(this.configPath, policyFile(services, this.ports, folders));
  }

  /** Spoils the policy file, as somebody does who saves it in the middle of a line. */
  breakPolicy(): void {
    this.policy = readFileSync(this.configPath, 'utf8');
    writeFileSync(this.configPath, 'services: [');
  }

  mendPolicy(): void {
    writeFileSync(this.configPath, this.policy);
  }

  /** Where the output of a process goes. */
  logOf(name: string): string {
    return join(this.dir, `${name}.log`);
  }

  private async launch(
    name: string,
    command: readonly string[],
    isReady: () => Promise<boolean>,
    env: NodeJS.ProcessEnv = {},
  ): Promise<LabProcess> {
    const made = new LabProcess({ command, isReady, env, logFile: this.logOf(name) });
    this.processes[name] = made;
    await made.start();
    return made;
  }

  private async hear({ id, point }: { id: number; point: Point }, reply: (answer: number) => void): Promise<void> {
    const answer = await this.onPoint(point);
    if (answer !== 'die') reply(answer === 'go' ? id : -id);
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
    // One that is given up without an error only closes.
    socket.once('close', () => resolve(false)).setTimeout(1_000, () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}

/** A pause that something real takes, never a wait for a condition. */
export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
