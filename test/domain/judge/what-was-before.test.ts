import {
  guardrailOf,
  higher,
  judge,
  keep,
  needsItsPast,
  observe,
  openJudge,
  pastOf,
  recall,
  watchHarm,
} from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState, KeptJudge, Verdict } from '../../../src/domain/judge';
import type { SeriesReading } from '../../../src/domain/judge/sample';
import type { GuardrailSetting } from '../../../src/domain/judge/settings';
import { generator, NORMAL, openPhase, simulatePhase, slowPhase } from '../../../src/domain/simulation';
import type { Slowness, World } from '../../../src/domain/simulation';
import { settings, START } from './support';

const ALONE = { mode: 'absolute', weights: { eu: 100 }, minIntervals: 2 } as const;
const SOAK = { mode: 'no-harm', weights: { eu: 100 }, minIntervals: 2 } as const;
const GAUGE = { kind: 'gauge', independentMs: 10_000 } as const;

/** Errors are cured, and nobody is served by the suspect; `load` is what its idle processes and those of stable show. */
function looks(load: { readonly stable: number; readonly idle: number }, change: Partial<JudgeSettings>): JudgeState {
  let state = openJudge(settings(change));
  for (let tick = 0; tick <= 30; tick += 1) {
    const at = START + tick * 10_000 + 1;
    const value = (level: number): SeriesReading[] => [{ series: 'a', requests: 0, bad: 0, at, value: level }];
    const served: SeriesReading[] = [{ series: 'a', requests: 400 * tick, bad: Math.round(0.4 * tick), at }];
    state = observe(state, {
      at,
      strata: [{ target: 'eu', stable: served, current: [] }],
      guardrails: { load: [{ target: 'eu', stable: value(load.stable), current: value(load.idle) }] },
    });
    const { decision } = judge(state);
    if (decision !== 'hold') return state;
  }
  return state;
}

describe('a gauge where there is no control cohort', () => {
  const before = { of: 'current', level: 40 } as const;
  const alone = (stable: number, rest: Omit<GuardrailSetting, 'name'> = { before }): Verdict =>
    judge(looks({ stable, idle: 1 }, { ...ALONE, guardrails: [{ name: 'load', measure: GAUGE, ...rest }] }));

  it('is held against what it stayed below before, and the verdict says so', () => {
    const harmed = alone(90);
    expect(harmed).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'load' });
    expect(harmed.text).toContain(
      'load got worse: now 90 on v41 against up to 40 on v42 in the minutes before (allowed 60), most of the time',
    );
    const fine = alone(50);
    expect(fine).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
    expect(fine.text).toContain('; held against what was seen on v42 in the minutes before: load');
  });

  it('takes its own margin for that', () => {
    expect(alone(90, { before, margin: { factor: 2.5 } }).decision).toBe('proceed');
    expect(alone(90, { before, margin: { factor: 1, delta: 60 } }).decision).toBe('proceed');
  });

  it('is not judged where no past tells anything, and the verdict says so', () => {
    const verdict = alone(90, {});
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
    expect(verdict.text).toContain('; not judged, for neither the policy nor a past says what is normal: load');
  });

  it('is held against its threshold alone where the policy has one', () => {
    const verdict = alone(70, { measure: { ...GAUGE, threshold: 80 }, before });
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
    expect(verdict.text).toContain('; held against what the policy allows: load');
  });

  it('is never held against an idle suspect in a soak, but against what was before', () => {
    const soaked = (rest: Omit<GuardrailSetting, 'name'>) =>
      watchHarm(looks({ stable: 90, idle: 1 }, { ...SOAK, guardrails: [{ name: 'load', measure: GAUGE, ...rest }] }));
    expect(soaked({})).toBeUndefined();
    expect(soaked({ before })).toMatchObject({ reason: 'NEW_PROBLEM', guardrail: 'load' });
  });

  it('goes on the same when it is handed on', () => {
    const guardrails = [{ name: 'load', measure: GAUGE, before }];
    const state = looks({ stable: 50, idle: 1 }, { ...ALONE, guardrails, minIntervals: 9 });
    const again = recall(JSON.parse(JSON.stringify(keep(state))) as KeptJudge, state.settings.names);
    expect(judge(again)).toEqual(judge(state));
    expect(again.guardrails['load']).toHaveProperty('reference', 40);
  });
});

