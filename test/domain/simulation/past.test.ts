import * as fc from 'fast-check';
import { generator, pastIncident } from '../../../src/domain/simulation';
import type { PastIncident, RememberedTarget, TimedCounts } from '../../../src/domain/simulation';
import { retellPhase } from '../../../src/domain/simulation/trace';

const STEP = 10_000;
const FROM = 1_700_000_000_000;
const TIMING = { intervalSeconds: 10, history: 5, intervals: 40 };

/** So many intervals from this one on, each with the same counts. */
function counted(first: number, many: number, requests: number, bad: number, spanMs = STEP): readonly TimedCounts[] {
  const places = Array.from({ length: many }, (_, index) => index + first);
  return places.map((place) => ({ at: FROM + (place + 1) * spanMs, spanMs, requests, bad }));
}

function remembered(more: Partial<RememberedTarget> = {}): RememberedTarget {
  return { target: 'eu', symptom: { current: counted(0, 60, 100, 5), stable: [] }, guardrails: {}, ...more };
}

const WINDOW = { from: FROM, to: FROM + 60 * STEP, intervalMs: STEP, oldFails: 0.001 };

function past(...targets: readonly RememberedTarget[]): PastIncident {
  const laid = pastIncident(targets, WINDOW);
  if (laid.kind !== 'past') throw new Error(laid.kind);
  return laid.past;
}

describe('a past window as an incident', () => {
  it('has the ratio and the traffic that the suspect had, and takes what it does not show of the old revision', () => {
    const { incident, oldSeen, intervals, unmeasured } = past(remembered());
    expect(incident).toMatchObject({ traffic: { eu: 10 }, current: 0.05, stable: 0.001 });
    expect({ oldSeen, intervals, unmeasured }).toEqual({ oldSeen: false, intervals: 60, unmeasured: 0 });
    expect(incident.trace?.['eu']).toHaveLength(60);
  });

  it('begins with the first request of the suspect, and reads before it what was normal', () => {
    const symptom = { current: counted(20, 40, 100, 5), stable: counted(0, 20, 100, 1) };
    const { incident, oldSeen, baseline, intervals } = past(remembered({ symptom }));
    expect({ oldSeen, baseline, intervals }).toEqual({ oldSeen: true, baseline: 0.01, intervals: 40 });
    expect(incident.stable).toBe(0.01);
  });

  it('keeps what was not measured as a gap, and gives what came after it to the interval in which it was read', () => {
    const current = counted(0, 60, 100, 5).filter((_, index) => index < 20 || index >= 23);
    const afterGap = current.map((each) =>
      each.at === FROM + 24 * STEP ? { ...each, spanMs: 4 * STEP, requests: 400, bad: 20 } : each,
    );
    const { incident, unmeasured } = past(remembered({ symptom: { current: afterGap, stable: [] } }));
    expect(unmeasured).toBe(3);
    expect(incident.trace?.['eu']?.slice(19, 24)).toMatchObject([
      { current: { requests: 100 } },
      null,
      null,
      null,
      { current: { requests: 400, bad: 20 } },
    ]);
  });

  it('goes by the intervals of a store that measures less often than the policy looks', () => {
    const current = counted(0, 20, 300, 15, 30_000);
    const { intervalMs, intervals, unmeasured } = past(remembered({ symptom: { current, stable: [] } }));
    expect({ intervalMs, intervals, unmeasured }).toEqual({ intervalMs: 30_000, intervals: 20, unmeasured: 0 });
  });

  it('takes a guardrail of the old revision to be like the suspect where nothing of it is seen', () => {
    const symptom = { current: counted(0, 60, 100, 5), stable: counted(0, 60, 50, 0) };
    const guardrails = {
      slow: { current: counted(0, 60, 100, 2), stable: [] },
      refused: { current: counted(0, 60, 100, 1), stable: counted(0, 60, 50, 5) },
      silent: { current: [], stable: [] },
    };
    const { incident, guardedOld } = past(remembered({ symptom, guardrails }));
    expect(incident.guardrails).toEqual({
      slow: { current: 0.02, stable: 0.02 },
      refused: { current: 0.01, stable: 0.1 },
    });
    expect(guardedOld).toEqual(['refused']);
  });

  it('leaves out a target on which the suspect had no request, and says so', () => {
    const idle = { target: 'us', symptom: { current: counted(0, 60, 0, 0), stable: [] }, guardrails: {} };
    const { incident, unserved } = past(remembered(), idle);
    expect(Object.keys(incident.traffic)).toEqual(['eu']);
    expect(unserved).toEqual(['us']);
  });

  it('is nothing where the suspect had no request, and too short where it had them in a few intervals', () => {
    const only = (current: readonly TimedCounts[]) => [remembered({ symptom: { current, stable: [] } })];
    expect(pastIncident(only([]), WINDOW)).toEqual({ kind: 'empty' });
    expect(pastIncident(only(counted(0, 60, 0, 0)), WINDOW)).toEqual({ kind: 'empty' });
    expect(pastIncident(only(counted(0, 11, 9, 0)), WINDOW)).toEqual({ kind: 'short', intervals: 11 });
  });
});

