import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/temporal';
import { fromDebian } from '../../tools/debian';
import { say } from '../../adapters/targets/support/haproxy-socket';
import { until } from '../support';
import { answers, Site } from './site';
import { alertmanagerText, haproxyText, policyText, prometheusText, rulesText } from './texts';
import type { RegionPorts, ToldBy } from './texts';

const NAMES = ['eu', 'us'] as const;
const DOWN_WITHIN_MS = 30_000;

/** What takes minutes by default takes seconds here. */
const HURRIED = '{ interval: 1s, settle: 2s, soak: 3s, longestBake: 2m }';
/** Without it what was normal comes from the seconds before the release: that so little fails takes minutes to prove. */
const OBJECTIVE = '2%';

/** What is particular to one stack. */
interface StackOptions {
  /** Whether the policy says what starts the old revision's server of a region. */
  readonly hasHook?: boolean;
  readonly toldBy?: ToldBy;
  /** The policy's `timing`, as YAML writes a map; `none` leaves everything to the defaults. */
  readonly timing?: string;
  /** True for the smallest policy, without an objective. */
  readonly isSmallest?: boolean;
  /** Whether a second group of alerts fires once a region has traffic on both revisions. */
  readonly alsoWhileSplit?: boolean;
}

/** A stack in which nothing but the product is ours: proxies, a metric store that alerts, an alert manager, and a service. */
export class Stack extends Site {
  regions: readonly RegionPorts[] = [];
  private readonly options: StackOptions;

  constructor(options: StackOptions = {}) {
    super();
    this.options = options;
  }

  async open(): Promise<void> {
    this.regions = await Promise.all(NAMES.map(regionOf));
    this.fail({});
    const ports = await this.choosePorts();
    const { hasHook, timing = HURRIED, isSmallest = false, alsoWhileSplit = false } = this.options;
    const policy = {
      toldBy: this.toldBy,
      ...(timing === 'none' ? {} : { timing }),
      ...(isSmallest ? {} : { objective: OBJECTIVE }),
      ...(hasHook ? { hookOf: (region: RegionPorts) => this.hookOf(region) } : {}),
    };
    await Promise.all(this.regions.map((region) => this.openRegion(region)));
    await this.openAround(
      {
        prometheus: prometheusText(this.regions, ports),
        rules: rulesText({ alsoWhileSplit }),
        alertmanager: alertmanagerText(this.gatewayUrl),
        policy: policyText(this.regions, ports, policy),
      },
      this.regions.map(({ web }) => `http://127.0.0.1:${web}/`),
    );
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

  override async close(): Promise<void> {
    const started = this.options.hasHook ? this.regions.flatMap((region) => this.startedBy(region) ?? []) : [];
    await super.close();
    for (const pid of started) process.kill(pid, 'SIGKILL');
  }

  /** The process that the hook has started in a region. */
  startedBy(region: RegionPorts): number | undefined {
    const file = this.pidFileOf(region);
    return existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined;
  }

  private get toldBy(): ToldBy {
    return this.options.toldBy ?? 'variable';
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
    await Promise.all([this.startApp(`${name}-blue`, blue, 'v42'), this.startApp(`${name}-green`, green, 'v41')]);
    const text = this.write(`haproxy-${name}.cfg`, haproxyText(region, this.toldBy));
    const haproxy = [fromDebian('/usr/sbin/haproxy', 'haproxy'), '-db', '-f', text];
    await this.start(`haproxy-${name}`, haproxy, () => answers(`http://127.0.0.1:${web}/version`));
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
