import { FAST_POLICY, Theatre } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('under-way');
});
afterAll(async () => {
  await theatre.close();
});

describe('a target that takes longer than one call', () => {
  it('asks on while a target is on its way, however long one call takes', async () => {
    const timing = { ...FAST_POLICY.timing, capacityMs: 30_000 };
    const play = await theatre.play({ policy: { timing }, world: (world) => (world.shiftFaults = ['slow', 'slow']) });
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(play.shifts()).toEqual(['eu 10', 'eu 100', 'us 50', 'us 100']);
    expect(play.world.shiftFaults).toEqual([]);
  });

  it('says what a target waits for that is on its way for longer than there is patience', async () => {
    const slow = Array.from({ length: 50 }, () => 'slow' as const);
    const play = await theatre.play({ world: (world) => (world.shiftFaults = slow) });
    const { wait } = await play.untilWaiting('FAULT');
    expect(wait!.text).toContain('still on its way: orders-3 is not ready');
    play.world.shiftFaults = [];
    await play.say('retry', { waitId: wait!.id });
    expect((await play.result()).end?.kind).toBe('succeeded');
  });
});
