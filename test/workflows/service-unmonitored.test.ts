import { ServiceStage } from './support/service-stage';
import { until } from './support/until';

// A monitor that no worker takes is given up after half a minute, and the timer comes after that.
let stage: ServiceStage;
beforeAll(async () => {
  stage = await ServiceStage.open({ monitors: false });
});
afterAll(async () => {
  await stage.close();
});

describe('a service whose live rollback no worker monitors', () => {
  it('goes on by its timer: it notices that the run was ended, pages, and is free', async () => {
    const play = stage.play();
    await play.deliver('d1');
    await play.outcome('d1');
    await until('it asks for a monitor', async () => (await play.activities()).includes('monitorRun') || undefined);
    await play.rollback(1).terminate('gone');
    const state = await play.untilState('freed', ({ live }) => live === undefined);
    expect(state.past).toMatchObject([{ number: 1, end: 'failed', reason: 'TERMINATED' }]);
    const title = `rollback/prod/${play.input.service}/1 was lost`;
    expect(await until('a page', async () => stage.notified.find((page) => page.title === title))).toMatchObject({
      level: 'page',
    });
    // Nobody had begun it, and no message came meanwhile: it was the timer.
    expect(await play.outOfTime('monitorRun')).toEqual([expect.stringMatching(/schedule.?to.?start/i)]);
    expect((await stage.replayAll()).filter(({ error }) => error)).toEqual([]);
  });

  it('asks by itself after a run that goes on, and still hears of everything else', async () => {
    const play = stage.play();
    await play.deliver('d1');
    await play.outcome('d1');
    const before = play.scene.asked;
    await until('it asks', async () => play.scene.asked > before || undefined);
    expect((await play.state()).live).toMatchObject({ number: 1 });
    await play.deliver('d2', { fingerprint: 'f2' });
    expect(await play.outcome('d2')).toMatchObject({ result: 'applied' });
    await play.finish(1, {});
    await play.untilState('freed', ({ live }) => live === undefined);
  });
});
