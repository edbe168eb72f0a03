import { RollbackClient } from '../../src/client';
import { TASK_QUEUE } from '../../src/contracts/task-queues';
import { serviceStatusQuery } from '../../src/contracts/definitions';
import { EnvironmentDesk } from '../../src/worker/environment-desk';
import { ServiceStage } from './support/service-stage';
import { answerTo, until } from './support/until';

let stage: ServiceStage;
beforeAll(async () => {
  stage = await ServiceStage.open();
});
afterAll(async () => {
  await stage.close();
});

describe('the door of a service', () => {
  it('is opened by the first alert, starts one rollback, and says so', async () => {
    const play = stage.play();
    await play.deliver('d1');
    const rollback = `rollback/prod/${play.input.service}/1`;
    expect(await play.outcome('d1')).toMatchObject({ result: 'applied', rollback });
    expect((await play.told(1)).request).toMatchObject({ number: 1, mode: 'ask', trigger: { kind: 'alert' } });
    const { typedSearchAttributes } = await play.rollback(1).describe();
    expect(typedSearchAttributes.getAll().map(({ value }) => value)).toContain(`prod/${play.input.service}`);
  });

  it('hears what came before its first task in the order in which it came: a release is known to the alert after it', async () => {
    const play = stage.play();
    await stage.whileNobodyWorks(async () => {
      const from = Date.now() - 60_000;
      await play.send({ kind: 'release', releases: [{ revision: 'v42', from, source: 'imported' }] });
      await play.deliver('d1');
    });
    await play.outcome('d1');
    expect((await play.told(1)).request.releases).toMatchObject([{ revision: 'v42' }]);
  });

  it('passes new alerts and resolves on to the live rollback, counts repeats, and answers a delivery once', async () => {
    const play = stage.play();
    await play.deliver('d1');
    await play.deliver('d2');
    await play.deliver('d2');
    await play.deliver('d3', { fingerprint: 'f2' });
    await play.deliver('d4', { status: 'resolved' });
    expect(await play.outcome('d4')).toMatchObject({ result: 'applied' });
    expect(await play.outcome('d2')).toMatchObject({ result: 'refused', code: 'REPEATED' });
    expect((await play.told(1)).alerts.map(({ deliveryId }) => deliveryId)).toEqual(['d3', 'd4']);
    expect((await play.state()).alerts.map(({ count }) => count)).toEqual(expect.arrayContaining([1, 3]));
  });

  it('is free after the last word of a rollback, keeps the bad revision out, and admits afresh what was not covered', async () => {
    const play = stage.play();
    await play.deliver('d1');
    await play.outcome('d1');
    await play.finish(1, { uncovered: [play.alert({ fingerprint: 'us' })] });
    const state = await play.untilState('rollback 2 is live', ({ live }) => live?.number === 2);
    expect(state.quarantined).toMatchObject([{ revision: 'v42' }]);
    expect(state.past).toMatchObject([{ number: 1, end: 'succeeded' }]);
    expect((await play.told(2)).request.trigger).toMatchObject({ alerts: [{ fingerprint: 'us' }] });
  });

  it('looks after its live run again and again, whether or not it is answered, and takes no step of its own meanwhile', async () => {
    const play = stage.play();
    await play.deliver('d1');
    await play.outcome('d1');
    const begun = await until('it looks', async () => {
      const asked = await play.activities();
      return asked.at(-1) === 'monitorRun' ? asked : undefined;
    });
    for (const isSilent of [false, true, false]) {
      play.scene.isSilent = isSilent;
      const before = play.scene.asked;
      await until('more looks', async () => play.scene.asked >= before + 3 || undefined);
    }
    expect(await play.activities()).toEqual(begun);
    await play.deliver('d2', { fingerprint: 'f2' });
    await play.outcome('d2');
    // Its last word, not a look, tells of its end: from then on nobody looks after it.
    await play.finish(1, {});
    await play.untilState('freed', ({ live }) => live === undefined);
    expect((await play.activities()).filter((name) => name === 'monitorRun')).toHaveLength(1);
  });

  it('notices within a tick that its run was terminated, pages, and starts anew for a repeat', async () => {
    const play = stage.play();
    await play.deliver('d1');
    await play.outcome('d1');
    await play.rollback(1).terminate('gone');
    const state = await play.untilState('freed', ({ live }) => live === undefined);
    expect(state.past).toMatchObject([{ number: 1, end: 'failed', reason: 'TERMINATED' }]);
    const title = `rollback/prod/${play.input.service}/1 was lost`;
    expect(await until('a page', async () => stage.notified.find((page) => page.title === title))).toMatchObject({
      level: 'page',
    });
    await play.deliver('d2');
    expect(await play.outcome('d2')).toMatchObject({ rollback: `rollback/prod/${play.input.service}/2` });
  });

  it('admits an alert anew whose run has closed silently before any tick', async () => {
    const play = stage.play({ everyMs: 60_000 });
    await play.deliver('d1');
    await play.outcome('d1');
    await play.finish(1, 'silently');
    await play.deliver('d2', { fingerprint: 'f2' });
    expect(await play.outcome('d2')).toMatchObject({ rollback: `rollback/prod/${play.input.service}/2` });
    expect((await play.state()).past).toMatchObject([{ number: 1, reason: 'TERMINATED' }]);
  });

  it('adopts a running rollback that has its next number, and skips the number of a closed one', async () => {
    const play = stage.play();
    const request = { environment: 'prod', service: play.input.service, number: 1 };
    const elsewhere = async (number: number) => {
      const workflowId = play.rollback(number).workflowId;
      await stage.client.workflow.start('rollback', {
        workflowId,
        taskQueue: TASK_QUEUE,
        args: [{ request: { ...request, number } }],
      });
    };
    await elsewhere(1);
    await play.finish(1, 'silently');
    await elsewhere(2);
    await play.deliver('d1');
    expect(await play.outcome('d1')).toMatchObject({ rollback: play.rollback(2).workflowId });
    expect((await play.told(2)).alerts).toHaveLength(1);
    expect((await play.state()).live).toMatchObject({ number: 2 });
  });
});

