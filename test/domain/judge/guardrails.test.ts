import { judge, observe, openJudge, soakText, watchHarm } from '../../../src/domain/judge';
import type { JudgeSettings, Verdict } from '../../../src/domain/judge';
import type { GuardrailSetting, HarmMargin } from '../../../src/domain/judge/settings';
import { decide, settings, START, world } from './support';

interface Rates {
  readonly slowStable: number;
  readonly slowCurrent: number;
  readonly perInterval?: number;
  /** Whether the guardrail can be read at this tick. */
  readonly seen?: (tick: number) => boolean;
}

/** Errors are cured; what becomes slow is a matter of the rates. Counters that grow by exactly these rates. */
function watched(
  { slowStable, slowCurrent, perInterval = 400, seen = () => true }: Rates,
  change: Partial<JudgeSettings> = {},
): Verdict {
  const opened = openJudge(settings({ guardrails: [{ name: 'latency' }], minIntervals: 2, ...change }));
  let state = opened;
  let verdict = judge(state);
  for (let tick = 1; tick <= 60; tick += 1) {
    const at = START + tick * 10_000;
    const total = tick * perInterval;
    const reading = (share: number) => [
      { series: 'one', requests: total, bad: Math.round(total * share), at, startedAt: START },
    ];
    const strata = [{ target: 'eu', stable: reading(0.001), current: reading(0.05) }];
    const latency = [{ target: 'eu', stable: reading(slowStable), current: reading(slowCurrent) }];
    state = observe(state, { at, strata, guardrails: seen(tick) ? { latency } : {} });
    verdict = judge(state);
    if (verdict.decision !== 'hold' || verdict.escalate) return verdict;
  }
  return verdict;
}