describe('latency at bounds that the judge has chosen, where there is no control cohort', () => {
  const measure = (bounds: readonly number[]) => ({ kind: 'buckets', bounds }) as const;

  /** The suspect's past says bounds and shares; then stable serves alone. */
  function alone(stable: Slowness): Verdict {
    const { history, samples } = slowPhase({
      seed: 4,
      startedAt: START,
      requestsPerSecond: 100,
      share: 1,
      stable,
      current: NORMAL,
      errors: { stable: 0.001, current: 0 },
    });
    const setting = { name: 'latency', measure: measure([0.25, 0.5, 1]) };
    const before = pastOf(setting, { intervals: [history], intervalMs: 10_000 }, 'current');
    let state = openJudge(settings({ ...ALONE, guardrails: [{ ...setting, ...(before ? { before } : {}) }] }));
    for (const sample of samples) {
      state = observe(state, sample);
      expect(JSON.stringify(keep(state)).length).toBeLessThan(2 * 1_024);
      if (judge(state).decision !== 'hold') break;
    }
    return judge(state);
  }

  it('is held at each bound against the share that was slower before', () => {
    const fine = alone(NORMAL);
    expect(fine).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
    expect(fine.text).toContain('; held against what was seen on v42 in the minutes before: latency');
    const harmed = alone({ factor: 1, tail: 0.1 });
    expect(harmed).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'latency' });
    expect(harmed.text).toMatch(
      /latency got worse: slower than 0\.5 s in \d\d % \([\d,]+ of [\d,]+\) on v41 against 3\.7 % \([\d,]+ of [\d,]+\) on v42 in the minutes before \(allowed 6\.8 %\)/,
    );
  });

  it('is not harmed where each share stays within the margin of its own bound', () => {
    expect(alone({ factor: 1.1, tail: 0 }).decision).not.toBe('halt');
  });
});

describe('counts where there is no control cohort', () => {
  const RUNS = 60;
  const TIMING = { intervalSeconds: 10, history: 30, intervals: 60 };
  const WAVES = {
    waves: { enter: 1 / 9, leave: 1 / 3, calm: 0.4, burst: 2.8 },
    clumps: { kind: 'geometric', mean: 4 },
  } as const;

  /** How many of these phases are stopped, of a guardrail whose bad share was and is so much. */
  function stopped(rps: number, was: number, is: number, rest: Partial<World>): number {
    const world = { requestsPerSecond: rps, stable: is, current: was, ...rest };
    return Array.from({ length: RUNS }, (_, run) => {
      const past = openPhase({ ...world, share: 0 }, generator(99, run), TIMING).history;
      const { samples } = simulatePhase({ ...world, share: 1 }, generator(7, run), { ...TIMING, history: 0 });
      const before = pastOf({ name: 'slow' }, { intervals: past, intervalMs: 10_000 }, 'current');
      let state = openJudge(settings({ ...ALONE, guardrails: [{ name: 'slow', ...(before ? { before } : {}) }] }));
      for (const { at: since, stable } of samples) {
        const at = START + since;
        const reading = (bad: number): SeriesReading[] => [
          { series: 'a', requests: stable?.requests ?? 0, bad, at, startedAt: START },
        ];
        const of = (bad: number) => [{ target: 'eu', stable: reading(bad), current: [] }];
        state = observe(state, { at, strata: of(0), guardrails: { slow: of(stable?.bad ?? 0) } });
        const { decision } = judge(state);
        if (decision !== 'hold') return decision;
      }
      return 'hold';
    }).filter((decision) => decision === 'halt').length;
  }

  it.each([
    ['at little traffic', 3, {}],
    ['in waves and clumps', 30, WAVES],
  ] as const)('are rarely called harmed where nothing changed, %s', (_how, rps, rest) => {
    expect(stopped(rps, 0.02, 0.02, rest)).toBeLessThanOrEqual(3);
  });

  it('are called harmed where they fail six times as often', () => {
    expect(stopped(30, 0.02, 0.12, {})).toBe(RUNS);
  });

  it('that showed nothing bad in few requests are no proof of none', () => {
    const before = { of: 'current', counts: { requests: 40, bad: 0 } } as const;
    const [few, many] = [before, { ...before, counts: { requests: 40_000, bad: 0 } }].map((known) => {
      const guardrail = openJudge(settings({ ...ALONE, guardrails: [{ name: 'slow', before: known }] })).guardrails[
        'slow'
      ];
      return guardrail?.kind === 'counts' ? guardrail.bad.delta : undefined;
    });
    expect(many).toBeCloseTo(0.01, 3);
    expect(few).toBeGreaterThan(0.05);
  });
});