describe('a service in its environment', () => {
  const limits = { automaticAtOnce: 1, commonCause: { services: 3, withinMs: 300_000 } };

  it('starts nothing from the third service on that alerts, whatever its mode, and keeps the alert', async () => {
    const environment = stage.environments.limit('common', limits);
    const plays = [stage.play({ environment }), stage.play({ environment }), stage.play({ environment })];
    const answers = [];
    for (const play of plays) {
      await play.deliver('d1');
      answers.push(await play.outcome('d1'));
    }
    expect(answers.map(({ result }) => result)).toEqual(['applied', 'applied', 'refused']);
    expect(answers[2]).toMatchObject({ code: 'COMMON_CAUSE', text: expect.stringContaining('phased-rollback start') });
    expect((await plays[2]!.state()).alerts).toMatchObject([{ outcome: 'COMMON_CAUSE', count: 1 }]);
    expect(await plays[2]!.say({ kind: 'start', reason: 'it is this one' })).toMatchObject({ result: 'applied' });
    const page = await until('a page', async () => stage.notified.find(({ rollback }) => rollback === environment));
    for (const play of plays) expect(page.text).toContain(play.input.service);
  });

  it('starts nothing while automation is off, but for a person', async () => {
    const environment = stage.environments.limit('off', limits);
    const word = { kind: 'automation' as const, id: 'w1', to: 'off' as const, by: 'bob', at: 0, reason: 'a drill' };
    const client = new RollbackClient({ client: stage.client, signalMs: 60_000 });
    await client.tellEnvironment(environment, { ...word, until: Date.now() + 600_000 });
    const play = stage.play({ environment });
    await play.deliver('d1');
    const refusal = { result: 'refused', code: 'AUTOMATION_OFF', text: expect.stringContaining('bob has set') };
    expect(await play.outcome('d1')).toMatchObject(refusal);
    expect(await play.say({ kind: 'start', reason: 'by hand' })).toMatchObject({ result: 'applied' });
  });

  it('gives the place of its automatic rollback back when that has ended', async () => {
    const environment = stage.environments.limit('places', limits);
    const play = stage.play({ environment });
    const { slice } = play.scene;
    if (slice.ok) play.scene.slice = { ok: true, policy: { ...slice.policy, mode: 'auto' } };
    await play.deliver('d1');
    expect(await play.outcome('d1')).toMatchObject({ result: 'applied' });
    const begin = { kind: 'begin' as const, service: play.input.service, number: 1 };
    const policy = await stage.environments.load(environment);
    expect(await new EnvironmentDesk(stage.client).consult(policy, begin)).toMatchObject({ kind: 'free' });
    const client = new RollbackClient({ client: stage.client, signalMs: 60_000 });
    const claimed = await until('the environment answers', () => client.environment(environment));
    expect(claimed.automatic).toHaveLength(1);
    await play.finish(1, {});
    const isFree = async () => ((await client.environment(environment))?.automatic.length === 0 ? true : undefined);
    expect(await until('the place is free', isFree)).toBe(true);
  });
});

