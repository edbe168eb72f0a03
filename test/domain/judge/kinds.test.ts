import fc from 'fast-check';
import { gaugeLevel, judge, measureOf, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings, Verdict } from '../../../src/domain/judge';
import { boundsFrom } from '../../../src/domain/judge/bounds';
import { logEvidence } from '../../../src/domain/judge/e-process';
import type { Sample, SeriesReading, StratumReading } from '../../../src/domain/judge/sample';
import type { GuardrailSetting } from '../../../src/domain/judge/settings';
import { openSigns, stepSigns } from '../../../src/domain/judge/sign-process';
import { seeded, settings, START } from './support';

/** What stable and current show of the guardrail at a tick; undefined where it cannot be read. */
type Shown = (tick: number) => { readonly stable?: number; readonly current?: number };

interface End extends Verdict {
  readonly seconds: number;
}

/** Errors are cured. The guardrail shows what it is told, on one target or several. */
function phase(
  setting: Omit<GuardrailSetting, 'name'>,
  shown: Readonly<Record<string, Shown>>,
  change: Partial<JudgeSettings> = {},
): End {
  let state = openJudge(
    settings({
      minIntervals: 2,
      weights: Object.fromEntries(Object.keys(shown).map((target) => [target, 25])),
      guardrails: [{ name: 'other', ...setting }],
      ...change,
    }),
  );
  for (let tick = 0; tick <= 60; tick += 1) {
    const at = START + tick * 10_000 + 1;
    const errors = (share: number): SeriesReading[] => [
      { series: 'a', requests: tick * 400, bad: Math.round(tick * 400 * share), at },
    ];
    const reading = (value: number | undefined): SeriesReading[] => {
      if (value === undefined) return [];
      const isGauge = setting.measure?.kind === 'gauge';
      return [{ series: 'a', requests: 0, bad: isGauge ? 0 : value, at, ...(isGauge ? { value } : {}) }];
    };
    const other = Object.entries(shown).map(([target, of]): StratumReading => ({
      target,
      stable: reading(of(tick).stable),
      current: reading(of(tick).current),
    }));
    const sample: Sample = {
      at,
      strata: [{ target: 'eu', stable: errors(0.001), current: errors(0.05) }],
      guardrails: { other },
    };
    state = observe(state, sample);
    const verdict = judge(state);
    const end = { ...verdict, seconds: tick * 10 };
    if (verdict.decision !== 'hold' || verdict.escalate) return end;
  }
  return { ...judge(state), seconds: 600 };
}

const GAUGE = { kind: 'gauge', independentMs: 10_000 } as const;

