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
});

describe('a service whose rollback has ended', () => {
  it('pages once when what a rollback took back is put back after its end', async () => {
    const play = stage.play();
    await play.deliver('d1');
    await play.outcome('d1');
    await play.finish(1, {});
    await play.untilState('what it left was looked at', ({ live, census }) => !live && 'eu' in census);
    play.scene.serves = 'v42';
    const state = await play.untilState('it is known', ({ past }) => past.at(-1)?.cameBackAt !== undefined);
    const title = `v42 is back on prod/${play.input.service}`;
    const page = await until('a page', async () => stage.notified.find((news) => news.title === title));
    expect(page).toMatchObject({ level: 'page', text: expect.stringContaining('serves 100 % on it') });
    expect(state.past.at(-1)?.cameBackAt).toBeGreaterThan(state.past.at(-1)?.endedAt ?? Infinity);
    play.scene.serves = 'v41';
    await play.untilState('it is gone', ({ census }) => census['eu']?.revisions[0]?.revision === 'v41');
    play.scene.serves = 'v42';
    await play.untilState('it is there again', ({ census }) => census['eu']?.revisions[0]?.revision === 'v42');
    expect(stage.notified.filter((news) => news.title === title)).toHaveLength(1);
  });

  it('tells once that what a rollback left cannot be read, and once that too little of it is ready', async () => {
    const play = stage.play();
    const { service } = play.input;
    await play.deliver('d1');
    await play.outcome('d1');
    const ready = { eu: { v41: { weight: 100, readyCapacity: 100, readyInstances: 1 } } };
    await play.finish(1, { toRevision: 'v41', left: { eu: { v41: 100 } }, ready });
    play.scene.ready = new Error('connection refused');
    const told = (title: string) => stage.notified.filter((news) => news.title === title);
    const unread = `eu of prod/${service} cannot be read`;
    const news = await until('news', async () => told(unread)[0]);
    expect(news).toMatchObject({ level: 'info', text: expect.stringContaining('connection refused') });
    play.scene.ready = 40;
    const short = `v41 has too little ready on eu of prod/${service}`;
    const more = await until('news', async () => told(short)[0]);
    expect(more).toMatchObject({ level: 'info', text: expect.stringContaining('of which 40 % is ready') });
    const { past } = await play.untilState('both are known', ({ past: [last] }) => last?.troubles?.length === 2);
    expect(past[0]?.troubles?.map(({ kind }) => kind)).toEqual(['unread', 'short']);
    play.scene.serves = 'v43';
    await play.untilState('it was looked at again', ({ census }) => census['eu']?.revisions[0]?.revision === 'v43');
    expect([told(unread), told(short)].map(({ length }) => length)).toEqual([1, 1]);
  });
});

describe('every history of this suite', () => {
  it('replays to the same commands', async () => {
    const results = await stage.replayAll();
    expect(results.map(({ workflowId }) => workflowId)).toEqual(
      expect.arrayContaining(['service/prod/s1', 'service/prod/s2']),
    );
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});
