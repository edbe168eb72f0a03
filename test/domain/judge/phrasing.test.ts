import { judge, observe, openJudge, watchHarm } from '../../../src/domain/judge';
import type { JudgeSettings, Verdict } from '../../../src/domain/judge';
import type { VerdictReason } from '../../../src/domain/judge/verdict';
import { phrase } from '../../../src/domain/judge/phrasing';
import { decide, settings, START, world } from './support';

const BUSY = { perInterval: 1_000, share: 0.25, intervals: 60 };
const COUNTS =
  /^v41 (failed [\d,]+ of [\d,]+ \([\d.]+ %\)|had no requests)(, v42 failed [\d,]+ of [\d,]+ \([\d.]+ %\))?: /;

const rates = (stableFails: number, currentFails: number, more: Partial<Parameters<typeof world>[0]> = {}) =>
  world({ ...BUSY, stableFails, currentFails, ...more });

function watched(samples: ReturnType<typeof world>): Verdict {
  const state = samples.reduce(observe, openJudge(settings({ mode: 'no-harm' })));
  return watchHarm(state)!;
}

function slow(): Verdict {
  let state = openJudge(settings({ guardrails: [{ name: 'latency' }] }));
  for (const [index, sample] of rates(0.001, 0.05).entries()) {
    const reading = (share: number) => [
      { series: 'one', requests: 400 * index, bad: Math.round(400 * index * share), at: sample.at, startedAt: START },
    ];
    const latency = [{ target: 'eu', stable: reading(0.12), current: reading(0.02) }];
    state = observe(state, { ...sample, guardrails: { latency } });
    const verdict = judge(state);
    if (verdict.decision === 'halt') return verdict;
  }
  return judge(state);
}

/** A verdict that only what reads the targets can come to, in the judge's own words. */
function ofTargets(reason: 'DRIFT' | 'NOT_CONVERGED'): Verdict {
  const state = rates(0.001, 0.05).slice(0, 3).reduce(observe, openJudge(settings()));
  const facts = { ...judge(state), decision: 'hold' as const, reason, escalate: true };
  return { ...facts, text: phrase(state, facts) };
}

const unknownTarget: Partial<JudgeSettings> = { tau: undefined, tauSource: 'none' };
const thin = { perInterval: 1, share: 1, intervals: 25 };
const short = { longestBakeMs: 200_000, mode: 'absolute' as const };
const idle = { perInterval: 0, intervals: 20 };

