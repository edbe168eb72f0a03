import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startFleet } from '../../../src/demo/fleet/fleet';
import type { Fleet } from '../../../src/demo/fleet/fleet';
import { SCENARIO_FLEETS } from '../../../src/demo/fleet/scenario-fleets';
import type { LoadSecond } from '../../../src/demo/fleet/types';
import { compiledFleet, temporaryFolder, until } from './compiled';
import { ask } from './contract-caller';

/** Samples of an OpenMetrics text by name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const found = /^(\w+(?:\{[^}]*\})?) (\S+)$/.exec(line);
      if (found === null) throw new Error(`not a sample: ${line}`);
      return [found[1] ?? '', Number(found[2])];
    }),
  );
}

/** Process ids whose environment, where a fleet process has its configuration, mentions the text. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

describe('a fleet of two regions under load', () => {
  const folder = temporaryFolder();
  const seconds: LoadSecond[] = [];
  const began = Date.now();
  let fleet: Fleet;

  beforeAll(async () => {
    fleet = await startFleet({
      stateDir: folder.path,
      processDir: compiledFleet(),
      ...SCENARIO_FLEETS.helps,
      bad: { revision: 'v42', failShare: 0.3 },
      users: 40,
      startupMs: 100,
      onSecond: (second) => seconds.push(second),
    });
  });

  afterAll(async () => {
    await fleet.stop();
    folder.remove();
  });

  async function shiftAll(number: number, desired: number, expected: number): Promise<void> {
    for (const { name: target, url } of fleet.targets) {
      const reply = await ask(url, { operation: 'shift', target, number, desired, expected });
      expect(reply).toMatchObject({ status: 200, body: { status: 'done' } });
    }
  }

  async function answeredBy(revision: string): Promise<number> {
    const counts = (await fleet.stats()).byRevision[revision];
    return counts === undefined ? 0 : counts.ok + counts.failed + counts.slow;
  }

  it('moves users to the old revision and nobody back', async () => {
    await until('users fail', async () => (await fleet.stats()).failed > 5);
    for (const { name: target, url } of fleet.targets) {
      const asked = { operation: 'prepare', target, number: 1, desired: 100 } as const;
      await until(`${target} is ready`, async () => (await ask(url, asked)).status === 200);
    }
    await shiftAll(2, 50, 0);
    await until('both revisions serve', async () => (await answeredBy('v41')) > 80);
    await shiftAll(3, 100, 50);
    const before = await answeredBy('v41');
    await until('the old revision serves all', async () => (await answeredBy('v41')) > before + 80);
    const stats = await fleet.stats();
    expect(stats.movedBack).toBe(0);
    expect(stats.byRevision.none).toBeUndefined();
    expect(stats.usersHurt).toBeGreaterThan(0);
  });

  it('has one journal line for each change', () => {
    const told = fleet.effects().map(({ target, operation, from, to }) => `${target} ${operation} ${from}-${to}`);
    const each = ['prepare 0-100', 'shift 0-50', 'shift 50-100'];
    expect(told.toSorted()).toEqual(['eu', 'us'].flatMap((target) => each.map((change) => `${target} ${change}`)));
  });

  it('exposes counts per revision that agree with what users met', async () => {
    const met = await fleet.stats();
    let counted = 0;
    for (const { name: target, metricsUrl } of fleet.targets) {
      const response = await fetch(metricsUrl);
      const text = await response.text();
      expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
      expect(text.endsWith('# EOF\n')).toBe(true);
      const samples = samplesOf(text);
      for (const revision of ['v41', 'v42']) {
        const labels = `target="${target}",revision="${revision}"`;
        const good = samples.get(`http_requests_total{${labels},code="200"}`) ?? NaN;
        const bad = samples.get(`http_requests_total{${labels},code="500"}`) ?? NaN;
        expect(good).toBeGreaterThan(0);
        expect(samples.get(`http_request_duration_seconds_count{${labels}}`)).toBe(good + bad);
        expect(samples.get(`http_request_duration_seconds_bucket{${labels},le="+Inf"}`)).toBe(good + bad);
        expect(samples.get(`http_request_duration_seconds_bucket{${labels},le="0.5"}`)).toBeLessThanOrEqual(good + bad);
        counted += good + bad;
      }
      expect(samples.get('process_start_time_seconds')).toBeGreaterThan(began / 1000 - 1);
    }
    // Traffic goes on meanwhile: no fewer than were answered before, no more than were sent after.
    expect(counted).toBeGreaterThanOrEqual(met.ok + met.failed + met.slow);
    expect(counted).toBeLessThanOrEqual((await fleet.stats()).sent);
  });

  it('notices users who are moved back', async () => {
    await fleet.foreignShift('eu', 0);
    await until('users are back on the new revision', async () => (await fleet.stats()).movedBack > 0);
    await until('a second is told', () => seconds.length > 0);
    expect(seconds.length).toBeGreaterThan(0);
  });
});

it('starves both revisions of the coupled scenario alike', async () => {
  const folder = temporaryFolder();
  const options = { ...SCENARIO_FLEETS.coupled, startupMs: 0, stateDir: folder.path, processDir: compiledFleet() };
  const fleet = await startFleet({ ...options, regions: ['eu'] });
  const target = fleet.targets[0];
  if (target === undefined) throw new Error('the fleet has a target');
  await until('ready', async () => (await ask(target.url, { operation: 'prepare', desired: 100 })).status === 200);
  await ask(target.url, { operation: 'shift', desired: 50, expected: 0 });
  const answered = async (): Promise<number> => (await fleet.stats()).byRevision.v41?.failed ?? 0;
  await until('the old revision failed often', async () => (await answered()) > 60);
  const { byRevision } = await fleet.stats();
  await fleet.stop();
  folder.remove();
  for (const { ok, failed } of Object.values(byRevision)) expect(failed / (ok + failed)).toBeGreaterThan(0.4);
  expect(Object.keys(byRevision).toSorted()).toEqual(['v41', 'v42']);
});

it('leaves no process behind when its parent is killed', async () => {
  const folder = temporaryFolder();
  const compiled = compiledFleet();
  const script = `
    const { startFleet } = require(${JSON.stringify(join(compiled, 'fleet.js'))});
    startFleet({ stateDir: ${JSON.stringify(folder.path)}, old: { revision: 'v41' }, bad: { revision: 'v42' }, startupMs: 0,
      backend: { failShare: 0 } }).then(() => console.log('up'));`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => createInterface({ input: parent.stdout }).once('line', resolve));
  const proxies = processesWith(folder.path);
  const children = (pid: number | string): string[] =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const family = [...children(parent.pid ?? 0), ...proxies.flatMap(children)];
  expect(family).toHaveLength(2 + 1 + 1 + 4);
  parent.kill('SIGKILL');
  const alive = (): string[] => family.filter((pid) => readdirSync('/proc').includes(pid));
  await until('all are gone', () => alive().length === 0);
  folder.remove();
});