describe('people at the door', () => {
  it('say now to the live run, or begin one that takes everything back at once', async () => {
    const play = stage.play();
    expect(await play.say({ kind: 'now', cold: true })).toMatchObject({
      result: 'applied',
      text: expect.stringContaining('started'),
    });
    expect((await play.told(1)).request).toMatchObject({
      course: 'now',
      cold: true,
      trigger: { kind: 'person', by: 'ada' },
    });
    expect(await play.say({ kind: 'now' })).toMatchObject({
      result: 'applied',
      text: expect.stringContaining('passed on'),
    });
    expect((await play.told(1)).commands).toMatchObject([{ id: 'word-2' }]);
    expect(await play.say({ kind: 'start' })).toMatchObject({ result: 'refused', code: 'ROLLBACK_LIVE' });
  });

  it('freeze it, and an alert starts nothing until it thaws', async () => {
    const play = stage.play();
    await play.say({ kind: 'freeze', until: Date.now() + 60_000 });
    await play.deliver('d1');
    expect(await play.outcome('d1')).toMatchObject({ result: 'refused', code: 'FROZEN' });
    await play.say({ kind: 'thaw' });
    await play.deliver('d2');
    expect(await play.outcome('d2')).toMatchObject({ result: 'applied' });
  });

  it('mend an invalid policy, and the alert that met it is admitted by itself', async () => {
    const play = stage.play();
    const { slice } = play.scene;
    play.scene.slice = { ok: false, error: 'services[0].targets: none' };
    await play.deliver('d1');
    expect(await play.outcome('d1')).toMatchObject({ result: 'refused', code: 'POLICY_INVALID' });
    const view = await answerTo(() => stage.client.workflow.getHandle(play.id).query(serviceStatusQuery));
    expect(view.policyError).toContain('services[0].targets');
    play.scene.slice = slice;
    const state = await play.untilState('live', ({ live }) => live !== undefined);
    expect(state.alerts).toMatchObject([{ count: 1, outcome: 'STARTED' }]);
  });
});

describe('the memory of a service', () => {
  it('sees releases on the targets while no rollback is live, and none that a rollback makes', async () => {
    const play = stage.play();
    await play.say({ kind: 'thaw' });
    await play.untilState('v41 seen', ({ releases }) => releases.length === 1);
    play.scene.serves = 'v42';
    await play.untilState('v42 seen', ({ releases }) => releases.length === 2);
    await play.deliver('d1');
    await play.outcome('d1');
    play.scene.serves = 'v41';
    await play.finish(1, {});
    const state = await play.untilState('looked at again', ({ live, census }) => !live && census.eu !== undefined);
    expect(state.census.eu?.revisions).toMatchObject([{ revision: 'v41' }]);
    expect(state.releases.map(({ revision }) => revision)).toEqual(['v41', 'v42']);
  });

  it('survives continuing as new with messages arriving: none is lost, none is handled twice', async () => {
    const play = stage.play({ continueAfterMessages: 7 });
    const first = await stage.client.workflow.start('service', {
      workflowId: play.id,
      taskQueue: TASK_QUEUE,
      args: [play.input],
    });
    const deliveries = Array.from({ length: 24 }, (_, index) => ({
      id: `d${index % 16}`,
      fingerprint: `f${index % 8}`,
    }));
    await Promise.all(deliveries.map(({ id, fingerprint }) => play.deliver(id, { fingerprint })));
    await Promise.all(deliveries.map(({ id }) => play.outcome(id)));
    const { runId } = await stage.client.workflow.getHandle(play.id).describe();
    expect(runId).not.toBe(first.firstExecutionRunId);
    const state = await play.state();
    expect(state.nextNumber).toBe(2);
    expect(state.alerts).toHaveLength(8);
    expect(state.alerts.map(({ count }) => count)).toEqual(Array.from({ length: 8 }, () => 2));
    const { alerts } = await play.told(1);
    expect(new Set(alerts.map(({ alert }) => alert.fingerprint)).size).toBe(7);
    expect(alerts).toHaveLength(7);
    await play.finish(1, {});
    expect(await play.untilState('freed', ({ live }) => live === undefined)).toMatchObject({ past: [{ number: 1 }] });
  });
});

describe('every history of this suite', () => {
  it('replays to the same commands, those of environments too', async () => {
    const results = await stage.replayAll();
    expect(results.length).toBeGreaterThan(10);
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  });
});
