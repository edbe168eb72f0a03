import { decide, world } from './support';

describe('the name of a halt', () => {
  const named = (stableFails: number) => {
    const life = (seed: number) =>
      world({ perInterval: 50, share: 0.25, currentFails: 0.05, stableFails, intervals: 60, seed });
    const reasons = Array.from({ length: 200 }, (_, seed) => decide(life(seed)).reason);
    return reasons.filter((reason) => reason === 'WORSE').length / reasons.length;
  };

  it('seldom says worse where both fail alike, though it halts after few failures', () => {
    expect(named(0.05)).toBeLessThanOrEqual(0.1);
  });

  it('says worse where the old revision fails four times as often', () => {
    expect(named(0.2)).toBeGreaterThanOrEqual(0.9);
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