describe('what a guardrail was before a phase', () => {
  const buckets = [
    { bound: 0.1, count: 60 },
    { bound: 1, count: 90 },
  ];
  const minutes = (count: number, bad: number) =>
    Array.from({ length: count }, () => ({ requests: 100, bad, buckets }));
  const values = Array.from({ length: 20 }, (_, index) => index + 1);
  const gauge: GuardrailSetting = { name: 'load', measure: { kind: 'gauge' } };
  const intervalMs = 10_000;

  it('is the share of bad ones, and of slow ones beyond each bound', () => {
    const past = { intervals: minutes(3, 2), intervalMs };
    expect(pastOf({ name: 'slow' }, past, 'current')).toEqual({ of: 'current', counts: { requests: 300, bad: 6 } });
    const slow: GuardrailSetting = { name: 'slow', measure: { kind: 'buckets', bounds: [0.1, 1] } };
    expect(pastOf(slow, past, 'stable')).toEqual({
      of: 'stable',
      counts: { requests: 300, bad: 30, slower: [120, 30] },
    });
  });

  it('is told with the clumps and waves that its bad ones came in', () => {
    const waves = Array.from({ length: 30 }, (_, index) => ({ requests: 1_000, bad: index % 10 < 3 ? 60 : 4 }));
    const found = pastOf({ name: 'slow' }, { intervals: waves, intervalMs }, 'current');
    expect(found).toMatchObject({ of: 'current', counts: { requests: 30_000, bad: 624 } });
    const { phi, minIntervals, spread } = (found && 'counts' in found && found.burst) || {
      phi: 0,
      minIntervals: 0,
      spread: 0,
    };
    expect(phi).toBeGreaterThanOrEqual(1);
    expect(minIntervals).toBeGreaterThan(2);
    expect(spread).toBeGreaterThan(10);
    expect(pastOf({ name: 'slow' }, { intervals: minutes(30, 2), intervalMs }, 'current')).not.toHaveProperty('burst');
  });

  it('is of a gauge what it stayed at or below nine tenths of the time', () => {
    expect(pastOf(gauge, { values, intervalMs }, 'current')).toEqual({ of: 'current', level: 18 });
  });

  const blind: GuardrailSetting = { name: 'slow', measure: { kind: 'buckets' } };
  const crashes: GuardrailSetting = { name: 'crashes', measure: { kind: 'events' } };
  it.each([
    ['fewer requests than a verdict needs', { name: 'slow' }, { intervals: [{ requests: 29, bad: 1 }] }],
    ['a histogram whose bounds nobody knows', blind, { intervals: minutes(9, 0) }],
    ['fewer than a dozen values', gauge, { values: values.slice(0, 11) }],
    ['nothing', gauge, {}],
    ['events, which are too rare', crashes, { intervals: minutes(9, 1) }],
  ])('is unknown of %s', (_what, setting, past) => {
    expect(pastOf(setting, { ...past, intervalMs }, 'current')).toBeUndefined();
  });

  it('is unknown of a gauge of a revision that is not known to have served then', () => {
    const past = { values, intervalMs };
    const served = (busy: number) => ({
      intervals: Array.from({ length: 30 }, (_, index) => ({ requests: index < busy ? 100 : 0, bad: 0 })),
      intervalMs,
    });
    expect(pastOf(gauge, past, 'current', served(12))).toEqual({ of: 'current', level: 18 });
    expect(pastOf(gauge, past, 'current', served(11))).toBeUndefined();
    expect(pastOf(gauge, past, 'current', { intervalMs })).toBeUndefined();
  });

  it('is the higher of two levels, for a gauge stands as high as its load', () => {
    const [suspect, old] = [{ of: 'current', level: 4 } as const, { of: 'stable', level: 9 } as const];
    expect(higher(suspect, old)).toBe(old);
    expect(higher(old, suspect)).toBe(old);
    expect(higher(undefined, suspect)).toBe(suspect);
    expect(higher(suspect, undefined)).toBe(suspect);
  });

  it.each([
    ['a share without an objective', { name: 'slow' }, true],
    ['a share with one', { name: 'slow', objective: 0.1 }, false],
    ['a histogram', blind, true],
    ['a gauge', gauge, true],
    ['a gauge with a threshold', { name: 'load', measure: { kind: 'gauge', threshold: 3 } as const }, false],
    ['events', crashes, false],
  ])('is asked about of %s, or is not', (_what, setting, asked) => {
    expect(needsItsPast(setting)).toBe(asked);
  });
});

describe('a metric of a policy as a guardrail', () => {
  it('is what the policy says of it: its objective, margin, bound and whether it is critical', () => {
    const measure = { kind: 'gauge' } as const;
    expect(guardrailOf({ name: 'load', critical: true, margin: { factor: 2 } }, measure)).toEqual({
      name: 'load',
      critical: true,
      margin: { factor: 2 },
      measure,
    });
    expect(guardrailOf({ name: 'slow', objective: 0.05, boundSeconds: 0.5 })).toEqual({
      name: 'slow',
      objective: 0.05,
      boundSeconds: 0.5,
    });
  });
});
