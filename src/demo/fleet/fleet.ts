import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../temporal';
import { launch } from './launch';
import type { Launched } from './launch';
import { readEffects } from './proxy-store';
import { FleetError } from './types';
import type { BackendConfig, BackendSpec, EffectRecord, LoadConfig, LoadSecond, LoadStats } from './types';
import type { ProxyConfig, ProxyPorts, RevisionSpec, TargetFaults, TargetTruth } from './types';

const SLOWER_THAN_MS = 500;

/** What fleet to start. */
export interface FleetOptions {
  /** Folder for the proxies' state and effects; a fleet started again on it goes on where it was. */
  readonly stateDir: string;
  /** One target each; `eu` and `us` when absent. */
  readonly regions?: readonly string[];
  /** Instances per region that can serve all its traffic; 2 when absent. */
  readonly fullInstances?: number;
  /** Over all regions; 120 when absent, 0 for no load. */
  readonly requestsPerSecond?: number;
  /** 400 when absent. */
  readonly users?: number;
  readonly old: RevisionSpec;
  readonly bad: RevisionSpec;
  /** Milliseconds a new instance takes to start. */
  readonly startupMs: number;
  /** One dependency shared by every instance of the fleet. */
  readonly backend?: BackendSpec;
  /** Standard Webhooks secret (`whsec_...`) that the targets verify. */
  readonly secret?: string;
  /** Told once a second what the load met. */
  readonly onSecond?: (second: LoadSecond) => void;
  /** Folder of the compiled process files; this module's own when absent. */
  readonly processDir?: string;
}