describe('a gauge beside the symptom', () => {
  it('stops a phase in which it stays well above that of current, and says how far', () => {
    const end = phase({ measure: GAUGE }, { eu: () => ({ stable: 90, current: 40 }) });
    expect(end).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'other' });
    expect(end.text).toContain('other got worse: now 90 on v41 against 40 on v42 (allowed 60), most of the time');
    expect(end.seconds).toBeLessThanOrEqual(120);
  });

  it('lets a phase go on in which it stays within the margin', () => {
    const end = phase({ measure: GAUGE }, { eu: () => ({ stable: 44, current: 40 }) });
    expect(end).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(end.evidence['other.ok']).toBeGreaterThanOrEqual(Math.log(10) - 0.01);
  });

  it('takes its own margin, in its own unit', () => {
    const shown = { eu: () => ({ stable: 90, current: 40 }) };
    expect(phase({ measure: GAUGE, margin: { factor: 1, delta: 60 } }, shown).decision).toBe('proceed');
    expect(phase({ measure: GAUGE, margin: { factor: 2.5 } }, shown).decision).toBe('proceed');
  });

  it('allows more also where current is below nought', () => {
    const end = phase({ measure: GAUGE }, { eu: () => ({ stable: -8, current: -10 }) });
    expect(end.decision).toBe('proceed');
  });

  it('counts one look in the time over which its values hang together, and three intervals where nobody knows it', () => {
    const shown = { eu: () => ({ stable: 90, current: 40 }) };
    const independent = phase({ measure: GAUGE }, shown);
    const unknown = phase({ measure: { kind: 'gauge' } }, shown);
    expect(unknown.seconds).toBeGreaterThan(2.5 * independent.seconds);
  });

  it('is a gap where a cohort cannot be read, and is named when that lasts', () => {
    const end = phase({ measure: GAUGE }, { eu: (tick) => (tick < 2 ? { stable: 1, current: 1 } : { stable: 1 }) });
    expect(end).toMatchObject({ decision: 'hold', reason: 'NO_DATA', guardrail: 'other' });
  });

  it('says nothing while the phase settles', () => {
    const warming = (tick: number) => ({ stable: tick <= 12 ? 95 : 40, current: 40 });
    expect(phase({ measure: GAUGE }, { eu: warming }, { settleMs: 120_000 }).decision).toBe('proceed');
  });

  it('asks each target, and one of two alone proves neither', () => {
    const worse = () => ({ stable: 90, current: 40 });
    const fine = () => ({ stable: 40, current: 40 });
    expect(phase({ measure: GAUGE }, { eu: worse, us: worse }).decision).toBe('halt');
    expect(phase({ measure: GAUGE }, { eu: worse, us: fine }).decision).toBe('hold');
  });

  it('is the mean of the processes, whichever cohort has more of them', () => {
    const series = (value: number): SeriesReading => ({ series: String(value), requests: 0, bad: 0, at: 0, value });
    expect(gaugeLevel([series(1), series(3)])).toBe(2);
    expect(gaugeLevel([series(Number.NaN)])).toBeUndefined();
    expect(gaugeLevel([])).toBeUndefined();
  });

  it('stops one phase in fifty at most that changes nothing, whatever its values are like', () => {
    const random = seeded(11);
    let stopped = 0;
    for (let run = 0; run < 2_000; run += 1) {
      let stake = openSigns();
      for (let look = 0; look < 60 && logEvidence(stake) < Math.log(50); look += 1)
        stake = stepSigns(stake, random() < 0.5 ? 1 : 0, 'no-harm');
      if (logEvidence(stake) >= Math.log(50)) stopped += 1;
    }
    expect(stopped / 2_000).toBeLessThanOrEqual(0.02);
  });

  it('never has more than a fair bet on the next sign', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { maxLength: 40 }), (signs) => {
        const stake = signs.reduce((before, sign) => stepSigns(before, sign, 'no-harm'), openSigns());
        const mean = ([0, 1] as const)
          .map((next) => Math.exp(logEvidence(stepSigns(stake, next, 'no-harm'))) / 2)
          .reduce((a, b) => a + b);
        expect(mean).toBeLessThanOrEqual(Math.exp(logEvidence(stake)) * (1 + 1e-9));
      }),
    );
  });
});

describe('a gauge with a threshold', () => {
  const measure = { kind: 'gauge', threshold: 80 } as const;

  it('stops a phase in which stable is above it in three of four looks, and current is not', () => {
    const flickering = (tick: number) => ({ stable: tick % 4 === 0 ? 70 : 90, current: 40 });
    const end = phase({ measure }, { eu: flickering });
    expect(end).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'other', seconds: 30 });
    expect(end.text).toContain('above 80 in 3 of the last 4 looks');
  });

  it('neither stops nor goes on while both are above it: that is no new harm, and not well either', () => {
    const end = phase({ measure }, { eu: () => ({ stable: 90, current: 95 }) });
    expect(end).toMatchObject({ decision: 'hold', reason: 'LONGEST_BAKE' });
  });

  it('lets a phase go on within it, however much more than current that is', () => {
    expect(phase({ measure }, { eu: () => ({ stable: 79, current: 1 }) })).toMatchObject({ decision: 'proceed' });
  });

  it('is asked for its margin as well where it has one', () => {
    const end = phase(
      { measure: { ...measure, independentMs: 10_000 }, margin: { factor: 2 } },
      { eu: () => ({ stable: 79, current: 1 }) },
    );
    expect(end).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM' });
  });

  it('is asked also without a control cohort', () => {
    const alone = (stable: number) => phase({ measure }, { eu: () => ({ stable }) }, { mode: 'absolute' });
    expect(alone(90)).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM' });
    expect(alone(70)).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
  });
});

