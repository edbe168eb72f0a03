import { alertSignal } from '../../src/contracts/definitions';
import { alert } from '../domain/rollback/support/fixtures';
import { holdShift } from './support/hold-shift';
import { FAST_POLICY, past, Theatre } from './support/play';
import type { Play } from './support/play';
import { somebodyElseTakesBack } from './support/somebody-else';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('rollback');
});
afterAll(async () => {
  await theatre.close();
});

/** Brings a rollback to its halt: going back makes it worse. */
async function halted(): Promise<{ play: Play; waitId: string }> {
  const play = await theatre.play({ world: (world) => (world.fails = { v42: 0.05, v41: 0.4 }) });
  return { play, waitId: (await play.untilWaiting('HALT')).wait!.id };
}

describe('a rollback that helps', () => {
  it('makes the old revision ready, moves in phases, soaks, reads back and reports', async () => {
    const play = await theatre.play({ world: (world) => (world.prepareFaults = ['late']) });
    const { end, reportLocation } = await play.result();
    expect(end).toMatchObject({ kind: 'succeeded', reason: 'CENSUS_AS_PLANNED' });
    expect(play.shifts()).toEqual(['eu 10', 'eu 100', 'us 50', 'us 100']);
    expect(play.world.weights).toEqual({ eu: 100, us: 100 });
    const order = play.world.applied.map((effect) => `${effect.operation} ${effect.target}`);
    for (const target of ['eu', 'us']) {
      expect(order.indexOf(`prepare ${target}`)).toBeLessThan(order.indexOf(`shift ${target}`));
    }
    expect(reportLocation).toBe(`memory/${play.handle.workflowId}`);
    expect(Object.keys(play.world.archived[play.handle.workflowId]!)).toEqual(
      expect.arrayContaining(['report.json', 'report.md', 'report.html']),
    );
    expect(theatre.ended.find((ended) => ended.ref.service === play.request.service)?.end.kind).toBe('succeeded');
  });

  it('comes to the same end when it continues as new after every other move, with commands in between', async () => {
    const play = await theatre.play({ continueAfterMoves: 2 });
    await play.until('watching', (view) => view.doing === 'WATCHING');
    expect(await play.say('pause')).toMatchObject({ result: 'applied' });
    expect(await play.say('resume')).toMatchObject({ result: 'applied' });
    expect((await play.result()).end?.kind).toBe('succeeded');
    const numbers = play.world.applied.map((effect) => `${effect.target}/${effect.number}`);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('moves what has no traffic without judging it, and does nothing twice that comes true late', async () => {
    const play = await theatre.play({
      request: { releases: past(Date.now(), { min: 7, max: 8 }) },
      world: (world) => {
        world.requestsPerSecond = 0;
        Object.assign(world.capacity, { eu: 100, us: 100 });
        world.shiftFaults = ['late'];
      },
    });
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect(play.shifts()).toEqual(['eu 25', 'eu 100', 'us 50', 'us 100']);
    const reasons = (await play.state()).journal.flatMap((entry) => (entry.verdict ? [entry.verdict.reason] : []));
    expect(new Set(reasons)).toEqual(new Set(['NOTHING_TO_JUDGE']));
  });
});

describe('a rollback that must ask', () => {
  it('moves nothing before the first approval in mode ask, and takes an approval of that wait only', async () => {
    const play = await theatre.play({
      request: { mode: 'ask' },
      policy: { checks: [{ type: 'drill' }] },
      world: (world) => (world.checks = ['broken', 'block']),
    });
    await play.answer('NOT_READY', 'retry');
    await play.answer('NOT_READY', 'approve', { reason: 'the drill is known to be wrong' });
    const { wait } = await play.untilWaiting('GATE');
    expect(await play.say('approve', { waitId: 'gate-9-9' })).toMatchObject({
      result: 'refused',
      code: 'WAIT_IS_OVER',
    });
    expect(await play.say('approve')).toMatchObject({ result: 'refused', code: 'WAIT_ID_MISSING' });
    expect(play.world.applied).toEqual([]);
    expect(await play.say('approve', { waitId: wait!.id })).toMatchObject({ result: 'applied' });
    expect((await play.result()).end?.kind).toBe('succeeded');
  });

  it('drops an unapproved plan some time after the alert has resolved, also when nobody can be paged', async () => {
    const play = await theatre.play({ request: { mode: 'ask' }, world: (world) => (world.notifierBroken = true) });
    await play.untilWaiting('GATE');
    const [first] = (await play.state()).alerts;
    await play.handle.signal(alertSignal, { deliveryId: 'd2', alert: { ...first!, status: 'resolved' } });
    await play.until('told when it is dropped', (view) => view.wait?.byItself.includes('dropped') === true);
    expect(await play.say('abort')).toMatchObject({ result: 'applied' });
    expect((await play.result()).end).toMatchObject({ kind: 'aborted' });
    expect(play.world.applied).toEqual([]);
  });

  it('pages again when nobody approves in time, and moves nothing by itself', async () => {
    const play = await theatre.play({
      request: { mode: 'ask' },
      policy: { timing: { ...FAST_POLICY.timing, approvalMs: 300 } },
    });
    await play.untilWaiting('GATE');
    await play.until('told twice', () => play.world.notifications.length >= 2);
    expect(play.world.notifications.map((notification) => notification.level)).toEqual(['page', 'page']);
    expect(play.world.applied).toEqual([]);
    await play.say('abort');
    await play.result();
  });

  it('asks when a critical alert has no release to blame, and dismisses one that is not critical', async () => {
    const critical = await theatre.play({
      request: { releases: [] },
      world: (world) => (world.policyError = 'its stanza is invalid'),
    });
    const { wait } = await critical.untilWaiting('FAULT');
    expect(wait!.text).toContain('its stanza is invalid');
    critical.world.policyError = undefined;
    await critical.say('retry', { waitId: wait!.id });
    await critical.untilWaiting('NO_RELEASE_TO_BLAME');
    await critical.say('abort');
    expect((await critical.result()).end).toMatchObject({ kind: 'aborted' });
    const trigger = { kind: 'alert' as const, alerts: [alert({ severity: 'warning' })] };
    const play = await theatre.play({ request: { releases: [], trigger } });
    expect((await play.result()).end).toMatchObject({ kind: 'dismissed', reason: 'NO_RELEASE_KNOWN' });
  });
});

describe('a halt', () => {
  it('stays where it is and unwinds exactly when told to', async () => {
    const { play } = await halted();
    expect(play.shifts()).toEqual(['eu 10']);
    play.world.shiftFaults = ['refused', 'broken'];
    expect(await play.say('unwind')).toMatchObject({ result: 'applied' });
    await play.answer('UNWIND_INCOMPLETE', 'retry');
    await play.until('asking once more', (view) => view.wait?.id === 'w3');
    await play.answer('UNWIND_INCOMPLETE', 'retry');
    expect((await play.result()).end).toMatchObject({ kind: 'aborted', reason: 'UNWOUND' });
    expect(play.world.weights).toEqual({ eu: 0, us: 0 });
  });

  it('goes on only with a reason, and remembers who said so', async () => {
    const { play, waitId } = await halted();
    expect(await play.say('approve', { waitId })).toMatchObject({ result: 'refused', code: 'REASON_MISSING' });
    play.world.fails = { v42: 0.1, v41: 0 };
    expect(await play.say('approve', { waitId, reason: 'v41 was warming up' })).toMatchObject({ result: 'applied' });
    // That it went on unproven is no proof that going back helps, so all of eu is another question.
    await play.answer('GATE', 'approve');
    expect((await play.result()).end?.kind).toBe('succeeded');
    expect((await play.state()).phases[0]).toMatchObject({
      passedBy: 'approval',
      approvedBy: { by: 'ada', reason: 'v41 was warming up' },
    });
  });

  it('asks the question afresh on retry', async () => {
    const { play, waitId } = await halted();
    play.world.fails = { v42: 0.1, v41: 0 };
    expect(await play.say('retry', { waitId })).toMatchObject({ result: 'applied' });
    expect((await play.result()).end?.kind).toBe('succeeded');
  });

  it('unwinds by itself after the deadline where the policy says so', async () => {
    const timing = { ...FAST_POLICY.timing, approvalMs: 500 };
    const play = await theatre.play({
      policy: { onHalt: 'unwind', timing },
      world: (world) => {
        world.fails = { v42: 0.05, v41: 0.4 };
        somebodyElseTakesBack(world, 'watch');
      },
    });
    expect((await play.result()).end).toMatchObject({ reason: 'UNWOUND' });
    expect((await play.state()).journal.flatMap(({ wait, reason }) => (wait ? reason : []))).toEqual(['HALT']);
    expect(play.shifts()).toEqual(['eu 10']);
  });
});

describe('commands at any time', () => {
  it('pauses without a side effect from then on, and resumes', async () => {
    const play = await theatre.play();
    await play.until('watching the first phase', (view) => view.doing === 'WATCHING');
    await play.say('pause', { reason: 'let me look' });
    await play.untilWaiting('PAUSED');
    const before = play.world.applied.length;
    await play.handle.signal(alertSignal, { deliveryId: 'd3', alert: alert({ title: 'a second one' }) });
    await play.until('told of the alert meanwhile', (view) => view.wait?.reason === 'PAUSED');
    expect(play.world.applied.length).toBe(before);
    play.world.fails = { v42: 0.05, v41: 0.4 };
    await play.untilState('seeing harm meanwhile', (state) => state.open?.reason === 'HARM_WHILE_WAITING');
    play.world.fails = { v42: 0.1, v41: 0 };
    await play.say('resume');
    await play.answer('HARM_WHILE_WAITING', 'retry');
    expect((await play.result()).end?.kind).toBe('succeeded');
  });

  it('ends where it stands on abort during a shift, after reading back what the shift did', async () => {
    const play = await theatre.play();
    const { begun, letGo } = holdShift(play.world);
    await begun;
    expect(await play.say('abort')).toMatchObject({ result: 'applied' });
    letGo();
    const { end } = await play.result();
    expect(end).toMatchObject({ kind: 'aborted', reason: 'ABORTED' });
    expect(end?.text).toContain(`eu ${play.world.weights.eu} %`);
  });

  it('takes a cancel of the workflow as an abort, and completes', async () => {
    const play = await theatre.play();
    await play.until('watching', (view) => view.doing === 'WATCHING');
    play.world.archiveBroken = true;
    await play.handle.cancel();
    expect(await play.result()).toMatchObject({ end: { kind: 'aborted' }, reportLocation: '' });
    expect((await play.handle.describe()).status.name).toBe('COMPLETED');
  });

  it('answers a repeated command once, also where nothing can be planned', async () => {
    const play = await theatre.play({ request: { fromRevision: 'v42', toRevision: 'v42' } });
    await play.untilWaiting('UNPLANNABLE');
    const first = await play.say('pause', { id: 'same' });
    const again = await play.say('pause', { id: 'same' });
    expect(again).toEqual(first);
    await play.say('abort');
    await play.result();
    const { outcomes } = await play.state();
    expect(outcomes.filter((outcome) => outcome.id === 'same')).toHaveLength(1);
  });
});

describe('targets and metrics that fail', () => {
  it.each([
    ['refuses', ['refused'], 'REFUSED', ['refused'], 'REFUSED'],
    ['conflicts', ['conflict'], 'CAPACITY', ['conflict'], 'CONFLICT'],
    ['says done and lies', ['lie'], 'CAPACITY', ['lie'], 'CONFLICT'],
    ['fails for good', ['broken'], 'REFUSED', ['broken'], 'FAULT'],
    ['fails and cannot be read', [], undefined, ['dark'], 'UNREADABLE'],
  ] as const)(
    'stops with a fault when a target %s, and goes on after a retry',
    async (_name, prepareFaults, toPrepare, shiftFaults, toShift) => {
      const play = await theatre.play({
        world: (world) => {
          world.prepareFaults = [...prepareFaults];
          world.shiftFaults = [...shiftFaults];
        },
      });
      if (toPrepare) await play.answer(toPrepare, 'retry');
      await play.answer(toShift, 'retry');
      expect((await play.result()).end?.kind).toBe('succeeded');
    },
  );

  it('stops for want of capacity, and ends partial when the target is left out', async () => {
    const play = await theatre.play();
    play.world.prepareWorks = false;
    play.world.capacity.eu = 100;
    const { wait } = await play.untilWaiting('CAPACITY');
    expect(wait!.text).toContain('us');
    expect(await play.say('skip', { waitId: wait!.id, target: 'us' })).toMatchObject({ result: 'applied' });
    expect((await play.result()).end).toMatchObject({ kind: 'partial', reason: 'TARGETS_LEFT_OUT' });
  });

  it('asks when metrics are missing, and never widens on silence', async () => {
    // More than one segment of sixty samples.
    const timing = { ...FAST_POLICY.timing, noDataMs: 6_500 };
    const play = await theatre.play({ policy: { timing }, world: (world) => (world.metricsMissing = true) });
    const { wait } = await play.untilWaiting('HOLD');
    expect(wait!.text).toContain('missing data never counts as good');
    expect(play.shifts()).toEqual(['eu 25']);
    await play.say('retry', { waitId: wait!.id });
    play.world.metricsMissing = false;
    expect((await play.result()).end?.kind).toBe('succeeded');
  });

  it('goes on by itself when the data come back', async () => {
    const play = await theatre.play({ world: (world) => (world.metricsMissing = true) });
    await play.untilWaiting('HOLD');
    play.world.metricsMissing = false;
    expect((await play.result()).end?.kind).toBe('succeeded');
  });

  it('notices when somebody else takes traffic away meanwhile', async () => {
    const play = await theatre.play({
      world: (world) => {
        world.fails = { v42: 0.05, v41: 0.03 };
        somebodyElseTakesBack(world, 'bake');
      },
    });
    const { wait } = await play.untilWaiting('HOLD');
    expect(wait!.text).toContain('someone else changed it');
    play.world.weights.eu = 7;
    await play.say('unwind');
    expect((await play.result()).end).toMatchObject({ reason: 'UNWOUND' });
    expect((await play.state()).journal.map((entry) => entry.text)).toContainEqual(
      expect.stringContaining('changed by someone else and is left alone'),
    );
    expect(play.world.weights.eu).toBe(7);
  });
});
