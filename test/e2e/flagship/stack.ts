import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startEmbedded } from '../../../src/temporal';
import type { EmbeddedTemporal } from '../../../src/temporal';
import { LabProcess } from '../../crash/support/lab-process';
import { fromDebian } from '../../support/debian';
import { phasedRollback, until } from '../support';
import type { Ran } from '../support';
import { alertmanagerText, haproxyText, policyText, prometheusText, RULES } from './texts';
import type { RegionPorts } from './texts';
import { Traffic } from './traffic';

const NAMES = ['eu', 'us'] as const;
const DOWN_WITHIN_MS = 30_000;
const PROGRAM = join(__dirname, '..', '..', '..', 'bin', 'phased-rollback.js');

/** The share of requests that each revision fails. */
export type Faults = Readonly<Record<string, number>>;

/** A stack in which nothing but the product is ours: proxies, a metric store that alerts, an alert manager, and a service. */
export class Stack {
  readonly dir = mkdtempSync(join(tmpdir(), 'phased-rollback-flagship-'));
  readonly processes = new Map<string, LabProcess>();
  regions: readonly RegionPorts[] = [];
  gatewayUrl = '';
  prometheusUrl = '';
  private readonly hasHook: boolean;
  private traffic: Traffic | undefined;
  private temporal: EmbeddedTemporal | undefined;

  /** With a hook the policy says what starts the old revision's server of a region. */
  constructor({ hasHook = false }: { readonly hasHook?: boolean } = {}) {
    this.hasHook = hasHook;
  }

  async open(): Promise<void> {
    this.regions = await Promise.all(NAMES.map(regionOf));
    this.fail({});
    const ports = { gateway: await freePort(), prometheus: await freePort(), alertmanager: await freePort() };
    this.gatewayUrl = `http://127.0.0.1:${ports.gateway}`;
    this.prometheusUrl = `http://127.0.0.1:${ports.prometheus}`;
    this.write('prometheus.yml', prometheusText(this.regions, ports));
    this.write('rules.yml', RULES);
    this.write('alertmanager.yml', alertmanagerText(this.gatewayUrl));
    const hookOf = this.hasHook ? (region: RegionPorts) => this.hookOf(region) : undefined;
    this.write('policy.yaml', policyText(this.regions, ports, join(this.dir, 'reports'), hookOf));
    this.temporal = await startEmbedded({ stateDir: join(this.dir, 'temporal'), persistent: false });
    await Promise.all(this.regions.map((region) => this.openRegion(region)));
    await this.openWatchers(ports);
    await this.openProduct();
    this.traffic = new Traffic(this.regions.map(({ web }) => `http://127.0.0.1:${web}/`));
  }

  /** From now on each revision fails that share of its requests. */
  fail(faults: Faults): void {
    this.write('faults.json', JSON.stringify(faults));
  }

  /** What a deployment does: the new revision's servers get everything, at once. */
  async deploy(): Promise<void> {
    for (const { runtime } of this.regions) await say(runtime, 'set weight checkout/b1 100; set weight checkout/g1 0');
  }

  /** What follows a deployment an hour later: the old revision's servers are switched off. */
  async retire(): Promise<void> {
    for (const { name, runtime } of this.regions) {
      await this.processes.get(`${name}-green`)?.kill();
      const isDown = async (): Promise<true | undefined> =>
        /,DOWN/.test((await say(runtime, 'show stat')).split('\n').find(isOldServer) ?? '') ? true : undefined;
      await until(isDown, DOWN_WITHIN_MS, () => `HAProxy of ${name} never called its old server down`);
    }
  }

