import { Context } from '@temporalio/activity';
import type { ServicePolicy } from '../../src/domain/policy/policy';
import { buildReport } from '../../src/domain/report';
import { loggedGuardrails, replayReport, replaySettings } from '../../src/domain/simulation';
import { FAST_POLICY, Theatre } from './support/play';

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('judging');
});
afterAll(async () => {
  await theatre.close();
});

const slowness = { name: 'slow requests', kind: 'latency' as const, provider: { type: 'fake' } };
const BOTH: Partial<ServicePolicy> = { metrics: [...FAST_POLICY.metrics, slowness] };

describe('a rollback that is judged by more than its symptom', () => {
  it('comes to its end where the other metrics are proven unharmed', async () => {
    const play = await theatre.play({ policy: BOTH });
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
    const [verdict] = (await play.state()).journal.flatMap((entry) => entry.verdict ?? []);
    expect(verdict?.evidence['slow requests.ok']).toBeGreaterThan(Math.log(10) - 0.01);
  });

  it('keeps what was seen of each metric on each target, so that its report can be judged again', async () => {
    const play = await theatre.play({ policy: BOTH });
    await play.result();
    const state = await play.state();
    const report = buildReport(state, state.end!, state.now);
    expect(loggedGuardrails(report)).toEqual(['slow requests']);
    const policy = { ...FAST_POLICY, ...BOTH };
    const phases = replayReport(report, replaySettings(policy, 'errors', loggedGuardrails(report)));
    expect(phases.map(({ phase, samples }) => [phase, samples > 0])).toEqual(
      [1, 2, 3, 4].map((phase) => [phase, true]),
    );
    const [first] = phases;
    expect(first?.now).toMatchObject({ reason: first?.earlier?.reason, decided: true });
    expect(first?.now?.text).toBe(
      report.verdicts[0]?.text.replaceAll('v41', 'the old revision').replaceAll('v42', 'the suspect'),
    );
  });

  it('halts when the failures are cured and requests become slow, and says which metric got worse', async () => {
    const slow = { v42: 0.02, v41: 0.4 };
    const play = await theatre.play({ policy: BOTH, world: (world) => Object.assign(world, { slow }) });
    const { wait } = await play.untilWaiting('HALT');
    expect(wait?.text).toMatch(/slow requests got worse: bad in \d\d % .* on v41 against .* on v42 \(allowed/);
  });

  it('says at a halt which failures are new on the old revision, by the labels that the policy names', async () => {
    const intervals = (requests: number, bad: number) => Array.from({ length: 5 }, () => ({ requests, bad }));
    const values = {
      code: [
        { value: '200', current: intervals(900, 0), stable: intervals(100, 0) },
        { value: '503', current: intervals(0, 0), stable: intervals(60, 60) },
      ],
      exception: 'broken' as const,
    };
    const play = await theatre.play({
      policy: { assess: { classes: ['code', 'exception'] } },
      world: (world) => Object.assign(world, { values, fails: { v42: 0.05, v41: 0.4 } }),
    });
    const { wait } = await play.untilWaiting('HALT');
    expect(wait?.text).toContain('by code, what is new or grew on v41: 503 (300 of 800, 38 % against never before)');
    expect(wait?.text).toContain('what is new on it by exception cannot be told: the store gave no answer in time');
    const said = (await play.state()).journal.flatMap(({ verdict }) => verdict ?? []).at(-1);
    expect(said?.classes).toMatchObject([
      { kind: 'told', label: 'code', grown: [{ value: '503', isNew: true }] },
      { kind: 'untold', label: 'exception' },
    ]);
    await play.say('abort');
    await play.result();
    const archived = play.world.archived[play.handle.workflowId];
    expect(JSON.stringify(archived)).toContain('what is new or grew on v41: 503');
  });

  it('lets pass what the policy calls no harm', async () => {
    const slow = { v42: 0.02, v41: 0.4 };
    const margins = { harm: { factor: 20, delta: 0.4 } };
    const play = await theatre.play({
      policy: { ...BOTH, margins },
      world: (world) => Object.assign(world, { slow }),
    });
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
  });

  it('asks when one of the other metrics cannot be read, and never takes that for unharmed', async () => {
    // The symptom is watched meanwhile, and the longest bake must not be over before the other metric is proven.
    const timing = { ...FAST_POLICY.timing, noDataMs: 1_500, longestBakeMs: 60_000 };
    const policy = { ...BOTH, timing };
    const play = await theatre.play({ policy, world: (world) => Object.assign(world, { slownessUnreadable: true }) });
    const { wait } = await play.untilWaiting('HOLD');
    expect(wait?.text).toContain('no usable metrics of slow requests');
    expect(wait?.text).toContain(
      'slow requests could not be read: the store of slow requests gave no answer in time (METRICS_UNREACHABLE)',
    );
    expect(wait?.options.find(({ recommended }) => recommended)?.command).toBe('retry');
    play.world.slownessUnreadable = false;
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
    expect((await play.state()).outcomes).toEqual([]);
  });
});

describe('a rollback of which neither an objective nor a past says what is normal', () => {
  it('holds the old revision against the suspect as long as that serves, then against 0.7 times what it failed', async () => {
    const [errors] = FAST_POLICY.metrics;
    const { objective: _, ...metric } = errors!;
    const play = await theatre.play({ policy: { metrics: [metric] } });
    expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
    const verdicts = (await play.state()).journal.flatMap((entry) => entry.verdict ?? []);
    const of = (reason: string) => verdicts.filter((verdict) => verdict.reason === reason);
    expect(of('HELPING').length).toBeGreaterThan(0);
    for (const { text } of of('HELPING')) expect(text).toContain('target unknown');
    expect(of('RESTORED').length).toBeGreaterThan(0);
    const { requests, bad } = of('HELPING')[0]!.current;
    const tau = ((70 * bad) / requests).toFixed(1);
    expect(of('RESTORED')[0]!.text).toContain(
      `target at most ${tau} % (0.7 times what v42 failed in the last phase that had it for a control`,
    );
  });
});

describe('a bake that lacks data', () => {
  it('says so once when the data come back by themselves, and widens nothing before a fresh proceed', async () => {
    const play = await theatre.play({ world: (world) => (world.metricsMissing = true) });
    const { wait } = await play.untilWaiting('HOLD');
    expect(wait!.byItself).toBe('goes on watching once data are back; until then people are reminded');
    play.world.metricsMissing = false;
    expect((await play.result()).end?.kind).toBe('succeeded');
    const { journal, outcomes } = await play.state();
    expect(outcomes).toEqual([]);
    const back = journal.findIndex(({ text }) => text === 'data are back, watching on with the same evidence');
    const [next] = journal.slice(back + 1).filter(({ kind }) => kind === 'verdict' || kind === 'shifted');
    expect(next).toMatchObject({ kind: 'verdict', reason: 'HELPING', phase: 0 });
    expect(journal.find((entry) => entry.wait?.id === wait!.id)?.wait).not.toHaveProperty('endedBy');
    const told = play.world.notifications.filter(({ title }) => title.endsWith(': DATA'));
    expect(told.map(({ level, text }) => [level, text])).toEqual([
      ['info', 'data are back, watching on with the same evidence'],
    ]);
  });

  it('leaves the wait to people while the data stay away: abort ends it where it stands', async () => {
    const play = await theatre.play({ world: (world) => (world.metricsMissing = true) });
    await play.untilWaiting('HOLD');
    await play.say('abort');
    expect((await play.result()).end).toMatchObject({ kind: 'aborted', reason: 'ABORTED' });
    expect(play.shifts()).toEqual(['eu 25']);
  });
});

describe('a soak that is shown nothing', () => {
  it('goes on by itself once something is shown again, and says so once', async () => {
    let hasFallenSilent = false;
    const play = await theatre.play({
      world: (world) => {
        world.beforeTelling = async () => {
          const isBack = Object.values(world.weights).every((weight) => weight === 100);
          if (hasFallenSilent || !isBack || Context.current().info.activityType !== 'watch') return;
          hasFallenSilent = true;
          world.metricsMissing = true;
        };
      },
    });
    const { wait } = await play.untilWaiting('HOLD');
    expect(wait).toMatchObject({ byItself: 'goes on watching once data are back; until then people are reminded' });
    play.world.metricsMissing = false;
    expect((await play.result()).end?.kind).toBe('succeeded');
    const { journal, outcomes } = await play.state();
    expect(outcomes).toEqual([]);
    const texts = journal.map(({ text }) => text);
    expect(texts.filter((text) => text === 'data are back, watching on with the same evidence')).toHaveLength(1);
    expect(texts).toContainEqual(expect.stringMatching(/^soaked .* without new harm$/));
  });
});

describe('a bake that comes to nothing in time', () => {
  it('is watched on for as long again where a person says so, with what it has seen, and asked about after that', async () => {
    const longestBakeMs = 2_000;
    const play = await theatre.play({
      policy: { timing: { ...FAST_POLICY.timing, longestBakeMs } },
      // So alike that no number of requests proves anything: where looks are late, each brings more of them. And fewer
      // than a hundred a second by any count, at which the first share would be too small for this bake.
      world: (world) => Object.assign(world, { requestsPerSecond: 90, fails: { v42: 0.03, v41: 0.025 } }),
    });
    const asked = async () => {
      const { wait } = await play.untilWaiting('HOLD');
      const verdict = (await play.state()).journal.flatMap((entry) => entry.verdict ?? []).at(-1)!;
      return { id: wait!.id, reason: verdict.reason, observedMs: verdict.observedMs };
    };
    const first = await asked();
    await play.say('retry', { waitId: first.id });
    const second = await asked();
    expect([first.reason, second.reason]).toEqual(['LONGEST_BAKE', 'LONGEST_BAKE']);
    expect(second.id).not.toBe(first.id);
    expect(first.observedMs).toBeGreaterThanOrEqual(longestBakeMs);
    expect(second.observedMs).toBeGreaterThanOrEqual(2 * longestBakeMs);
    await play.say('abort');
    await play.result();
  });
});

describe('a phase whose source of metrics remembers', () => {
  it('is calibrated by how the suspect failed before it', async () => {
    const past = Array.from({ length: 30 }, () => ({ requests: 1_000, bad: 100 }));
    const remembering = await theatre.play({ world: (world) => Object.assign(world, { past }) });
    const forgetful = await theatre.play();
    const notes = await Promise.all(
      [remembering, forgetful].map(async (play) => {
        await play.result();
        const verdicts = (await play.state()).journal.flatMap((entry) => entry.verdict ?? []);
        return verdicts.some(({ text }) => text.includes('no history of bursts was known'));
      }),
    );
    expect(notes).toEqual([false, true]);
  });
});
