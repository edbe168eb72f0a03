import type { JudgeSettings } from '../../../src/domain/judge';
import type { VerdictReason } from '../../../src/domain/judge/verdict';
import { decide, world } from './support';

describe('the name of a halt', () => {
  const named = (name: VerdictReason, lives: number, rates: Partial<Parameters<typeof world>[0]>) => {
    const steady = { perInterval: 50, share: 0.25, currentFails: 0.05, stableFails: 0.05, intervals: 60 };
    const reasons = Array.from({ length: lives }, (_, seed) => decide(world({ ...steady, ...rates, seed })).reason);
    return reasons.filter((reason) => reason === name).length / lives;
  };

  it('seldom says worse where both fail alike, though it halts after few failures', () => {
    expect(named('WORSE', 200, {})).toBeLessThanOrEqual(0.1);
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
