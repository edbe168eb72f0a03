import { FAST_POLICY, Theatre } from './support/play';
import type { Play, PlayOptions } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('replanning');
});
afterAll(async () => {
  await theatre.close();
});

/** Without data it stays where it has moved to, and nobody is asked about that, however late the next word comes. */
const PATIENT = { timing: { ...FAST_POLICY.timing, noDataMs: 600_000 } };
const STILL: PlayOptions = { policy: PATIENT, world: (world) => (world.metricsMissing = true) };

const extentOf = async (play: Play): Promise<string> => (await play.state()).plan?.extent.join() ?? 'no plan';

async function narrowed(play: Play, region: string): Promise<void> {
  expect(await play.say('replan', { extent: { region } })).toMatchObject({ result: 'applied' });
  await play.untilState('narrowed', ({ plan }) => plan?.extent.join() === region);
}

async function widened(play: Play): Promise<void> {
  expect(await play.say('replan', { extent: {} })).toMatchObject({ result: 'applied' });
  await play.untilState('widened', ({ plan }) => plan?.extent.join() === 'eu,us');
}

/** One that was narrowed to `us` has moved there and stays. */
async function movedAsNarrowed(): Promise<Play> {
  const play = await theatre.play({ request: { mode: 'ask' }, ...STILL });
  await play.untilWaiting('GATE');
  await narrowed(play, 'us');
  await play.answer('GATE', 'approve');
  await play.until('moved', (view) => view.moved > 0);
  return play;
}

/** Waits for a look that follows others, and holds back what it has read for as long as that lasts. */
function lookHeldBack({ world }: Play, lasts: () => boolean): Promise<void> {
  let looks = 0;
  return new Promise((begun) => {
    world.beforeTelling = async () => {
      if ((looks += 1) < 3) return;
      world.beforeTelling = async () => undefined;
      begun();
      while (lasts()) await new Promise((again) => setTimeout(again, 20));
    };
  });
}

describe('a rollback that was narrowed', () => {
  it('takes back all of the smaller extent at once when it is told now, and says what stays', async () => {
    const play = await theatre.play({ request: { mode: 'ask' } });
    await play.untilWaiting('GATE');
    await narrowed(play, 'us');
    expect(await play.say('now', { cold: true })).toMatchObject({ result: 'applied' });
    const { end } = await play.result();
    expect(end).toMatchObject({ kind: 'succeeded', text: 'us 100 % on v41; not included: eu (not asked for)' });
    expect(play.world.weights).toEqual({ eu: 0, us: 100 });
  });

  it('plans no more than the smaller extent where now comes before there is a plan of it', async () => {
    const play = await theatre.play({ request: { mode: 'ask' } });
    await play.untilWaiting('GATE');
    await theatre.dismiss();
    const said = { by: 'ada', at: Date.now() };
    await play.handle.signal('command', { ...said, id: 'narrow', kind: 'replan', extent: { region: 'us' } });
    await play.handle.signal('command', { ...said, id: 'now', kind: 'now' });
    await theatre.hire();
    const { end } = await play.result();
    expect(end).toMatchObject({ kind: 'succeeded', text: 'us 100 % on v41; not included: eu (not asked for)' });
    expect(play.world.weights).toEqual({ eu: 0, us: 100 });
  });

  it('puts back what it moved, before it was narrowed and after', async () => {
    const play = await theatre.play({ request: { mode: 'auto' }, ...STILL });
    await play.untilState('moved', ({ touched }) => touched.length > 0);
    await play.until('moved', (view) => view.moved > 0);
    const [region] = (await play.state()).touched;
    await narrowed(play, String(region));
    expect(await play.say('unwind')).toMatchObject({ result: 'applied' });
    const { end } = await play.result();
    expect(end).toMatchObject({ kind: 'aborted', reason: 'UNWOUND', text: expect.stringContaining(`${region} 0 %`) });
    expect(play.world.weights).toEqual({ eu: 0, us: 0 });
  });

  it('puts back what it moved also where unwind comes before there is a plan of it', async () => {
    const play = await theatre.play({ request: { mode: 'auto' }, ...STILL });
    await play.until('moved', (view) => view.moved > 0);
    const [region] = (await play.state()).touched;
    await theatre.dismiss();
    const said = { by: 'ada', at: Date.now() };
    await play.handle.signal('command', { ...said, id: 'narrow', kind: 'replan', extent: { region } });
    await play.handle.signal('command', { ...said, id: 'unwind', kind: 'unwind' });
    await theatre.hire();
    const { end } = await play.result();
    expect(end).toMatchObject({ kind: 'aborted', reason: 'UNWOUND', text: expect.stringContaining(`${region} 0 %`) });
    expect(play.world.weights).toEqual({ eu: 0, us: 0 });
  });

  it('proves what has moved and ends, where nothing else is asked for any more', async () => {
    const play = await theatre.play({
      request: { mode: 'ask' },
      policy: PATIENT,
      world: (world) => {
        // It stays there until it is narrowed: of all of eu nothing is proven without data.
        world.beforeTelling = async () => {
          if (world.weights.eu === 100) world.metricsMissing = true;
        };
      },
    });
    await play.answer('GATE', 'approve');
    await play.until('all of eu', (view) => view.targets.some(({ name, weight }) => name === 'eu' && weight === 100));
    await play.say('pause');
    expect(await play.say('replan', { extent: { region: 'eu' } })).toMatchObject({ result: 'applied' });
    play.world.beforeTelling = async () => undefined;
    play.world.metricsMissing = false;
    await play.say('resume');
    expect((await play.result()).end).toMatchObject({
      kind: 'succeeded',
      text: expect.stringMatching(/^eu 100 % on v41; not included: us/),
    });
  });

  it('takes all that was assessed again once it is widened, and comes to its end', async () => {
    const play = await theatre.play({ request: { mode: 'ask' } });
    await play.untilWaiting('GATE');
    await narrowed(play, 'us');
    expect(await extentOf(play)).toBe('us');
    await play.untilWaiting('GATE');
    await widened(play);
    await play.answer('GATE', 'approve');
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded', text: 'eu 100 % · us 100 % on v41' });
    expect(play.world.weights).toEqual({ eu: 100, us: 100 });
  });

  it('is stopped again by what had stopped it, where that was left out and comes back', async () => {
    const play = await theatre.play({ request: { mode: 'ask' }, world: (world) => (world.blocked = ['eu']) });
    await play.untilWaiting('NOT_READY');
    await narrowed(play, 'us');
    await play.untilWaiting('GATE');
    await widened(play);
    const { wait } = await play.untilWaiting('NOT_READY');
    expect(wait?.text).toContain('eu');
    play.world.blocked = [];
    await play.answer('NOT_READY', 'retry');
    await play.answer('GATE', 'approve');
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded', text: 'eu 100 % · us 100 % on v41' });
  });

  it('takes the rest as well when it is widened after the smaller extent has moved', async () => {
    const play = await movedAsNarrowed();
    await widened(play);
    play.world.metricsMissing = false;
    await play.answer('GATE', 'approve');
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded', text: 'eu 100 % · us 100 % on v41' });
  });

  it('judges what it widens to afresh, also where a look at what had moved is told only after that is planned', async () => {
    const play = await movedAsNarrowed();
    let toldAt = Infinity;
    await lookHeldBack(play, () => toldAt === Infinity);
    await widened(play);
    toldAt = Date.now();
    await play.untilState('told', ({ census }) => (census.us?.at ?? 0) >= toldAt);
    play.world.metricsMissing = false;
    await play.answer('GATE', 'approve');
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded', text: 'eu 100 % · us 100 % on v41' });
  });
});
