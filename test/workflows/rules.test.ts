import { CURRENT_RULES } from '../../src/domain/rollback/rules';
import { Theatre } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('rules');
});
afterAll(async () => {
  await theatre.close();
});

describe('two revisions that fail together', () => {
  it('are widened to exactly half, once, where the policy says so, and judged there before more moves', async () => {
    const play = await theatre.play({
      request: { pace: 'balanced' },
      policy: { onCoupled: 'widen' },
      world: (world) => {
        world.fails = { v42: 0.6, v41: 0.58 };
        // Cured as soon as half is read: after one interval of failures there nothing would be proven within the bake.
        world.beforeTelling = async () => {
          if (world.weights.eu === 50) world.fails = { v42: 0.6, v41: 0 };
        };
      },
    });
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
    expect(play.shifts()).toEqual(['eu 10', 'eu 50', 'eu 100', 'us 50', 'us 100']);
    const { journal, plan, rules } = await play.state();
    expect(rules).toBe(CURRENT_RULES);
    expect(plan?.phases.map(({ name }) => name)).toEqual(['eu 10 %', 'eu 50 %', 'eu 100 %', 'us 50 %', 'us 100 %']);
    const said = journal.flatMap(({ verdict }) => verdict ?? []);
    expect(said.slice(0, 2).map(({ reason }) => reason)).toEqual(['COUPLED', 'HELPING']);
    expect(said[0]?.text).toContain('goes on to exactly half, once, as the policy says, unproven');
    expect(said[1]?.text).toContain('widened because both failed together');
  });

  it('are a question for people where they still do at half', async () => {
    const play = await theatre.play({
      policy: { onCoupled: 'widen' },
      world: (world) => (world.fails = { v42: 0.6, v41: 0.58 }),
    });
    const { wait } = await play.untilWaiting('HOLD');
    expect(wait?.text).toContain('both revisions fail together');
    expect(play.shifts()).toEqual(['eu 10', 'eu 50']);
    await play.say('unwind');
    expect((await play.result()).end).toMatchObject({ reason: 'UNWOUND' });
    expect(play.world.weights).toEqual({ eu: 0, us: 0 });
  });
});

describe('a look that was interrupted', () => {
  it('does not undo, late, what was moved since', async () => {
    const approval = 'automatic' as const;
    const step = (weight: number) => ({ name: `eu ${weight}`, select: { region: 'eu' }, weight, approval });
    const play = await theatre.play({ policy: { phases: [10, 50, 100].map(step) } });
    play.world.fails = { v42: 0.05, v41: 0.4 };
    const waitId = (await play.untilWaiting('HALT')).wait!.id;
    // One look has read eu before the answer, and tells of it only when eu has been moved on.
    const heldBack = new Promise<void>((resolve) => {
      play.world.beforeTelling = async () => {
        play.world.beforeTelling = async () => undefined;
        resolve();
        while ((play.world.weights.eu ?? 0) < 50) await new Promise((again) => setTimeout(again, 20));
        await new Promise((again) => setTimeout(again, 0));
      };
    });
    await heldBack;
    play.world.fails = { v42: 0.4, v41: 0 };
    await play.say('approve', { waitId, reason: 'it is the client that fails' });
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
    const { effectNumbers, journal } = await play.state();
    expect(journal.filter(({ kind }) => kind === 'shifted').map(({ text, times }) => [text, times])).toEqual([
      ['eu → 10 %', 1],
      ['eu → 50 %', 1],
      ['eu → 100 %', 1],
    ]);
    // One to make it ready and three to move it.
    expect(effectNumbers.eu).toBe(4);
  });
});
