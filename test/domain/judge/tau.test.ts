import { carriedTauOf, judgesAlone, tauFor } from '../../../src/domain/judge';
import { decide, settings, world } from './support';

describe('the ratio that counts as restored', () => {
  it.each([
    ['the objective first', { objective: 0.02, baseline: 0.001, carried: 0.03 }, { tau: 0.02, source: 'objective' }],
    ['twice what was normal next', { baseline: 0.002, carried: 0.03 }, { tau: 0.004, source: 'history' }],
    ['never below 0.1 % of a service that hardly failed', { baseline: 0.0001 }, { tau: 0.001, source: 'history' }],
    ['what is carried last', { carried: 0.03 }, { tau: 0.03, source: 'last-controlled-phase' }],
    ['nothing where nobody knows', {}, { source: 'none' }],
  ])('is %s', (_name, known, expected) => {
    expect(tauFor({ ...known, alone: true })).toEqual(expected);
  });

  it('is never what is carried where stable stands beside current', () => {
    expect(tauFor({ carried: 0.03, alone: false })).toEqual({ source: 'none' });
    expect(tauFor({ carried: 0.03 })).toEqual({ source: 'none' });
  });

  it.each([
    ['a phase without a control', 'absolute', { eu: 100 }, true],
    ['a soak', 'no-harm', { eu: 100, us: 100 }, true],
    ['a watch over targets of which one has no control any more', 'no-harm', { eu: 100, us: 50 }, true],
    ['a watch over targets that all have one', 'no-harm', { eu: 25, us: 50 }, false],
    ['a comparison', 'compare', { eu: 100 }, false],
  ] as const)('stands alone in %s, or does not', (_name, mode, weights, alone) => {
    expect(judgesAlone({ mode, weights })).toBe(alone);
  });

  it.each([
    ['0.7 times what it failed', { requests: 1_490, bad: 75 }, (0.7 * 75) / 1_490],
    ['nothing where it had no requests', { requests: 0, bad: 0 }, undefined],
    ['nothing where it had too few to tell', { requests: 29, bad: 10 }, undefined],
    ['something from thirty on', { requests: 30, bad: 3 }, (0.7 * 3) / 30],
    ['nothing where none failed: nobody can prove to fail less often', { requests: 5_000, bad: 0 }, undefined],
  ])('after a phase in which current had a share is %s', (_name, counts, expected) => {
    expect(carriedTauOf(counts)).toBe(expected);
  });
});

const SAID =
  'target at most 3.5 % (0.7 times what v42 failed in the last phase that had it for a control, as nothing says what is normal)';

describe('a phase without a control, judged by 0.7 times what current failed in the last one with one', () => {
  const tau = carriedTauOf({ requests: 1_000, bad: 50 })!;
  const alone = (stableFails: number) =>
    decide(world({ perInterval: 1_000, share: 1, currentFails: 0, intervals: 60, stableFails }), {
      ...settings(),
      mode: 'absolute',
      tau,
      tauSource: 'last-controlled-phase',
    });

  it.each([
    ['goes on where the old revision fails less than that', 0.02, 'proceed', 'RESTORED'],
    ['stops where it fails as often as current did', 0.05, 'halt', 'PERSISTS'],
    ['asks where it fails about that often', 0.035, 'hold', 'LONGEST_BAKE'],
  ])('%s, and says whose number it was', (_name, stableFails, decision, reason) => {
    const verdict = alone(stableFails);
    expect(verdict).toMatchObject({ decision, reason });
    expect(verdict.text.includes(SAID)).toBe(decision !== 'hold');
  });
});