describe('events without requests', () => {
  const measure = { kind: 'events' } as const;

  it('stop a phase in which stable has nearly all of them at a quarter of the share', () => {
    const end = phase({ measure }, { eu: (tick) => ({ stable: 2 * tick, current: Math.floor(tick / 10) }) });
    expect(end).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'other' });
    expect(end.text).toMatch(/other got worse: \d+ \([\d.]+ an hour at full traffic\) on v41 against/);
  });

  it('hold nothing up that shows none of them, though that proves nothing', () => {
    const end = phase({ measure }, { eu: () => ({ stable: 0, current: 0 }) });
    expect(end).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(end.evidence['other.ok']).toBeLessThan(Math.log(10));
  });

  it('hold a phase up while more of them are on stable than chance would put there', () => {
    const { decision } = phase(
      { measure },
      { eu: (tick) => ({ stable: tick > 0 ? 2 : 0, current: 0 }) },
      { longestBakeMs: 60_000 },
    );
    expect(decision).toBe('hold');
  });

  it('take what was counted before the phase for none, and a restart for a new beginning', () => {
    const restarting = (tick: number) => ({ stable: tick < 3 ? 500 : 0, current: 700 });
    expect(phase({ measure }, { eu: restarting })).toMatchObject({ decision: 'proceed' });
  });

  it('are judged by how many an hour are allowed where there is no control cohort', () => {
    const alone = (perTick: number) =>
      phase(
        { measure: { kind: 'events', allowedPerSecond: 6 / 3_600 } },
        { eu: (tick) => ({ stable: Math.floor(perTick * tick) }) },
        { mode: 'absolute', weights: { eu: 100 } },
      );
    expect(alone(1)).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'other' });
    expect(alone(0)).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
  });

  it('stop one phase in fifty at most in which both crash as often for their share', () => {
    const random = seeded(3);
    const stopped = Array.from({ length: 400 }, () => {
      const totals = { stable: 0, current: 0 };
      return phase(
        { measure },
        {
          eu: (tick) => {
            if (tick > 0 && random() < 0.25) totals.stable += 1;
            if (tick > 0 && random() < 0.75) totals.current += 1;
            return { ...totals };
          },
        },
      );
    }).filter(({ decision }) => decision === 'halt');
    expect(stopped.length / 400).toBeLessThanOrEqual(0.02);
  });
});

describe('where the bounds of a latency metric come from', () => {
  const buckets = [0.1, 0.25, 0.5, 1].map((bound, index) => ({ bound, count: [40, 80, 95, 98][index] ?? 0 }));

  it.each([
    ['the nearest above p50, p90 and p99, the last where there is none above', 100, [0.25, 0.5, 1]],
    ['fewer where they coincide', 98, [0.25, 0.5, 1]],
    ['nothing where there were too few requests', 29, undefined],
  ])('takes %s', (_name, requests, bounds) => {
    expect(boundsFrom(requests, buckets)).toEqual(bounds);
  });

  it('takes one bound for all where all requests are as fast', () => {
    expect(boundsFrom(100, [{ bound: 0.1, count: 100 }])).toEqual([0.1]);
  });
});

describe('what a guardrail is measured by', () => {
  it('hangs together as long as its past shows, which a few values do not', () => {
    const values = Array.from({ length: 30 }, (_, index) => (Math.floor(index / 5) % 2 === 0 ? 10 : 20));
    const gauge = measureOf({ measures: 'gauge' }, { values, intervalMs: 10_000 });
    expect(gauge).toMatchObject({ kind: 'gauge', independentMs: expect.any(Number) });
    expect(gauge?.kind === 'gauge' && (gauge.independentMs ?? 0)).toBeGreaterThan(20_000);
    expect(measureOf({ measures: 'gauge', threshold: 3 }, { values: [1, 2], intervalMs: 10_000 })).toEqual({
      kind: 'gauge',
      threshold: 3,
    });
    const constant = Array.from({ length: 30 }, () => 7);
    expect(measureOf({ measures: 'gauge' }, { values: constant, intervalMs: 10_000 })).toEqual({
      kind: 'gauge',
      independentMs: 10_000,
    });
  });

  it('allows as many events an hour as the policy says', () => {
    expect(measureOf({ measures: 'events', threshold: 36 }, { intervalMs: 10_000 })).toEqual({
      kind: 'events',
      allowedPerSecond: 0.01,
    });
  });
});
