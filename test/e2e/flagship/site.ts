import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort, startEmbedded } from '../../../src/temporal';
import type { EmbeddedTemporal } from '../../../src/temporal';
import { LabProcess } from '../../crash/support/lab-process';
import { fromDebian } from '../../tools/debian';
import { phasedRollback } from '../support';
import type { Ran } from '../support';
import { Traffic } from './traffic';

const PROGRAM = join(__dirname, '..', '..', '..', 'bin', 'phased-rollback.js');
const APP = join(__dirname, 'app.js');

/** The share of requests that each revision fails. */
export type Faults = Readonly<Record<string, number>>;

/** Where the product, Prometheus and Alertmanager listen. */
export interface SitePorts {
  readonly gateway: number;
  readonly prometheus: number;
  readonly alertmanager: number;
}

/** What they read. */
export interface SiteTexts {
  readonly prometheus: string;
  readonly rules: string;
  readonly alertmanager: string;
  readonly policy: string;
}

/** The product beside a metric store that alerts, an alert manager and visitors; what serves these is for others to add. */
export class Site {
  readonly dir = mkdtempSync(join(tmpdir(), 'phased-rollback-flagship-'));
  readonly processes = new Map<string, LabProcess>();
  private traffic: Traffic | undefined;
  private temporal: EmbeddedTemporal | undefined;
  private ports: SitePorts = { gateway: 0, prometheus: 0, alertmanager: 0 };

  /** Takes the ports, so that texts can name them. */
  async choosePorts(): Promise<SitePorts> {
    this.ports = { gateway: await freePort(), prometheus: await freePort(), alertmanager: await freePort() };
    return this.ports;
  }

  get gatewayUrl(): string {
    return `http://127.0.0.1:${this.ports.gateway}`;
  }

  get reports(): string {
    return join(this.dir, 'reports');
  }

  /** Starts everything; visitors come to those addresses. */
  async openAround(texts: SiteTexts, visited: readonly string[]): Promise<void> {
    this.write('prometheus.yml', texts.prometheus);
    this.write('rules.yml', texts.rules);
    this.write('alertmanager.yml', texts.alertmanager);
    this.write('policy.yaml', texts.policy);
    this.temporal = await startEmbedded({ stateDir: join(this.dir, 'temporal'), persistent: false });
    await this.openWatchers();
    await this.openProduct();
    this.traffic = new Traffic(visited);
  }

  /** From now on each revision fails that share of its requests. */
  fail(faults: Faults): void {
    this.write('faults.json', JSON.stringify(faults));
  }

  /** One process of the service that is released. */
  async startApp(name: string, port: number, revision: string, host = '127.0.0.1'): Promise<void> {
    const command = [process.execPath, APP, String(port), revision, join(this.dir, 'faults.json'), host];
    await this.start(name, command, () => answers(`http://${host}:${port}/version`));
  }

  /** The value of an expression, as Prometheus tells it; undefined where it has none. */
  async ask(expression: string): Promise<number | undefined> {
    const query = new URLSearchParams({ query: expression });
    const answer = (await (await fetch(`${this.prometheusUrl}/api/v1/query?${query.toString()}`)).json()) as {
      readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
    };
    const value = answer.data.result[0]?.value[1];
    return value === undefined ? undefined : Number(value);
  }

  /** A command line of ours, as a person on call would type it. */
  run(...args: readonly string[]): Promise<Ran> {
    return phasedRollback(args, this.env);
  }

  /** One that goes on: the lines that it tells, and how to end it. */
  follow(...args: readonly string[]): { readonly told: AsyncIterable<string>; readonly end: () => void } {
    const env = { ...process.env, ...this.env };
    const child = spawn(process.execPath, [PROGRAM, ...args], { env, stdio: ['ignore', 'pipe', 'ignore'] });
    return { told: createInterface({ input: child.stdout }), end: () => void child.kill() };
  }

  /** What the traffic has been answered since it was last asked. */
  answered(): { readonly ok: number; readonly failed: number; readonly lost: number } {
    return this.traffic?.taken() ?? { ok: 0, failed: 0, lost: 0 };
  }

  logOf(name: string): string {
    const file = join(this.dir, `${name}.log`);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }

  async close(): Promise<void> {
    this.traffic?.end();
    await Promise.all([...this.processes.values()].map((each) => each.kill()));
    await this.temporal?.stop();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Starts a process that is killed with everything else. */
  async start(name: string, command: readonly string[], isReady: () => Promise<boolean>): Promise<void> {
    const logFile = join(this.dir, `${name}.log`);
    const [program = '', ...args] = command;
    const made = new LabProcess({ program, command: args, isReady, logFile, env: this.env });
    this.processes.set(name, made);
    await made.start();
  }

  /** Its path. */
  write(name: string, text: string): string {
    const path = join(this.dir, name);
    mkdirSync(this.dir, { recursive: true });
    // Read at any time, on every request: it is replaced whole.
    writeFileSync(`${path}.next`, text);
    renameSync(`${path}.next`, path);
    return path;
  }

  private get prometheusUrl(): string {
    return `http://127.0.0.1:${this.ports.prometheus}`;
  }

  private get env(): NodeJS.ProcessEnv {
    return { TEMPORAL_ADDRESS: this.temporal?.address, PHASED_ROLLBACK_CONFIG: join(this.dir, 'policy.yaml') };
  }

  private async openWatchers(): Promise<void> {
    const { ports } = this;
    const listens = (port: number): string => `--web.listen-address=127.0.0.1:${port}`;
    const prometheus = fromDebian('/usr/bin/prometheus', 'prometheus');
    const alertmanager = fromDebian('/usr/bin/prometheus-alertmanager', 'prometheus-alertmanager');
    const storage = (name: string, key: string): string => `--${key}=${join(this.dir, name)}`;
    await this.start(
      'alertmanager',
      [
        alertmanager,
        `--config.file=${join(this.dir, 'alertmanager.yml')}`,
        storage('alerts', 'storage.path'),
        '--cluster.listen-address=',
        listens(ports.alertmanager),
      ],
      () => answers(`http://127.0.0.1:${ports.alertmanager}/-/ready`),
    );
    await this.start(
      'prometheus',
      [
        prometheus,
        `--config.file=${join(this.dir, 'prometheus.yml')}`,
        storage('points', 'storage.tsdb.path'),
        listens(ports.prometheus),
      ],
      () => answers(`${this.prometheusUrl}/-/ready`),
    );
  }

  private async openProduct(): Promise<void> {
    const health = await freePort();
    const ours = (...args: readonly string[]): readonly string[] => [process.execPath, PROGRAM, ...args];
    await this.start('worker', ours('worker', '--health-port', String(health)), () =>
      answers(`http://127.0.0.1:${health}/healthz`),
    );
    await this.start('gateway', ours('gateway', '--port', String(this.ports.gateway)), () =>
      answers(`${this.gatewayUrl}/readyz`),
    );
  }
}

/** Whether that address answers well. */
export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.text();
  return response.ok;
}
