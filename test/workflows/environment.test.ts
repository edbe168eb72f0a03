import { RollbackClient } from '../../src/client';
import { environmentOutcomeQuery } from '../../src/contracts/definitions';
import { TASK_QUEUE } from '../../src/contracts/task-queues';
import type { EnvironmentQuestion } from '../../src/domain/environment/consult';
import { environmentId } from '../../src/domain/environment/state';
import type { EnvironmentView } from '../../src/domain/environment/view';
import { EnvironmentDesk } from '../../src/worker/environment-desk';
import { FAST_POLICY, Theatre } from './support/play';
import type { PlayOptions } from './support/play';
import { until } from './support/until';

let theatre: Theatre;
let client: RollbackClient;
beforeAll(async () => {
  theatre = await Theatre.open('environment');
  client = new RollbackClient({ client: theatre.client, signalMs: 60_000, readBackMs: 60_000 });
});
afterAll(async () => {
  await theatre.close();
});

let words = 0;
const word = (to: 'off' | 'ask' | 'on') => ({
  kind: 'automation' as const,
  id: `word-${(words += 1)}`,
  to,
  by: 'ada',
  at: Date.now(),
  reason: 'a load test',
  ...(to === 'on' ? {} : { until: Date.now() + 600_000 }),
});

/** Moves, and is watched from then on until somebody says a word: there are no data, and patience for ten minutes. */
const watched = (environment: string): PlayOptions => ({
  request: { environment },
  policy: { timing: { ...FAST_POLICY.timing, noDataMs: 600_000 } },
  world: (world) => (world.metricsMissing = true),
});

/** What the environment says of itself, which it may not in the first moment. */
const viewOf = (environment: string): Promise<EnvironmentView> =>
  until(`an answer of ${environment}`, () => client.environment(environment));

describe('what begins by itself', () => {
  it('is nothing in mode observe, which still reports', async () => {
    const play = await theatre.play({ request: { mode: 'observe' } });
    expect((await play.result()).end).toMatchObject({ kind: 'dismissed', reason: 'OBSERVE_ONLY' });
    expect(play.world.applied).toEqual([]);
    expect(play.world.archived[play.handle.workflowId]).toBeDefined();
  });

  it('is nothing once the switch is thrown, also where capacity was being made ready when it was', async () => {
    const environment = theatre.environments.limit('thrown', {});
    const play = await theatre.play({
      request: { environment },
      policy: { timing: { ...FAST_POLICY.timing, capacityMs: 60_000 } },
      world: (world) => (world.prepareWorks = false),
    });
    await play.until('preparing', () => play.world.applied.length > 0);
    expect(await client.tellEnvironment(environment, word('off'))).toMatchObject({ kind: 'applied' });
    play.world.capacity.eu = 100;
    const { wait } = await play.untilWaiting('AUTOMATION_OFF');
    expect(wait!.text).toContain('ada has set automation in thrown to off until');
    expect(play.shifts()).toEqual([]);
    const { journal } = await play.state();
    expect(journal.filter(({ kind }) => kind === 'leave').map(({ reason }) => reason)).toEqual([
      undefined,
      'AUTOMATION_OFF',
    ]);
    play.world.capacity.us = 100;
    expect(await client.tellEnvironment(environment, word('on'))).toMatchObject({ kind: 'applied' });
    // Asked once it stays asked: the answer does not change under the hands of whoever reads the question.
    expect((await play.view()).wait?.reason).toBe('AUTOMATION_OFF');
    await play.answer('AUTOMATION_OFF', 'approve');
    expect((await play.result()).end?.kind).toBe('succeeded');
  });

  it('is no word of a person: now takes everything back under any switch, also in the middle of a bake', async () => {
    const environment = theatre.environments.limit('hurried', {});
    // So seldom a look that the first phase is still being watched when the word comes, however busy the machine is.
    const seldom = {
      ...FAST_POLICY.timing,
      intervalMs: 5_000,
      longestBakeMs: 600_000,
      noDataMs: 60_000,
      quietMs: 60_000,
    };
    const moving = await theatre.play({ request: { environment }, policy: { timing: seldom } });
    await moving.until('watching the first phase', (view) => view.doing === 'WATCHING');
    await client.tellEnvironment(environment, word('off'));
    const held = await theatre.play({ request: { environment } });
    await held.untilWaiting('AUTOMATION_OFF');
    for (const play of [moving, held]) {
      expect(await play.say('now', { reason: 'enough seen' })).toMatchObject({ result: 'applied' });
      expect((await play.result()).end?.kind).toBe('succeeded');
      expect(play.world.weights).toEqual({ eu: 100, us: 100 });
    }
  });

  it('is two rollbacks at once; a third asks and names them, and a place that was lost is found again', async () => {
    const environment = theatre.environments.limit('two', { automaticAtOnce: 2 });
    const two = [await theatre.play(watched(environment)), await theatre.play(watched(environment))];
    for (const play of two) await play.until('watching', (view) => view.doing === 'WATCHING');
    const third = await theatre.play({ request: { environment } });
    const { wait } = await third.untilWaiting('AUTOMATIC_LIMIT');
    for (const play of two) expect(wait!.text).toContain(play.handle.workflowId);
    expect(third.world.applied).toEqual([]);
    expect((await viewOf(environment)).automatic).toHaveLength(2);
    // Nobody tells the environment of this end: the stage has no service workflow.
    await two[0]!.say('abort');
    await two[0]!.result();
    const fourth = await theatre.play(watched(environment));
    await fourth.until('watching', (view) => view.doing === 'WATCHING');
    for (const play of [two[1]!, third, fourth]) {
      await play.say('abort');
      await play.result();
    }
  });
});

