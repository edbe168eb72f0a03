import { boundsOfPast, judge, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings, Verdict } from '../../../src/domain/judge';
import type { Sample } from '../../../src/domain/judge/sample';
import { NORMAL, slowPhase } from '../../../src/domain/simulation';
import type { SlowWorld } from '../../../src/domain/simulation';
import { settings, START } from './support';

const CURED = { stable: 0.001, current: 0.05 };
const CALIBRATED = { minIntervals: 2, historyKnown: true } as const;
const RUNS = 16;

interface End extends Verdict {
  /** Seconds since the phase began. */
  readonly seconds: number;
  /** When the latency was proven unharmed, in seconds. */
  readonly provenAt?: number;
}

function played(samples: Iterable<Sample>, change: Partial<JudgeSettings>): End {
  let state = openJudge(settings({ ...CALIBRATED, ...change }));
  let provenAt: number | undefined;
  for (const sample of samples) {
    state = observe(state, sample);
    const verdict = judge(state);
    const seconds = Math.round((sample.at - START) / 1_000);
    if ((verdict.evidence['latency.ok'] ?? 0) >= Math.log(10)) provenAt ??= seconds;
    if (verdict.decision !== 'hold' || verdict.escalate)
      return { ...verdict, seconds, ...(provenAt === undefined ? {} : { provenAt }) };
  }
  return { ...judge(state), seconds: 600 };
}

/** Errors are cured; the latency is a guardrail whose bounds the past says. */
function guarded(world: Partial<SlowWorld>, seed: number, remembers = true): End {
  const { history, samples } = slowPhase({
    seed,
    startedAt: START,
    requestsPerSecond: 100,
    share: 0.25,
    stable: NORMAL,
    current: NORMAL,
    errors: CURED,
    ...world,
  });
  const bounds = remembers ? boundsOfPast({ intervals: [history], intervalMs: 10_000 }) : {};
  return played(samples, { guardrails: [{ name: 'latency', measure: { kind: 'buckets', ...bounds } }] });
}

/** The latency itself is the symptom, and watched for harm as well. */
function symptom(world: Partial<SlowWorld>, seed: number, target?: number): End {
  const { history, samples } = slowPhase({
    seed,
    startedAt: START,
    requestsPerSecond: 100,
    share: 0.25,
    stable: NORMAL,
    current: NORMAL,
    errors: CURED,
    ...world,
  });
  const buckets = boundsOfPast({ intervals: [history], intervalMs: 10_000 });
  const { tau: _, ...untargeted } = settings({ ...CALIBRATED, tauSource: target === undefined ? 'none' : 'history' });
  let state = openJudge({
    ...untargeted,
    ...(target === undefined ? {} : { tau: target }),
    buckets,
    guardrails: [{ name: 'latency', measure: { kind: 'buckets', ...buckets } }],
  });
  for (const sample of samples) {
    state = observe(state, { ...sample, strata: sample.guardrails?.['latency'] ?? [] });
    const verdict = judge(state);
    const seconds = Math.round((sample.at - START) / 1_000);
    if (verdict.decision !== 'hold' || verdict.escalate) return { ...verdict, seconds };
  }
  return { ...judge(state), seconds: 600 };
}

function slowHistory(current: SlowWorld['current'], seed: number) {
  const world = { seed, startedAt: START, requestsPerSecond: 100, share: 0.25, stable: NORMAL, errors: CURED };
  return slowPhase({ ...world, current }).history;
}

function many(play: (seed: number) => End): { readonly ends: readonly End[]; readonly medianSeconds: number } {
  const ends = Array.from({ length: RUNS }, (_, seed) => play(1_000 + seed));
  return { ends, medianSeconds: ends.map(({ seconds }) => seconds).toSorted((a, b) => a - b)[RUNS / 2] ?? 600 };
}

const TWICE = { factor: 2, tail: 0 };
const SLOW_TENTH = { factor: 1, tail: 0.1 };