/** One region as the outside sees it. */
export interface FleetTarget {
  readonly name: string;
  /** Where the target contract is spoken. */
  readonly url: string;
  /** OpenMetrics of its requests. */
  readonly metricsUrl: string;
  /** Reaches the old revision past the split: 200 when an instance is healthy, 503 while there is none. */
  readonly probeUrl: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** A running fleet of real processes; they all end when this process does, however it ends. */
export interface Fleet {
  readonly targets: readonly FleetTarget[];
  /** What every target really serves, whatever its contract side claims. */
  observe(): Promise<TargetTruth[]>;
  /** What the users met so far. */
  stats(): Promise<LoadStats>;
  /** Every change really made, over all targets in order of time. */
  effects(): EffectRecord[];
  /** Makes a target misbehave; an empty object ends it. */
  setFaults(target: string, faults: TargetFaults): Promise<void>;
  /** Sets the old revision's weight on a target behind everybody's back. */
  foreignShift(target: string, weight: number): Promise<void>;
  /** SIGKILLs a region's proxy; its instances end with it. */
  killProxy(target: string): Promise<void>;
  /** Starts a killed proxy again on its ports and its state; its counters begin at 0. */
  restartProxy(target: string): Promise<void>;
  /** Ends everything; resolves when proxies, load and backend are gone, and the instances follow their proxies at once. */
  stop(): Promise<void>;
}

interface Region {
  readonly config: ProxyConfig;
  readonly ports: ProxyPorts;
  process: Launched<ProxyPorts>;
}

/** Starts the fleet and resolves when it serves traffic; throws `PROCESS_NOT_READY` and leaves nothing behind otherwise. */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const started: Launched<unknown>[] = [];
  const start = <Ready>(name: string, config: unknown, onLine?: (line: unknown) => void): Launched<Ready> => {
    const launched = launch<Ready>(join(options.processDir ?? __dirname, `${name}-process.js`), config, onLine);
    started.push(launched);
    return launched;
  };
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((launched) => launched.stop()));
  };
  try {
    mkdirSync(options.stateDir, { recursive: true });
    const backendUrl = await startBackend(options, start);
    const names = options.regions ?? ['eu', 'us'];
    const regions = await Promise.all(names.map((name) => startRegion(name, options, backendUrl, start)));
    const loadPort = await startLoad(options, regions, start);
    return new RunningFleet(regions, loadPort, start, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

type Start = <Ready>(name: string, config: unknown, onLine?: (line: unknown) => void) => Launched<Ready>;

async function startBackend(options: FleetOptions, start: Start): Promise<string | undefined> {
  if (options.backend === undefined) return undefined;
  const { failShare = 0, capacityShare } = options.backend;
  const requestsPerSecond = capacityShare && capacityShare * (options.requestsPerSecond ?? 120);
  const config: BackendConfig = { failShare, ...(requestsPerSecond !== undefined && { requestsPerSecond }) };
  const { port } = await start<{ port: number }>('backend', config).ready;
  return `http://127.0.0.1:${port}/`;
}

async function startRegion(
  target: string,
  options: FleetOptions,
  backendUrl: string | undefined,
  start: Start,
): Promise<Region> {
  const { old, bad, startupMs, secret, stateDir, fullInstances = 2 } = options;
  const statePath = join(stateDir, `${target}.state.json`);
  const journalPath = join(stateDir, `${target}.effects.jsonl`);
  // Kept free while a proxy is restarted: one of the system's own would go to an outgoing connection meanwhile.
  const kept = { traffic: await freePort(), control: await freePort() };
  const base = { target, old, bad, fullInstances, startupMs, statePath, journalPath, ports: kept };
  const config: ProxyConfig = { ...base, ...(backendUrl && { backendUrl }), ...(secret && { secret }) };
  const process = start<ProxyPorts>('proxy', config);
  const ports = await process.ready;
  return { config, ports, process };
}

async function startLoad(options: FleetOptions, regions: readonly Region[], start: Start): Promise<number> {
  const config: LoadConfig = {
    targets: regions.map(({ config: { target }, ports }) => ({
      name: target,
      url: `http://127.0.0.1:${ports.traffic}/`,
    })),
    users: options.users ?? 400,
    requestsPerSecond: options.requestsPerSecond ?? 120,
    slowerThanMs: SLOWER_THAN_MS,
    oldRevision: options.old.revision,
  };
  const onLine = (line: unknown): void => {
    // The first line is the ready line; every later one is a second.
    if (line !== null && typeof line === 'object' && 'targets' in line) options.onSecond?.(line as LoadSecond);
  };
  const { port } = await start<{ port: number }>('load', config, onLine).ready;
  return port;
}

class RunningFleet implements Fleet {
  readonly targets: readonly FleetTarget[];
  readonly stop: () => Promise<void>;
  private readonly regions: ReadonlyMap<string, Region>;
  private readonly loadPort: number;
  private readonly start: Start;

  constructor(regions: readonly Region[], loadPort: number, start: Start, stop: () => Promise<void>) {
    this.regions = new Map(regions.map((region) => [region.config.target, region]));
    this.loadPort = loadPort;
    this.start = start;
    this.stop = stop;
    this.targets = regions.map(({ config, ports }) => {
      const base = `http://127.0.0.1:${ports.control}`;
      const name = config.target;
      const probeUrl = `${base}/revisions/${encodeURIComponent(config.old.revision)}/healthz`;
      return { name, url: `${base}/target`, metricsUrl: `${base}/metrics`, probeUrl, labels: { region: name } };
    });
  }

  async observe(): Promise<TargetTruth[]> {
    const asked = [...this.regions.values()].map(({ ports }) => ask(ports.control, 'GET', '/state'));
    // The proxy is the same build and answers with this type.
    return (await Promise.all(asked)) as TargetTruth[];
  }

  async stats(): Promise<LoadStats> {
    return (await ask(this.loadPort, 'GET', '/stats')) as LoadStats;
  }

  effects(): EffectRecord[] {
    const all = [...this.regions.values()].flatMap(({ config }) => readEffects(config.journalPath));
    return all.toSorted((left, right) => left.at - right.at);
  }

  async setFaults(target: string, faults: TargetFaults): Promise<void> {
    await ask(this.region(target).ports.control, 'POST', '/faults', faults);
  }

  async foreignShift(target: string, weight: number): Promise<void> {
    await ask(this.region(target).ports.control, 'POST', `/foreign?weight=${weight}`);
  }

  async killProxy(target: string): Promise<void> {
    await this.region(target).process.kill();
  }

  async restartProxy(target: string): Promise<void> {
    const region = this.region(target);
    region.process = this.start<ProxyPorts>('proxy', { ...region.config, ports: region.ports });
    await region.process.ready;
  }

  private region(target: string): Region {
    const region = this.regions.get(target);
    if (region === undefined) throw new FleetError('UNKNOWN_TARGET', `the fleet has no target ${target}`);
    return region;
  }
}

async function ask(port: number, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const url = `http://127.0.0.1:${port}${path}`;
  const response = await fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  if (!response.ok) {
    throw new FleetError('CONTROL_REFUSED', `${method} ${url} answered ${response.status}: ${await response.text()}`);
  }
  return response.json();
}
