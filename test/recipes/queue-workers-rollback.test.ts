import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import type { DeploymentTarget } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import type { FakeWorld } from '../workflows/support/fakes';
import { Theatre } from '../workflows/support/play';
import { staffed } from './support/staffed';
import { Supervisor } from './support/supervisor';

const PROGRAM = join(__dirname, '..', '..', 'examples', 'recipes', 'queue-workers', 'target.js');
const INSTANCES = 4;
const REGIONS = ['eu', 'us'] as const;

const supervisor = new Supervisor();
let theatre: Theatre;
beforeAll(async () => {
  const group = { command: 'sleep 3600', instances: INSTANCES, more: 'startsecs=0' };
  await supervisor.start(
    REGIONS.flatMap((region) => [
      { ...group, name: `${region}-v42`, starts: true },
      { ...group, name: `${region}-v41`, starts: false },
    ]),
  );
  theatre = await Theatre.open('queue-workers');
}, 120_000);
afterAll(async () => {
  await theatre.close();
  await supervisor.stop();
});

function fleetOf(region: string): DeploymentTarget {
  const fence = join(supervisor.dir, `${region}.json`);
  const command = [process.execPath, PROGRAM, '--server', supervisor.url, '--groups', `${region}-`, '--fence', fence];
  const adapter = { type: 'exec', command, granularity: 'units', sticky: true, fenced: true };
  return createAdapters(testDependencies()).target({ name: region, labels: {}, adapter });
}

/** The instances of two regions, and every share that they were asked for. */
function employ(world: FakeWorld, shares: string[]): void {
  for (const region of REGIONS)
    staffed(world, region, fleetOf(region), ({ desired }, { outcome }) =>
      shares.push(`${region} ${desired} ${outcome}`),
    );
}

it('takes the instances of two fleets back, one phase after another, until only the old revision runs', async () => {
  const shares: string[] = [];
  const play = await theatre.play({ world: (world) => employ(world, shares) });
  const { end } = await play.result();
  expect(end).toMatchObject({ kind: 'succeeded', reason: 'CENSUS_AS_PLANNED' });
  expect(supervisor.running().toSorted()).toEqual(
    REGIONS.flatMap((region) => Array.from({ length: INSTANCES }, (_, number) => `${region}-v41:${number}`)),
  );
  const done = shares.filter((share) => share.endsWith(' done'));
  expect(done.length).toBeGreaterThan(REGIONS.length);
  for (const region of REGIONS) {
    const own = done.filter((share) => share.startsWith(region)).map((share) => Number(share.split(' ')[1]));
    expect(own.at(-1)).toBe(100);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
    for (const share of own) expect(share % (100 / INSTANCES)).toBeCloseTo(0);
  }
}, 120_000);