describe('latency without a bound of its own, as a guardrail', () => {
  it.each([
    ['all requests take twice as long', TWICE, 100, 20],
    ['all requests take twice as long', TWICE, 20, 50],
    ['a tenth takes eight times as long', SLOW_TENTH, 100, 30],
    ['a tenth takes eight times as long', SLOW_TENTH, 20, 110],
  ] as const)('stops a phase in which %s (%o, %d a second) within %d seconds', (_name, stable, perSecond, within) => {
    const { ends, medianSeconds } = many((seed) => guarded({ stable, requestsPerSecond: perSecond }, seed));
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['NEW_PROBLEM']));
    expect(medianSeconds).toBeLessThanOrEqual(within);
  });

  it.each([
    [100, 50],
    [20, 170],
  ])('stops no phase that changes nothing (%d a second), and proves that within %d seconds', (perSecond, within) => {
    const { ends } = many((seed) => guarded({ requestsPerSecond: perSecond }, seed));
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['HELPING']));
    const proven = ends.map(({ provenAt = 600 }) => provenAt).toSorted((a, b) => a - b);
    expect(proven[RUNS / 2]).toBeLessThanOrEqual(within);
  });

  it.each([
    ['a third longer', { factor: 1.3, tail: 0 }],
    ['eight times as long for three in a hundred', { factor: 1, tail: 0.03 }],
  ])('neither lets pass nor often stops what lies within the margin: %s', (_name, stable) => {
    const { ends } = many((seed) => guarded({ stable }, seed));
    expect(ends.filter(({ decision }) => decision === 'proceed')).toEqual([]);
    expect(ends.filter(({ decision }) => decision === 'halt').length).toBeLessThanOrEqual(RUNS / 5);
  });

  it('takes its bounds from the first look where nothing is remembered, and judges as soon', () => {
    const { ends, medianSeconds } = many((seed) => guarded({ stable: TWICE }, seed, false));
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['NEW_PROBLEM']));
    expect(medianSeconds).toBe(20);
  });

  it('names the bound beyond which it got worst, with both shares', () => {
    expect(guarded({ stable: TWICE }, 7).text).toMatch(
      /latency got worse: slower than 0\.25 s in \d\d % \(\d+ of \d+\) on v41 against \d\d % \(\d+ of [\d,]+\) on v42 \(allowed \d\d %\)/,
    );
  });

  it('is a gap while its series lack the bounds, never good', () => {
    const { samples } = slowPhase({
      seed: 5,
      startedAt: START,
      requestsPerSecond: 100,
      share: 0.25,
      stable: NORMAL,
      current: NORMAL,
      errors: CURED,
    });
    const end = played(samples, {
      guardrails: [{ name: 'latency', measure: { kind: 'buckets', bounds: [0.3, 0.7] } }],
    });
    expect(end).toMatchObject({ decision: 'hold', reason: 'NO_DATA', guardrail: 'latency' });
  });

  it('keeps a state that is plain data of about a kilobyte', () => {
    const { samples } = slowPhase({
      seed: 5,
      startedAt: START,
      requestsPerSecond: 100,
      share: 0.25,
      stable: NORMAL,
      current: NORMAL,
      errors: CURED,
    });
    const opened = openJudge(
      settings({ ...CALIBRATED, guardrails: [{ name: 'latency', measure: { kind: 'buckets' } }] }),
    );
    const log = [...samples];
    const inOneGo = log.reduce(observe, opened);
    const resumed = log.reduce(
      (state, sample) => observe(JSON.parse(JSON.stringify(state)) as typeof state, sample),
      opened,
    );
    expect(resumed).toEqual(inOneGo);
    expect(JSON.stringify(inOneGo.guardrails).length).toBeLessThan(1_200);
  });
});

describe('latency without a bound of its own, as the symptom', () => {
  it.each([
    ['everything took twice as long', TWICE],
    ['a tenth took eight times as long', SLOW_TENTH],
  ])('shows help where %s on current', (_name, current) => {
    const { ends, medianSeconds } = many((seed) => symptom({ current }, seed));
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['HELPING']));
    expect(medianSeconds).toBeLessThanOrEqual(40);
  });

  it('stops soon where both are as slow as each other and what is normal is known', () => {
    const { ends, medianSeconds } = many((seed) => symptom({ current: SLOW_TENTH, stable: SLOW_TENTH }, seed, 0.01));
    expect(new Set(ends.map(({ decision }) => decision))).toEqual(new Set(['halt']));
    expect(medianSeconds).toBeLessThanOrEqual(60);
  });

  it.each([
    ['a tenth takes eight times as long', SLOW_TENTH],
    ['everything takes twice as long', TWICE],
  ])('asks a person soon where nothing says what is normal and on both %s', (_name, slowness) => {
    const { ends, medianSeconds } = many((seed) => symptom({ current: slowness, stable: slowness }, seed));
    expect(ends.filter(({ decision }) => decision === 'proceed')).toEqual([]);
    expect(ends.filter(({ escalate, decision }) => escalate || decision === 'halt')).toHaveLength(RUNS);
    expect(medianSeconds).toBeLessThanOrEqual(110);
    const soon = ends.find(({ reason }) => reason === 'NOT_HELPING');
    expect(soon?.text).toMatch(
      /both are slow alike: moving traffic did not halve what is slower than [\d.]+ s or [\d.]+ s, and beyond [\d.]+ s too few are left to tell; nothing says what is normal, which a bound or an objective/,
    );
  });

  it.each([
    ['the slowest few are what is cured', NORMAL, { factor: 1, tail: 0.03 }],
    ['it helps only partly', { factor: 1, tail: 0.04 }, SLOW_TENTH],
  ])('does not give up where nothing says what is normal and %s', (_name, stable, current) => {
    const { ends } = many((seed) => symptom({ stable, current }, seed));
    expect(new Set(ends.map(({ reason }) => reason))).toEqual(new Set(['HELPING']));
  });

  it('stops, and rarely asks, where nothing says what is normal and stable alone is slow', () => {
    const { ends } = many((seed) => symptom({ stable: TWICE, requestsPerSecond: 20 }, seed));
    expect(ends.filter(({ decision }) => decision === 'proceed')).toEqual([]);
    expect(ends.filter(({ decision }) => decision === 'halt').length).toBeGreaterThanOrEqual((3 * RUNS) / 4);
  });

  it('does not stop where it helps, though the median stays what it was', () => {
    const { ends } = many((seed) => symptom({ current: SLOW_TENTH, stable: { factor: 1, tail: 0.01 } }, seed));
    expect(ends.filter(({ decision }) => decision === 'halt')).toEqual([]);
  });

  it('does not go on where the median gets better and the slowest get worse', () => {
    const stable = { factor: 0.4, tail: 0.12 };
    const { ends } = many((seed) => symptom({ current: TWICE, stable }, seed));
    expect(ends.filter(({ decision }) => decision === 'proceed')).toEqual([]);
  });

  it('says at which bounds it was counted, so that what is carried of it can be held against the same', () => {
    const { bounds, current } = symptom({ current: TWICE }, 3);
    expect(bounds).toEqual(boundsOfPast({ intervals: [slowHistory(TWICE, 3)], intervalMs: 10_000 }).bounds);
    expect(current.slower).toHaveLength(bounds!.length);
    expect(guarded({}, 3)).not.toHaveProperty('bounds');
  });

  it('says beyond which bound it counts', () => {
    expect(symptom({ current: TWICE }, 3).text).toMatch(/^v41 was slower than [\d.]+ s in \d+ of \d+/);
  });
});
