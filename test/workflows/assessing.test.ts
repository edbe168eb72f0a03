import type { Split } from '../../src/domain/plan';
import type { LabelValue } from '../../src/ports';
import type { Play } from './support/play';
import { Theatre } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('assessing');
});
afterAll(async () => {
  await theatre.close();
});

/** A value of which so many of a thousand requests fail in each of thirty intervals. */
function value(name: string, bad: number): LabelValue {
  const intervals = Array.from({ length: 30 }, () => ({ requests: 1_000, bad }));
  return { value: name, current: intervals, stable: [{ requests: 50, bad: 0 }] };
}

async function splitsOf(play: Play): Promise<readonly Split[]> {
  const { assessment } = await play.state();
  return assessment?.kind === 'blamed' ? (assessment.splits ?? []) : [];
}

const assess = (...splitBy: readonly string[]) => ({ assess: { splitBy } });

describe('an assessment by slices', () => {
  it('says where the failures are, begins there, proposes less, and goes to its end', async () => {
    const play = await theatre.play({
      request: { mode: 'ask' },
      policy: assess('region', 'route'),
      world: (world) => {
        world.values = {
          region: [value('eu', 1), value('us', 100)],
          route: [value('/pay', 90), value('/', 1), value('', 2)],
        };
      },
    });
    const asked = await play.untilWaiting('GATE');
    expect(asked.splits?.map((split) => split.kind === 'split' && split.finding)).toEqual(['worse', 'worse']);
    expect(asked.narrower).toMatchObject({ select: { region: 'us' }, leaves: ['eu'] });
    const { plan } = await play.state();
    expect(plan?.phases[0]?.weights[0]?.target).toBe('us');
    expect(plan?.because).toContain('99 % of the failures are in region us (10 % of 30,000 requests)');
    expect(plan?.because).toContain('failures are in route /pay (9.0 % of 30,000 requests)');
    expect(plan?.because).toContain('us goes first, because the failures are there');
    await play.answer('GATE', 'approve');
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(Object.values(play.world.archived)[0]?.['report.md']).toContain('## Where it failed');
  });

  it('takes back the smaller extent that a person takes up, and says what stays', async () => {
    const play = await theatre.play({
      request: { mode: 'ask' },
      policy: assess('region'),
      world: (world) => {
        world.values = { region: [value('eu', 1), value('us', 100)] };
      },
    });
    const { narrower } = await play.untilWaiting('GATE');
    expect(await play.say('replan', { extent: narrower!.select })).toMatchObject({ result: 'applied' });
    await play.untilState('planned anew', ({ plan }) => plan?.extent.join() === 'us');
    await play.answer('GATE', 'approve');
    expect((await play.result()).end).toMatchObject({
      kind: 'succeeded',
      text: expect.stringContaining('eu') as string,
    });
    expect(new Set(play.shifts().map((shift) => shift.split(' ')[0]))).toEqual(new Set(['us']));
  });

  it('says why failures could not be split, and goes on without', async () => {
    const play = await theatre.play({
      policy: assess('route', 'segment'),
      world: (world) => {
        world.values = { route: 'broken' };
      },
    });
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(await splitsOf(play)).toEqual([
      { kind: 'unsplit', label: 'route', because: 'the store gave no answer in time' },
      { kind: 'unsplit', label: 'segment', because: 'no requests of the suspect were counted' },
    ]);
    expect((await play.state()).plan?.because).toContain(
      'could not be split by route: the store gave no answer in time',
    );
  });

  it('goes by the targets where they have a label and the metrics have not', async () => {
    const play = await theatre.play({ policy: assess('region') });
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(await splitsOf(play)).toMatchObject([{ kind: 'split', label: 'region', values: 2 }]);
  });

  it('asks for nothing where the policy names no label', async () => {
    const play = await theatre.play({ world: (world) => (world.values = { region: 'broken' }) });
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect((await play.state()).assessment).not.toHaveProperty('splits');
  });

  it('says that no metric shows a vulnerability, instead of splitting what is not asked about', async () => {
    const play = await theatre.play({ request: { cause: 'security' }, policy: assess('region') });
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(await splitsOf(play)).toEqual([
      { kind: 'unsplit', label: 'region', because: 'no metric shows trouble of the kind security' },
    ]);
  });
});