describe('a guardrail beside the symptom', () => {
  it('lets a phase proceed that is proven not to harm it', () => {
    const verdict = watched({ slowStable: 0.02, slowCurrent: 0.02 });
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(verdict.evidence['latency.ok']).toBeGreaterThan(Math.log(10) - 0.01);
  });

  it('stops a phase that cures the errors and makes requests slow, and names itself with its numbers', () => {
    const verdict = watched({ slowStable: 0.12, slowCurrent: 0.02 });
    expect(verdict).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'latency' });
    expect(verdict.text).toMatch(
      /latency got worse: bad in 12 % \(\d+ of [\d,]+\) on v41 against 2\.0 % \(\d+ of [\d,]+\) on v42 \(allowed 4\.0 %\)/,
    );
  });

  it('holds while it is not proven unharmed, and says which one', () => {
    const verdict = watched({ slowStable: 0.04, slowCurrent: 0.02 });
    expect(verdict).toMatchObject({ decision: 'hold', reason: 'LONGEST_BAKE' });
  });

  it('is proven by what comes after the settle time alone', () => {
    const rates = { slowStable: 0.02, slowCurrent: 0.02 };
    const settled = watched(rates, { settleMs: 60_000 });
    expect(settled).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(settled.observedMs).toBe(60_000 + watched(rates).observedMs);
  });

  it('needs no proof where the policy says best effort and the estimate is within the margin', () => {
    const thin = { slowStable: 0.03, slowCurrent: 0.02, perInterval: 100 };
    const required = watched(thin);
    const bestEffort = watched(thin, { guardProof: 'best-effort' });
    expect(bestEffort).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(bestEffort.observedMs).toBeLessThan(required.observedMs);
  });

  it('proves nothing while it cannot be read, and is named when that lasts', () => {
    const verdict = watched({ slowStable: 0.02, slowCurrent: 0.02, seen: (tick) => tick < 2 });
    expect(verdict).toMatchObject({ decision: 'hold', reason: 'NO_DATA', escalate: true, guardrail: 'latency' });
    expect(verdict.text).toContain('no usable metrics of latency for 180 s; missing data never counts as good');
  });

  it('counts what happened while it could not be read, as soon as it can be', () => {
    const verdict = watched({ slowStable: 0.12, slowCurrent: 0.02, seen: (tick) => tick % 3 === 0 });
    expect(verdict).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'latency' });
  });

  it('is shown with every verdict: its counts on both revisions, and whether it is harmed, proven unharmed or neither', () => {
    const shown = (rates: Rates, change: Partial<JudgeSettings> = {}) => watched(rates, change).guardrails;
    const counts = { requests: expect.any(Number) as number, bad: expect.any(Number) as number };
    const latency = { name: 'latency', kind: 'share', current: counts, stable: counts };
    expect(shown({ slowStable: 0.02, slowCurrent: 0.02 })).toEqual([{ ...latency, standing: 'unharmed' }]);
    expect(shown({ slowStable: 0.12, slowCurrent: 0.02 })).toEqual([{ ...latency, standing: 'harmed' }]);
    expect(shown({ slowStable: 0.04, slowCurrent: 0.02 })).toEqual([{ ...latency, standing: 'unproven' }]);
    const thin = { slowStable: 0.03, slowCurrent: 0.02, perInterval: 100 };
    expect(shown(thin, { guardProof: 'best-effort' })).toEqual([{ ...latency, standing: 'no-sign' }]);
    expect(shown({ ...thin, seen: () => false })).toMatchObject([{ name: 'latency', standing: 'unseen' }]);
  });

  it('stops a rollback that only asks for harm', () => {
    const verdict = watched({ slowStable: 0.12, slowCurrent: 0.02 }, { mode: 'no-harm' });
    expect(verdict).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'latency' });
  });

  it('without a control cohort is judged by its objective', () => {
    const alone = (slowStable: number) =>
      watched({ slowStable, slowCurrent: 0 }, { mode: 'absolute', guardrails: [{ name: 'latency', objective: 0.05 }] });
    expect(alone(0.12)).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'latency' });
    expect(alone(0.02)).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
  });

  it('without a control cohort is held against what it was before the phase where it has no objective, and says so', () => {
    const before = { of: 'current', counts: { requests: 20_000, bad: 400 } } as const;
    const alone = (slowStable: number, of: 'current' | 'stable' = 'current') =>
      watched(
        { slowStable, slowCurrent: 0 },
        { mode: 'absolute', guardrails: [{ name: 'latency', before: { ...before, of } }] },
      );
    const harmed = alone(0.12);
    expect(harmed).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM', guardrail: 'latency' });
    expect(harmed.text).toMatch(
      /latency got worse: bad in 12 % \([\d,]+ of [\d,]+\) on v41 against 2\.0 % \(400 of 20,000\) on v42 in the minutes before \(allowed 4\.2 %\)/,
    );
    const fine = alone(0.02);
    expect(fine).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
    expect(fine.text).toContain('; held against what was seen on v42 in the minutes before: latency');
    expect(alone(0.12, 'stable').text).toContain('2.0 % (400 of 20,000) on v41 before v42 came (allowed');
    expect(alone(0.04)).toMatchObject({ decision: 'hold', reason: 'LONGEST_BAKE' });
  });

  it('without a control cohort takes the margin of all, or its own, for what was before', () => {
    const before = { of: 'current', counts: { requests: 1_000, bad: 20 } } as const;
    const alone = (change: Partial<JudgeSettings>, margin?: HarmMargin) =>
      watched(
        { slowStable: 0.1, slowCurrent: 0 },
        { mode: 'absolute', guardrails: [{ name: 'latency', before, ...(margin ? { margin } : {}) }], ...change },
      ).decision;
    expect(alone({})).toBe('halt');
    expect(alone({ margins: { harm: { factor: 6 } } })).toBe('proceed');
    expect(alone({}, { delta: 0.1 })).toBe('proceed');
  });

  it('without a control cohort, an objective and a past is not judged, which the verdict says', () => {
    const verdict = watched({ slowStable: 0.12, slowCurrent: 0 }, { mode: 'absolute' });
    expect(verdict).toMatchObject({ reason: 'RESTORED' });
    expect(verdict.text).toContain(
      '; not judged, for neither the policy nor a past says what is normal: latency; no history of bursts was known',
    );
  });

  it('is judged in a soak as well, by its objective or by what was before, though the suspect has no requests', () => {
    const soak = { mode: 'no-harm', weights: { eu: 100 } } as const;
    const harm = (guardrail: Omit<GuardrailSetting, 'name'>) => {
      let state = openJudge(settings({ ...soak, guardrails: [{ name: 'latency', ...guardrail }], minIntervals: 2 }));
      for (let tick = 1; tick <= 12; tick += 1) {
        const at = START + tick * 10_000;
        const reading = (share: number) => [
          { series: 'one', requests: 400 * tick, bad: Math.round(400 * tick * share), at, startedAt: START },
        ];
        const of = (share: number) => [{ target: 'eu', stable: reading(share), current: [] }];
        state = observe(state, { at, strata: of(0.001), guardrails: { latency: of(0.12) } });
      }
      return watchHarm(state);
    };
    expect(harm({ objective: 0.05 })).toMatchObject({ reason: 'NEW_PROBLEM', guardrail: 'latency' });
    const before = { of: 'current', counts: { requests: 1_000, bad: 20 } } as const;
    expect(harm({ before })).toMatchObject({ reason: 'NEW_PROBLEM', guardrail: 'latency' });
    expect(harm({})).toBeUndefined();
  });
});