describe('a pause of everything', () => {
  it('pauses what moves and what waits, says so of each, and leaves other environments alone', async () => {
    const environment = theatre.environments.limit('all', {});
    const moving = await theatre.play(watched(environment));
    const waiting = await theatre.play({ request: { environment, mode: 'ask' } });
    const elsewhere = await theatre.play({ request: { mode: 'ask' } });
    await moving.until('watching', (view) => view.doing === 'WATCHING');
    await waiting.untilWaiting('GATE');
    const listed = async () => (await client.list({ environment, live: true, limit: 10 })).length === 2 || undefined;
    await until('both are listed', listed);
    const pause = { kind: 'pause' as const, id: 'all-1', by: 'ada', at: Date.now(), reason: 'the database is down' };
    const { rollbacks } = await client.pauseAll(environment, pause);
    const services = [moving, waiting].map((play) => play.request.service);
    expect(rollbacks.map(({ service }) => service).sort()).toEqual(services.sort());
    expect(rollbacks.map(({ answer }) => answer.kind)).toEqual(['applied', 'applied']);
    for (const play of [moving, waiting]) expect((await play.untilWaiting('PAUSED')).wait?.text).toContain('database');
    expect((await elsewhere.view()).paused).toBe(false);
    const again = await client.pauseAll(environment, { ...pause, id: 'all-2' });
    expect(again.rollbacks.map(({ answer }) => answer)).toMatchObject(Array(2).fill({ code: 'ALREADY_PAUSED' }));
    for (const play of [moving, waiting, elsewhere]) {
      await play.say('abort');
      await play.result();
    }
    const last = await until('the environment answers as well', async () => {
      const all = await client.pauseAll(environment, { ...pause, id: 'all-3' });
      return all.listedOnly ? undefined : all;
    });
    expect(last).toEqual({ rollbacks: [] });
  });
});

describe('the memory of an environment', () => {
  it('answers every question and word while it continues as new, forgets no place, and pages once', async () => {
    const environment = 'renewed';
    const pager = theatre.furnish();
    const notify = [{ type: 'fake', service: pager.service }];
    theatre.environments.limit(environment, { notify });
    const policy = { environment, automaticAtOnce: 30, commonCause: { services: 5, withinMs: 300_000 }, notify };
    const workflowId = environmentId(environment);
    const args = [{ environment, continueAfterMessages: 3, gatherMs: 300 }];
    const first = await theatre.client.workflow.start('environment', { workflowId, taskQueue: TASK_QUEUE, args });
    const desks = Array.from({ length: 4 }, () => new EnvironmentDesk(theatre.client));
    const ask = (n: number, question: EnvironmentQuestion) =>
      until(`an answer to ${n}`, () => desks[n % 4]!.consult(policy, question).catch(() => undefined));
    const begun = Array.from({ length: 20 }, (_, n) => ask(n, { kind: 'begin', service: `s${n}`, number: 1 }));
    const said = Array.from({ length: 6 }, () => word('on'));
    await Promise.all(said.map((one) => client.tellEnvironment(environment, one)));
    expect((await Promise.all(begun)).map(({ kind }) => kind)).toEqual(Array(20).fill('free'));
    for (let n = 0; n < 12; n += 1) await ask(n, { kind: 'alerting', service: `s${n}`, title: 'it fails' });
    const handle = theatre.client.workflow.getHandle(workflowId);
    for (const { id } of said) {
      const outcome = await until(`an answer to ${id}`, () => handle.query(environmentOutcomeQuery, id));
      expect(outcome).toMatchObject({ code: 'ALREADY_ON' });
    }
    expect((await handle.describe()).runId).not.toBe(first.firstExecutionRunId);
    const view = await viewOf(environment);
    expect(view.automatic).toHaveLength(20);
    expect(view.commonCause?.services).toHaveLength(12);
    const pages = () => pager.world.notifications;
    await until('a page', async () => pages()[0]);
    for (let n = 0; n < 6; n += 1) await ask(n, { kind: 'alerting', service: `t${n}`, title: 'it fails' });
    // A page that a renewal cut off comes again under its own id, by which whoever gets it knows it.
    expect(new Set(pages().map(({ id }) => id)).size).toBe(1);
  });
});
