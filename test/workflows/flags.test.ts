import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { flagFile } from '../adapters/targets/support/flag-file';
import type { FlagFile } from '../adapters/targets/support/flag-file';
import type { FakeWorld } from './support/fakes';
import { Theatre } from './support/play';
import type { Play } from './support/play';

let theatre: Theatre;
let files: Readonly<Record<'eu' | 'us', FlagFile>>;
beforeAll(async () => {
  theatre = await Theatre.open('flags');
});
afterAll(() => theatre.close());
beforeEach(async () => {
  files = { eu: await flagFile(), us: await flagFile() };
});
afterEach(() => Promise.all([files.eu.close(), files.us.close()]));

/** The flags of two regions in place of the fakes; requests follow what is read back from them. */
function flagged(world: FakeWorld): void {
  for (const [region, { target }] of Object.entries(files)) world.real[region] = told(world, region, target);
}

function told(world: FakeWorld, region: string, target: DeploymentTarget): DeploymentTarget {
  return {
    capabilities: () => target.capabilities(),
    check: (...args) => target.check(...args),
    prepare: (...args) => target.prepare(...args),
    shift: (...args) => target.shift(...args),
    async observe(signal) {
      const reading = { ...(await target.observe(signal)), target: region };
      world.weights[region] = weightOf(reading, 'v41');
      return reading;
    },
  };
}

/** The records that the rollback left on a flag. */
async function effectOn(file: FlagFile, play: Play): Promise<void> {
  const { metadata } = (await file.flag()) as { metadata: { phasedRollback: string } };
  expect(JSON.parse(metadata.phasedRollback)).toMatchObject({ rollback: play.handle.workflowId });
}

describe('a rollback of flags in files of flagd', () => {
  it('goes from the first share to the last, and is read back from the files', async () => {
    const play = await theatre.play({ world: flagged });
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded', reason: 'CENSUS_AS_PLANNED' });
    for (const file of Object.values(files)) {
      expect(await file.flag()).toMatchObject({
        defaultVariant: 'off',
        targeting: {
          fractional: [
            ['on', 0],
            ['off', 100],
          ],
        },
      });
      await effectOn(file, play);
    }
  });

  it('puts everybody back where they were when it makes things worse and people say so', async () => {
    const play = await theatre.play({ world: flagged });
    play.world.fails = { v42: 0.05, v41: 0.4 };
    await play.untilWaiting('HALT');
    expect(weightOf(await files.eu.target.observe(AbortSignal.timeout(5_000)), 'v41')).toBeGreaterThan(0);
    expect(await play.say('unwind')).toMatchObject({ result: 'applied' });
    expect((await play.result()).end?.kind).toBe('aborted');
    expect(await files.eu.flag()).toMatchObject({
      defaultVariant: 'on',
      targeting: {
        fractional: [
          ['on', 100],
          ['off', 0],
        ],
      },
    });
    await effectOn(files.eu, play);
  });
});
