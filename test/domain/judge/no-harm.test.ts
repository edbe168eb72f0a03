import { decide, START, world } from './support';

const HARM_ALONE = { mode: 'no-harm' as const };

/** As much traffic as tells little in ten minutes. */
function little(stableFails: number, currentFails: number) {
  return world({ perInterval: 10, share: 0.5, stableFails, currentFails, intervals: 60 });
}

describe('where help is not asked', () => {
  it('goes on once the symptom is proven unharmed, and says so', () => {
    const samples = world({ perInterval: 1_000, share: 0.25, stableFails: 0.001, currentFails: 0.05, intervals: 20 });
    const verdict = decide(samples, HARM_ALONE);
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'NO_HARM' });
    expect(verdict.text).toContain('proven to fail at most 1.5 times as often and 1.0 % more');
  });

  it('does not go on because little traffic has not shown harm yet', () => {
    const verdict = decide(little(0.05, 0.001), HARM_ALONE);
    expect(verdict.decision).not.toBe('proceed');
  });

  it('goes on with as little as the policy asks for, and then does not call it proven', () => {
    const verdict = decide(little(0.001, 0.001), { ...HARM_ALONE, guardProof: 'best-effort' });
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'NO_HARM' });
    expect(verdict.text).toContain('no harm seen');
  });

  it('renews an earlier verdict as soon as nothing speaks for harm', () => {
    const proven = decide(little(0.001, 0.001), HARM_ALONE);
    const renewed = decide(little(0.001, 0.001), { ...HARM_ALONE, renews: true });
    expect(renewed).toMatchObject({ decision: 'proceed', reason: 'NO_HARM' });
    expect(renewed.at - START).toBeLessThan(proven.at - START);
  });

  it('alone it has to meet the target, where one is known', () => {
    const alone = { ...HARM_ALONE, weights: { eu: 100 } };
    const samples = (stableFails: number) =>
      world({ perInterval: 200, share: 1, stableFails, currentFails: 0, intervals: 60 });
    const kept = decide(samples(0.001), alone);
    expect(kept).toMatchObject({ decision: 'proceed', reason: 'NO_HARM' });
    expect(kept.text).toContain('no harm: proven to keep the target at most 1.0 % (the objective)');
    expect(decide(samples(0.009), alone).decision).not.toBe('proceed');
  });

  it('alone goes on where no target is known, and says that it could not be judged', () => {
    const samples = world({ perInterval: 200, share: 1, stableFails: 0.3, currentFails: 0, intervals: 10 });
    const verdict = decide(samples, {
      ...HARM_ALONE,
      weights: { eu: 100 },
      tau: undefined,
      tauSource: 'none',
      guardrails: [{ name: 'latency' }],
    });
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'NO_HARM' });
    expect(verdict.text).toMatch(
      /no harm seen; it could not be judged: there was no control, and neither the policy nor a past says what is normal; whether it helps was not asked; not judged, for .*: latency; decided/,
    );
  });
});
