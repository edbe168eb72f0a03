import { ServiceStage } from './support/service-stage';
import { until } from './support/until';

let stage: ServiceStage;
beforeAll(async () => {
  stage = await ServiceStage.open();
});
afterAll(async () => {
  await stage.close();
});

describe('a service whose release record tells of slots', () => {
  it('looks at its targets by the newest word on their slots, and not by that of a look that began before', async () => {
    const play = stage.play({ everyMs: 60_000 });
    await play.say({ kind: 'slots', slots: [{ slot: 'blue', revision: 'v41' }] });
    await play.untilState('v41 was seen', ({ census }) => census['eu']?.revisions[0]?.revision === 'v41');
    await play.say({ kind: 'slots', slots: [{ slot: 'blue', revision: 'v42' }] });
    const state = await play.untilState('v42 was seen', ({ census }) => census['eu']?.revisions[0]?.revision === 'v42');
    expect(state.releases.map(({ revision, source }) => `${revision} ${source}`)).toEqual(['v41 seen', 'v42 seen']);
  });

  it('tells the live rollback what slots hold, also when a release puts it in doubt, and no more than that', async () => {
    const play = stage.play();
    await play.say({ kind: 'slots', slots: [{ slot: 'blue', revision: 'v42' }] });
    await play.deliver('d1');
    await play.outcome('d1');
    expect((await play.told(1)).request.slots?.entries).toMatchObject([{ slot: 'blue', revision: 'v42' }]);
    await play.say({ kind: 'slots', slots: [{ slot: 'green', revision: 'v41' }] });
    const release = (revision: string) => ({
      kind: 'release' as const,
      releases: [{ revision, from: Date.now(), source: 'recorded' }],
    });
    await play.say(release('v42'));
    await play.say(release('v43'));
    const told = await until('both words', async () => {
      const { slots } = await play.told(1);
      return slots.length >= 2 ? slots : undefined;
    });
    expect(told).toMatchObject([{ entries: [{ slot: 'blue' }, { slot: 'green' }] }, { unplaced: { revision: 'v43' } }]);
    await play.finish(1, {});
    await play.untilState('it is free', ({ live }) => !live);
    expect(await play.say({ kind: 'slots', slots: [{ slot: 'green', revision: 'v43' }] })).toMatchObject({
      result: 'applied',
    });
  });

  it('replays to the same commands', async () => {
    const results = await stage.replayAll();
    expect(results.map(({ workflowId }) => workflowId)).toEqual(
      expect.arrayContaining(['service/prod/s1', 'service/prod/s2']),
    );
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});