describe('what a soak says beside that it found nothing', () => {
  const soak = (change: Partial<JudgeSettings>) =>
    openJudge(settings({ mode: 'no-harm', weights: { eu: 100 }, ...change }));
  const noTarget = { tau: undefined, tauSource: 'none' } as const;

  it('is nothing where the policy says what is good', () => {
    expect(soakText(soak({ guardrails: [{ name: 'latency', objective: 0.1 }] }), 'errors')).toBeUndefined();
  });

  it('is whose number it was where the last phase with a control says it', () => {
    expect(soakText(soak({ tau: 0.035, tauSource: 'last-controlled-phase' }), 'errors')).toBe(
      'target at most 3.5 % (0.7 times what v42 failed in the last phase that had it for a control, as nothing says what is normal)',
    );
  });

  it.each([
    [
      'the symptom alone',
      { guardrails: [{ name: 'latency', objective: 0.1 }] },
      'errors could not be judged, for neither the policy nor a past says what is normal',
    ],
    [
      'everything',
      { guardrails: [{ name: 'latency' }] },
      'nothing could be judged, for neither the policy nor a past says what is normal of errors, latency',
    ],
  ])('is what could not be judged: %s', (_what, change, says) => {
    expect(soakText(soak({ ...noTarget, ...change }), 'errors')).toBe(says);
  });

  it('is that no metric is configured where none is', () => {
    expect(soakText(undefined, undefined)).toBe('nothing could be judged, for no metric is configured');
  });
});

describe('what a policy says of margins and bursts', () => {
  it.each([
    [
      'harms within the margin of all',
      { slowStable: 0.1, slowCurrent: 0.02 },
      { margins: { harm: { factor: 6 } } },
      'proceed',
    ],
    [
      'harms within points on top',
      { slowStable: 0.1, slowCurrent: 0.02 },
      { margins: { harm: { delta: 0.1 } } },
      'proceed',
    ],
    [
      'harms within its own margin',
      { slowStable: 0.1, slowCurrent: 0.02 },
      { guardrails: [{ name: 'latency', margin: { factor: 6 } }] },
      'proceed',
    ],
    [
      'harms beyond a narrow margin',
      { slowStable: 0.03, slowCurrent: 0.02 },
      { margins: { harm: { factor: 1, delta: 0 } } },
      'halt',
    ],
  ] as const)('decides by it where a guardrail %s', (_name, rates, change, decision) => {
    expect(watched(rates, change).decision).toBe(decision);
  });

  it('asks for as many intervals, and discounts clumps as much, as the policy says', () => {
    const rates = { slowStable: 0.02, slowCurrent: 0.02 };
    const soonest = watched(rates, { guardrails: [] }).observedMs;
    expect(watched(rates, { guardrails: [], burst: { minIntervals: 7 } }).observedMs).toBe(70_000);
    expect(watched(rates, { guardrails: [], burst: { phi: 20 } }).observedMs).toBeGreaterThan(soonest);
  });

  it('needs the help that the policy asks for', () => {
    const mild = decide(
      world({ perInterval: 1_000, share: 0.5, intervals: 60, stableFails: 0.02, currentFails: 0.05 }),
      { tau: undefined, tauSource: 'none', margins: { help: 0.2 } },
    );
    expect(mild.decision).not.toBe('proceed');
  });
});
