import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings, Verdict } from '../../../src/domain/judge';
import { settings, START } from './support';

interface Rates {
  readonly slowStable: number;
  readonly slowCurrent: number;
  readonly perInterval?: number;
}

/** Errors are cured; what becomes slow is a matter of the rates. Counters that grow by exactly these rates. */
function watched({ slowStable, slowCurrent, perInterval = 400 }: Rates, change: Partial<JudgeSettings> = {}): Verdict {
  const opened = openJudge(settings({ guardrails: ['latency'], minIntervals: 2, ...change }));
  let state = opened;
  let verdict = judge(state);
  for (let tick = 1; tick <= 60; tick += 1) {
    const at = START + tick * 10_000;
    const total = tick * perInterval;
    const reading = (bad: number, slow: number) => [
      {
        series: 'one',
        requests: total,
        bad: Math.round(total * bad),
        guardrails: { latency: Math.round(total * slow) },
        at,
        startedAt: START,
      },
    ];
    const strata = [{ target: 'eu', stable: reading(0.001, slowStable), current: reading(0.05, slowCurrent) }];
    state = observe(state, { at, strata });
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
    expect(verdict.text).toContain(
      'latency got worse: bad in 12 % of requests on v41 against 2.0 % on v42 (allowed 4.0 %)',
    );
  });

  it('holds while it is not proven unharmed, and says which one', () => {
    const verdict = watched({ slowStable: 0.04, slowCurrent: 0.02 });
    expect(verdict).toMatchObject({ decision: 'hold', reason: 'LONGEST_BAKE' });
  });

  it('needs no proof where the policy says best effort and the estimate is within the margin', () => {
    const thin = { slowStable: 0.03, slowCurrent: 0.02, perInterval: 100 };
    const required = watched(thin);
    const bestEffort = watched(thin, { guardProof: 'best-effort' });
    expect(bestEffort).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
    expect(bestEffort.observedMs).toBeLessThan(required.observedMs);
  });

  it('takes a reading without it for a gap, never for "nothing slow"', () => {
    const at = START + 10_000;
    const bare = [{ series: 'one', requests: 500, bad: 0, at, startedAt: START }];
    const state = observe(openJudge(settings({ guardrails: ['latency'] })), {
      at,
      strata: [{ target: 'eu', stable: bare, current: bare }],
    });
    expect(state).toMatchObject({ intervals: 0, totals: { stable: { requests: 0 } } });
  });
});
