import { burstiness, judge, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings } from '../../../src/domain/judge';
import type { CohortCounts, VerdictReason } from '../../../src/domain/judge/verdict';
import { decide, settings, START, world } from './support';

describe('the name of a halt', () => {
  const named = (name: VerdictReason, lives: number, rates: Partial<Parameters<typeof world>[0]>) => {
    const steady = { perInterval: 50, share: 0.25, currentFails: 0.05, stableFails: 0.05, intervals: 60 };
    const reasons = Array.from({ length: lives }, (_, seed) => decide(world({ ...steady, ...rates, seed })).reason);
    return reasons.filter((reason) => reason === name).length / lives;
  };

  it('seldom says worse where both fail alike, though it halts after few failures', () => {
    expect(named('WORSE', 500, {})).toBeLessThanOrEqual(0.1);
  });

  it('all but never says that both fail together where each fails by chance alone', () => {
    expect(named('COUPLED', 1_000, { perInterval: 40, share: 0.5 })).toBeLessThanOrEqual(0.004);
  });

  it('says that both fail together where failures come and go in clumps for both at once', () => {
    const waves = (seed: number) =>
      world({ perInterval: 400, share: 0.25, currentFails: 0.03, stableFails: 0.03, intervals: 60, seed, wave: true });
    const reasons = Array.from({ length: 200 }, (_, seed) => decide(waves(seed), { phi: 8 }).reason);
    expect(reasons.filter((reason) => reason === 'COUPLED').length).toBeGreaterThanOrEqual(160);
  });

  it('waits for as many intervals as show a shared wave before it says not helping, where history has shown waves', () => {
    const storm = { perInterval: 1_000, share: 0.25, currentFails: 0.15, stableFails: 0.15, intervals: 60, wave: true };
    const ends = (change: Partial<JudgeSettings>, wave = true) =>
      Array.from({ length: 30 }, (_, seed) => decide(world({ ...storm, wave, seed }), change));
    const known = ends({ historyKnown: true, minIntervals: 5 });
    expect(known.filter(({ reason }) => reason === 'COUPLED').length).toBeGreaterThanOrEqual(28);
    const unknown = ends({ historyKnown: false, minIntervals: 5 });
    expect(unknown.filter(({ reason }) => reason === 'NOT_HELPING').length).toBeGreaterThanOrEqual(20);
    const alone = ends({ historyKnown: true, minIntervals: 2 }, false);
    expect(alone.every(({ decision, observedMs }) => decision === 'halt' && observedMs <= 40_000)).toBe(true);
  });

  it('says worse where the old revision fails four times as often', () => {
    expect(named('WORSE', 200, { stableFails: 0.2 })).toBeGreaterThanOrEqual(0.9);
  });
});

describe('a storm over both revisions', () => {
  const CALM = { requests: 1_000, bad: 1 };
  const STORM = { requests: 1_000, bad: 300 };
  const calmFor = (intervals: number) => Array.from({ length: intervals }, () => CALM);
  const waves = Array.from({ length: 30 }, (_, index) => (index % 10 < 3 ? STORM : CALM));

  /** What is said of a phase in which both fail so much of what they get in each interval, after such a history. */
  function said(history: readonly CohortCounts[], ratios: readonly number[], change: Partial<JudgeSettings> = {}) {
    const totals = { stable: { requests: 0, bad: 0 }, current: { requests: 0, bad: 0 } };
    const { minIntervals, phi, historyKnown } = burstiness(history);
    let state = openJudge(settings({ minIntervals, phi, historyKnown, ...change }), history);
    for (const [index, ratio] of ratios.entries()) {
      const at = START + (index + 1) * 10_000;
      const read = (cohort: 'stable' | 'current', requests: number) => {
        totals[cohort].requests += requests;
        // Not quite alike: some more, some less, as chance has it.
        totals[cohort].bad += Math.round(requests * ratio) + ((index + (cohort === 'stable' ? 0 : 1)) % 3);
        return [{ series: cohort, ...totals[cohort], at, startedAt: START }];
      };
      state = observe(state, {
        at,
        strata: [{ target: 'eu', stable: read('stable', 250), current: read('current', 750) }],
      });
      const { decision, reason, escalate } = judge(state);
      if (decision !== 'hold' || escalate) return { reason, intervals: index + 1 };
    }
    return { reason: judge(state).reason, intervals: ratios.length };
  }

  const stormFor = (intervals: number) => Array.from({ length: 60 }, (_, index) => (index < intervals ? 0.3 : 0.001));

  it('that has lasted since the phase began is no cause elsewhere before it could have ebbed: when it does, it shows', () => {
    expect(said(waves, stormFor(12))).toEqual({ reason: 'COUPLED', intervals: 13 });
  });

  it('is as little one where no history has shown its like, for the suspect did not fail so before', () => {
    expect(said(calmFor(30), stormFor(12))).toEqual({ reason: 'COUPLED', intervals: 13 });
    expect(said(calmFor(30), stormFor(3))).toEqual({ reason: 'COUPLED', intervals: 8 });
  });

  it('that does not ebb in twenty intervals is none', () => {
    expect(said(waves, stormFor(60))).toEqual({ reason: 'NOT_HELPING', intervals: 20 });
    expect(said(calmFor(30), stormFor(60))).toEqual({ reason: 'NOT_HELPING', intervals: 20 });
  });

  it('holds nothing up where the suspect fails as it did before, or nobody knows how it did', () => {
    const failing = Array.from({ length: 30 }, (_, index) => ({ requests: 1_000, bad: 290 + (index % 20) }));
    expect(said(failing, stormFor(60))).toEqual({ reason: 'NOT_HELPING', intervals: 2 });
    expect(said([], stormFor(60))).toEqual({ reason: 'NOT_HELPING', intervals: 3 });
  });
});

describe('on the very boundary of its hypotheses', () => {
  it.each([
    ['proceeds by mistake in at most 1 of 20 lives', 0.7, 0.05, 'proceed'],
    ['halts by mistake in at most 1 of 50 lives', 0.5, 0.02, 'halt'],
  ] as const)('%s', (_name, ratio, alpha, wrong) => {
    const lives = 400;
    let mistakes = 0;
    for (let seed = 0; seed < lives; seed += 1) {
      const samples = world({
        perInterval: 200,
        share: 0.25,
        currentFails: 0.06,
        stableFails: 0.06 * ratio,
        intervals: 60,
        seed,
      });
      if (decide(samples, { tau: undefined, tauSource: 'none' }).decision === wrong) mistakes += 1;
    }
    const simulationError = 3 * Math.sqrt((alpha * (1 - alpha)) / lives);
    expect(mistakes / lives).toBeLessThanOrEqual(alpha + simulationError);
  });
});
