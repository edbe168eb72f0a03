import { FAST_POLICY, Theatre } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('leave');
});
afterAll(async () => {
  await theatre.close();
});

describe('a rollback that asks its environment before it begins', () => {
  it('begins nothing by itself in mode auto where no place is free, and goes on once approved', async () => {
    const environment = theatre.environments.limit('no-place', { automaticAtOnce: 0 });
    const play = await theatre.play({ request: { environment } });
    await play.untilWaiting('AUTOMATIC_LIMIT');
    expect(play.world.applied).toEqual([]);
    await play.answer('AUTOMATIC_LIMIT', 'approve');
    expect((await play.result()).end?.kind).toBe('succeeded');
  });

  it('takes as done what somebody else has moved while it waited for a person', async () => {
    const environment = theatre.environments.limit('no-place-either', { automaticAtOnce: 0 });
    const play = await theatre.play({ request: { environment }, world: ({ capacity }) => (capacity.eu = 100) });
    await play.untilWaiting('AUTOMATIC_LIMIT');
    play.world.weights.eu = 10;
    await play.answer('AUTOMATIC_LIMIT', 'approve');
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(play.shifts()).toEqual(['eu 100', 'us 50', 'us 100']);
  });

  it('begins by itself once an environment that was silent answers, having paged once', async () => {
    const environment = theatre.environments.limit('silent-for-a-while', 'broken');
    const timing = { ...FAST_POLICY.timing, intervalMs: 300 };
    const play = await theatre.play({ request: { environment }, policy: { timing } });
    await play.untilWaiting('ENVIRONMENT_SILENT');
    expect(play.world.applied).toEqual([]);
    await play.until('asked again in vain', ({ wait }) => (wait?.asksAgainAt ?? 0) > (wait?.since ?? 0) + 3_000);
    theatre.environments.mend(environment);
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(play.world.notifications.filter(({ title }) => title.includes('ENVIRONMENT_SILENT'))).toHaveLength(1);
    const waits = (await play.state()).journal.filter((entry) => entry.wait);
    expect(waits).toMatchObject([{ reason: 'ENVIRONMENT_SILENT', wait: { until: expect.any(Number) } }]);
  });
});
