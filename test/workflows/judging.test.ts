import { Context } from '@temporalio/activity';
import type { Cause } from '../../src/domain/alert/alert';
import type { ServicePolicy } from '../../src/domain/policy/policy';
import { buildReport, renderReportMarkdown, renderStatusBlock } from '../../src/domain/report';
import { loggedGuardrails, replayReport, replaySettings } from '../../src/domain/simulation';
import { FAST_POLICY, Theatre } from './support/play';
import type { Play, PlayOptions } from './support/play';

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

describe('a rollback that is judged by its cause', () => {
  const QUIET = { v42: 0, v41: 0 };
  const caused = (cause: Cause, world: object, metrics: ServicePolicy['metrics'] = []): PlayOptions => ({
    request: { cause },
    policy: { metrics: [...FAST_POLICY.metrics, ...metrics] },
    world: (there) => Object.assign(there, { fails: QUIET, ...world }),
  });
  const measured = (kind: 'latency' | 'saturation', name: string, slow: object): PlayOptions =>
    caused(kind, { slow }, [{ name, kind, provider: { type: 'fake' }, objective: 0.02 }]);
  const CASES = {
    secured: caused('security', {}),
    insecure: caused('security', { fails: { v42: 0, v41: 0.3 } }),
    emptied: measured('saturation', 'full queues', { v42: 0.1, v41: 0 }),
    full: measured('saturation', 'full queues', { v42: 0.1, v41: 0.1 }),
    quick: measured('latency', 'slow requests', { v42: 0.4, v41: 0 }),
    quicker: measured('latency', 'slow requests', { v42: 0.4, v41: 0.08 }),
  };
  let plays: Readonly<Record<keyof typeof CASES, Play>>;
  // Side by side: each waits for its own looks most of the time.
  beforeAll(async () => {
    const begun = Object.entries(CASES).map(async ([name, options]) => [name, await theatre.play(options)] as const);
    plays = Object.fromEntries(await Promise.all(begun)) as typeof plays;
  });

  /** What people are shown of a run, and what its report says, with its verdicts. */
  async function told(play: Play) {
    const state = await play.state();
    const verdicts = state.journal.flatMap((entry) => entry.verdict ?? []);
    const block = renderStatusBlock(await play.view(), { now: Date.now() });
    const report = state.end ? renderReportMarkdown(buildReport(state, state.end, state.now)) : '';
    return { end: state.end, verdicts, block, report, reasons: new Set(verdicts.map(({ reason }) => reason)) };
  }

  async function endOf(play: Play) {
    await play.result();
    return told(play);
  }

  it('security: is asked for harm alone, goes on where none is proven to come, and stops where the old revision fails', async () => {
    const ended = await endOf(plays.secured);
    expect(ended.end).toMatchObject({ kind: 'succeeded' });
    expect(ended.reasons).toEqual(new Set(['NO_HARM']));
    expect(ended.verdicts[0]!.text).toMatch(
      /v41 failed 0 of .*: proven to fail at most 1\.5 times as often and 1\.0 % more; whether it helps was not asked; decided/,
    );
    expect(ended.verdicts.at(-1)!.text).toMatch(
      /no harm: proven to keep the target at most 2\.0 % \(the objective\); whether it helps was not asked/,
    );
    expect(ended.report).toContain('express, for security:');
    const { wait } = await plays.insecure.untilWaiting('HALT');
    expect(wait?.text).toMatch(
      /v41 failed [\d,]+ of [\d,]+ \([23]\d %\), v42 failed 0 of .*: v41 fails more: at least/,
    );
    const halted = await told(plays.insecure);
    expect(halted.verdicts.at(-1)).toMatchObject({ decision: 'halt', reason: 'WORSE' });
    expect(halted.block).toMatch(/failing now +v42 0 % .* v41 [23]\d %/);
  });

  it('saturation: is helped or not by what met something full, in those words, and failures are no more than watched', async () => {
    const ended = await endOf(plays.emptied);
    expect(ended.end).toMatchObject({ kind: 'succeeded' });
    expect(ended.reasons).toEqual(new Set(['HELPING', 'RESTORED']));
    expect(ended.verdicts[0]!.text).toMatch(
      /^v41 was saturated in 0 of .*, v42 was saturated in .*: it helps: at most/,
    );
    expect(ended.verdicts[0]!.evidence['errors.ok']).toBeGreaterThan(Math.log(10) - 0.01);
    expect(ended.block).toMatch(/saturated then +v4/);
    expect(ended.report).toContain('for saturation:');
    const { wait } = await plays.full.untilWaiting('HALT');
    expect(wait?.text).toContain('moving traffic did not halve the saturated requests');
    expect((await told(plays.full)).verdicts.at(-1)).toMatchObject({ decision: 'halt', reason: 'NOT_HELPING' });
  });

  it('latency: is helped by fewer slow requests, and a person is asked where they are fewer but still too many', async () => {
    const ended = await endOf(plays.quick);
    expect(ended.end).toMatchObject({ kind: 'succeeded' });
    expect(ended.verdicts[0]!.text).toMatch(
      /^v41 was slow in 0 of .*, v42 was slow in .* \((?:39|40) %\): it helps: at most/,
    );
    expect(ended.report).toMatch(/the suspect was slow in [\d,]+ of [\d,]+ requests after the first shift/);
    expect(ended.report).toMatch(/The suspect served [\d,]+ of those requests, which were exposed to it/);
    const { wait, evidence } = await plays.quicker.untilWaiting('HOLD');
    expect(wait?.text).toMatch(/v41 was slow in .*: clearly better: .*, but still not good, target at most 2\.0 %/);
    expect(evidence?.verdict).toEqual({ decision: 'hold', reason: 'PARTIAL' });
    const { block } = await told(plays.quicker);
    expect(block).toMatch(/slow now +v42 (?:39|40) % .* v41 [5-8]/);
    expect(block).toMatch(/v41 is slow (?:[\d.]+ to|at most) [\d.]+ times as often as v42/);
    expect(block).toMatch(/about [\d,]+ slow requests a minute/);
    expect(block).not.toMatch(/failing|v4[12] fail/);
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
    expect(first.observedMs).toBeLessThan(2 * longestBakeMs);
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