  /** The weights of the servers of a region, as its HAProxy tells them. */
  async weights(region: string): Promise<{ readonly v42: number; readonly v41: number }> {
    const runtime = this.regions.find(({ name }) => name === region)?.runtime ?? 0;
    const weightOf = async (server: string): Promise<number> =>
      Number(/^(\d+)/.exec((await say(runtime, `get weight checkout/${server}`)).trim())?.[1]);
    return { v42: await weightOf('b1'), v41: await weightOf('g1') };
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

  /** What the traffic has been answered since it was last asked. */
  answered(): { readonly ok: number; readonly failed: number; readonly lost: number } {
    return this.traffic?.taken() ?? { ok: 0, failed: 0, lost: 0 };
  }

  logOf(name: string): string {
    return readFileSync(join(this.dir, `${name}.log`), 'utf8');
  }

  async close(): Promise<void> {
    this.traffic?.end();
    await Promise.all([...this.processes.values()].map((each) => each.kill()));
    await this.temporal?.stop();
    for (const region of this.hasHook ? this.regions : []) {
      const pid = this.startedBy(region);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  private get env(): NodeJS.ProcessEnv {
    return { TEMPORAL_ADDRESS: this.temporal?.address, PHASED_ROLLBACK_CONFIG: join(this.dir, 'policy.yaml') };
  }

  /** The process that the hook has started in a region. */
  startedBy(region: RegionPorts): number | undefined {
    const file = this.pidFileOf(region);
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  private pidFileOf({ name }: RegionPorts): string {
    return join(this.dir, `${name}-green.pid`);
  }

  private hookOf(region: RegionPorts): readonly string[] {
    const [hook, app] = ['start.js', 'app.js'].map((name) => join(__dirname, name));
    const faults = join(this.dir, 'faults.json');
    return [process.execPath, hook ?? '', this.pidFileOf(region), app ?? '', String(region.green), faults];
  }

  private async openRegion(region: RegionPorts): Promise<void> {
    const { name, blue, green, web } = region;
    const app = (slot: string, port: number, revision: string): Promise<void> => {
      const command = [
        process.execPath,
        join(__dirname, 'app.js'),
        String(port),
        revision,
        join(this.dir, 'faults.json'),
      ];
      return this.start(`${name}-${slot}`, command, () => answers(`http://127.0.0.1:${port}/version`));
    };
    await Promise.all([app('blue', blue, 'v42'), app('green', green, 'v41')]);
    const text = this.write(`haproxy-${name}.cfg`, haproxyText(region));
    const haproxy = [fromDebian('/usr/sbin/haproxy', 'haproxy'), '-db', '-f', text];
    await this.start(`haproxy-${name}`, haproxy, () => answers(`http://127.0.0.1:${web}/version`));
  }

  private async openWatchers(ports: { readonly prometheus: number; readonly alertmanager: number }): Promise<void> {
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
    await this.start('gateway', ours('gateway'), () => answers(`${this.gatewayUrl}/readyz`));
  }

  private async start(name: string, command: readonly string[], isReady: () => Promise<boolean>): Promise<void> {
    const logFile = join(this.dir, `${name}.log`);
    const [program = '', ...args] = command;
    const made = new LabProcess({ program, command: args, isReady, logFile, env: this.env });
    this.processes.set(name, made);
    await made.start();
  }

  private write(name: string, text: string): string {
    const path = join(this.dir, name);
    mkdirSync(this.dir, { recursive: true });
    writeFileSync(path, text);
    return path;
  }
}

/** A line of `show stat` that is about the server of the old slot. */
function isOldServer(line: string): boolean {
  return line.startsWith('checkout,g1,');
}

async function regionOf(name: string): Promise<RegionPorts> {
  const [web, runtime, exporter, blue, green] = await Promise.all(Array.from({ length: 5 }, () => freePort()));
  return { name, web: web!, runtime: runtime!, exporter: exporter!, blue: blue!, green: green! };
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url);
  await response.text();
  return response.ok;
}

/** A line on HAProxy's own socket, as an administrator would type it. */
function say(port: number, line: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${line}\n`));
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.once('error', reject).once('close', () => resolve(text));
  });
}