describe('a phase over a real past', () => {
  const usual = { stable: 0.001, current: 0.05, guardrails: { slow: { stable: 0.02, current: 0.02 } } };
  const counts = fc.nat(500).chain((requests) => fc.record({ requests: fc.constant(requests), bad: fc.nat(requests) }));
  const interval = fc.option(
    fc.record(
      { current: fc.record({ requests: fc.constant(90), bad: fc.nat(90) }), stable: counts },
      { requiredKeys: ['current'] },
    ),
    { nil: null },
  );

  it('loses no request and makes up none, whatever the split: only who served it is drawn anew', () => {
    fc.assert(
      fc.property(
        fc.array(interval, { minLength: 1, maxLength: 20 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(1_000),
        (intervals, share, seed) => {
          const { samples } = retellPhase({ intervals, beginsAt: 0, share, usual }, generator(seed, 0), TIMING);
          let served = 0;
          for (const { stable, current, at } of { [Symbol.iterator]: () => samples }) {
            const told = intervals[(at / 10_000 - 1) % intervals.length];
            expect([stable === null, current === null]).toEqual([!told, !told]);
            if (!told || !stable || !current) continue;
            served += told.current.requests + (told.stable?.requests ?? 0);
            expect(stable.requests + current.requests).toBe(served);
            expect(stable.bad).toBeLessThanOrEqual(stable.requests);
            expect(current.bad).toBeLessThanOrEqual(current.requests);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  const sampled = (intervals: Parameters<typeof retellPhase>[0]['intervals'], share: number) => {
    const { history, samples } = retellPhase({ intervals, beginsAt: 8, share, usual }, generator(7, 0), TIMING);
    return { history, last: [...{ [Symbol.iterator]: () => samples }].at(-1)! };
  };

  it('lets fail what stays with its revision as it did, and the rest as the other revision did then', () => {
    const both = { current: { requests: 1_000, bad: 50 }, stable: { requests: 1_000, bad: 300 } };
    const { last } = sampled([both], 0.25);
    expect(last.stable!.bad / last.stable!.requests).toBeCloseTo(0.3, 1);
    expect(last.current!.bad / last.current!.requests).toBeCloseTo(0.05, 1);
    expect(last.stable!.requests / 40).toBeCloseTo(500, -2);
  });

  it('draws a ratio of few requests towards the usual one', () => {
    const { last } = sampled([{ current: { requests: 1_000, bad: 50 }, stable: { requests: 1, bad: 1 } }], 0.5);
    expect(last.stable!.bad / last.stable!.requests).toBeLessThan(0.05);
  });

  it('has the suspect before it as its history, gaps left out', () => {
    const alone = { current: { requests: 10, bad: 1 } };
    const intervals = Array.from({ length: 20 }, (_, index) => (index === 6 ? null : alone));
    expect(sampled(intervals, 0.5).history).toEqual(Array.from({ length: 4 }, () => alone.current));
  });

  it('shows a guardrail with requests of its own, and not where it was not measured', () => {
    const slow = (requests: number, bad: number) => ({
      requests: 100,
      bad: 5,
      guardrails: { slow: { requests, bad } },
    });
    const intervals = [{ current: slow(60, 6) }, { current: { requests: 100, bad: 5 } }];
    const { samples } = retellPhase({ intervals, beginsAt: 0, share: 0.5, usual }, generator(7, 0), TIMING);
    const [first, second] = [samples.next().value!, samples.next().value!];
    const of = (sample: typeof first) => [
      sample.stable?.ownGuardrails?.['slow'],
      sample.current?.ownGuardrails?.['slow'],
    ];
    const [stable, current] = of(first);
    expect((stable?.requests ?? 0) + (current?.requests ?? 0)).toBe(60);
    expect(of(second)).toEqual([undefined, undefined]);
  });
});