/** For every reason that there is: how it comes about, and what its sentence has to say. */
const SAYS: Readonly<Record<VerdictReason, readonly [() => Verdict, RegExp]>> = {
  HELPING: [
    () => decide(rates(0.001, 0.05)),
    /it helps: at most 0\.\d\d times as often \(which is wrong in at most 1 of 20 such phases, however often one looks\); needed at most 0\.7 times as often, target at most 1\.0 % \(the objective\); no history of bursts was known; decided after \d+ s$/,
  ],
  RESTORED: [
    () => decide(rates(0.001, 0, { share: 1 }), { mode: 'absolute', tauSource: 'last-controlled-phase' }),
    /restored, target at most 1\.0 % \(0\.7 times what v42 failed in the last phase that had it for a control, as nothing says what is normal\); there was no control/,
  ],
  NO_HARM: [
    () => decide(rates(0.001, 0.05), { mode: 'no-harm' }),
    /proven to fail at most 1\.5 times as often and 1\.0 % more; whether it helps was not asked/,
  ],
  NOTHING_TO_JUDGE: [
    () => decide(rates(0, 0, idle)),
    /no traffic on either revision for 60 s; moved on without judging/,
  ],
  WORSE: [
    () => decide(rates(0.15, 0.05)),
    /v41 fails more: \d\.\d to \d\.\d times as often; .* which errors are new on it these counts do not tell; stopped here at 25 % of eu, nothing was undone: unwind/,
  ],
  NOT_HELPING: [
    () => decide(rates(0.05, 0.05)),
    /did not halve the failures: 0\.\d\d to \d\.\d times as often, so the cause is probably not this release; stopped here at 25 % of eu, nothing was undone/,
  ],
  PERSISTS: [
    () => decide(rates(0.05, 0.05), { phaseIndex: 1 }),
    /the failures persist on v41: .* target at most 1\.0 % \(the objective\); stopped here/,
  ],
  NEW_PROBLEM: [slow, /latency got worse: bad in 12 % .* on v41 against 2\.0 % .* on v42 \(allowed 4\.0 %\); stopped/],
  NOT_ENOUGH_EVIDENCE: [
    () => judge(rates(0, 0.05, { perInterval: 40 }).slice(0, 6).reduce(observe, openJudge(settings()))),
    /not enough evidence yet; \d+ failures on v42 so far, about 20 are needed where v41 has none; at this rate about \d+ s more, at a share of half about \d+ s$/,
  ],
  PARTIAL: [
    () => decide(rates(0.02, 0.2)),
    /clearly better: 0\.\d\d to 0\.\d\d times as often, but still not good, target .*; approve .*, unwind gives it up$/,
  ],
  SYMPTOM_GONE: [
    () => decide(rates(0.0005, 0.0005)),
    /v42 is healthy now, target .*: nothing is left to fix, or this is the wrong metric; approve .*, abort ends it here$/,
  ],
  NO_DATA: [
    () => decide(rates(0, 0).map((sample) => ({ ...sample, strata: [] }))),
    /no usable metrics for 180 s; missing data never counts as good; goes on by itself once they are back, with the same evidence; approve/,
  ],
  DATA_POOR: [
    () =>
      judge(
        rates(0.001, 0.05)
          .map((sample, index) => (index < 4 || index > 12 ? sample : { ...sample, strata: [] }))
          .slice(0, 15)
          .map((sample, index) => (index > 12 ? { ...sample, strata: [] } : sample))
          .reduce(observe, openJudge(settings({ minIntervals: 9 }))),
      ),
    /more than half of the looks of the last 180 s brought nothing, so nothing goes on by them$/,
  ],
  NO_TRAFFIC: [
    () => decide(rates(0, 0, idle), { trafficSeen: true }),
    /counters stand still for 60 s though there was traffic: .* silence never counts as good; goes on by itself once they move, with the same evidence; approve/,
  ],
  SPLIT_MISMATCH: [
    () => decide(rates(0, 0.05, { share: 0 })),
    /v41 has a weight but gets no requests: the split does not do what the target says, .* goes on by itself once it does, with the same evidence; approve/,
  ],
  THIN: [
    () => decide(rates(0, 0, thin), short),
    /too little traffic to prove anything within 200 s; approve goes on unproven, retry begins to watch anew$/,
  ],
  COUPLED: [
    () => decide(rates(0.6, 0.62)),
    /both revisions fail together, .* something they share is probably the cause; approve goes on unproven, unwind/,
  ],
  LONGEST_BAKE: [
    () => decide(rates(0.03, 0.05, { perInterval: 40 }), { ...unknownTarget, longestBakeMs: 100_000 }),
    /no verdict within 100 s.*; retry watches on with the same evidence, approve goes on unproven$/,
  ],
  DRIFT: [() => ofTargets('DRIFT'), /someone else changed the weights; retry watches on, abort leaves it to them$/],
  NOT_CONVERGED: [() => ofTargets('NOT_CONVERGED'), /the weights were not seen to take effect; retry looks again$/],
};

describe('what people are told', () => {
  it.each(Object.entries(SAYS))('of %s: the counts, why, and what they may do', (reason, [verdict, says]) => {
    const told = verdict();
    expect(told.reason).toBe(reason);
    expect(told.text).toMatch(COUNTS);
    expect(told.text).toMatch(says);
    expect(told.text).not.toMatch(/significan|p-value|confidence|NaN|undefined|Infinity/);
  });

  it('tells who leans towards a halt, what before the phase was, and whose bursts were used', () => {
    const before = Array.from({ length: 20 }, () => ({ requests: 100, bad: 30 }));
    const failing = rates(0.06, 0.05, { perInterval: 30, share: 0.5 });
    const leaning = failing.slice(0, 9).reduce(observe, openJudge(settings(unknownTarget)));
    expect(judge(leaning).text).toMatch(/leans towards a halt \(\d+(\.\d+)? % of what that needs\)/);
    const drowning = rates(0.6, 0.62).slice(0, 4).reduce(observe, openJudge(settings(), before));
    expect(judge(drowning).text).toContain('before this phase v42 failed 600 of 2,000 (30 %), which decides nothing');
    expect(decide(rates(0.001, 0.05), { burst: { phi: 2 } }).text).toContain('bursts as the policy says');
  });

  it('does not promise that a soak or a renewed look goes on by itself where data are missing', () => {
    const blind = rates(0, 0).map((sample) => ({ ...sample, strata: [] }));
    const told = decide(blind, { mode: 'no-harm', renews: true }).text;
    expect(told).toMatch(/missing data never counts as good; retry watches on; approve goes on unproven$/);
    expect(told).not.toContain('by itself');
  });

  it('names the harm of a watch', () => {
    expect(watched(rates(0.1, 0, { share: 1, intervals: 6 })).text).toMatch(/v41 fails now, target at most 1\.0 %/);
  });
});
