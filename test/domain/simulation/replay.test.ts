import { loggedGuardrails, rehearsalOf, replayReport, replaySettings } from '../../../src/domain/simulation';
import type { ReplayedReport } from '../../../src/domain/simulation';
import { policyOf, targets } from '../plan/support/plans';
import { POLICY } from '../rollback/support/fixtures';
import { PHASE_MS, reportOf, START, TIMING } from './support/reports';

type Point = ReplayedReport['traffic'][number];

/** One phase of ten minutes: so many bad of a hundred requests each ten seconds on either revision. */
function points(from: number, current: number, stable: number, everyMs = 10_000): readonly Point[] {
  const width = everyMs / 10_000;
  return Array.from({ length: PHASE_MS / everyMs }, (_, index) => ({
    at: from + (index + 1) * everyMs,
    current: { requests: 100 * width, bad: current * width },
    stable: { requests: 100 * width, bad: stable * width },
  }));
}

const report = (traffic: readonly Point[], more: Partial<ReplayedReport> = {}) =>
  reportOf([25, 50, 100], 2, { traffic, ...more });

const policy = policyOf(targets('eu'), { timing: TIMING });
const rehearsal = rehearsalOf(policy, { phases: [], extent: [], cause: 'errors' });
const HELPED = [...points(START, 10, 0), ...points(START + PHASE_MS, 10, 0)];

describe('the log of an earlier rollback, judged again', () => {
  it('tells of each phase that began what would be decided and when', () => {
    const phases = replayReport(report(HELPED), rehearsal);
    expect(phases.map(({ phase, samples, loggedMs }) => ({ phase, samples, loggedMs }))).toEqual([
      { phase: 1, samples: 60, loggedMs: PHASE_MS },
      { phase: 2, samples: 60, loggedMs: PHASE_MS },
    ]);
    for (const { now } of phases) {
      expect(now).toMatchObject({ decided: true, decision: 'proceed' });
      expect(now?.afterMs).toBeLessThan(PHASE_MS);
    }
  });

  it.each([
    ['harms', 2, 20, 'WORSE'],
    ['changes nothing', 10, 10, 'NOT_HELPING'],
  ])('halts where going back %s', (_name, current, stable, reason) => {
    const [first] = replayReport(report(points(START, current, stable)), rehearsal);
    expect(first?.now).toMatchObject({ decided: true, decision: 'halt', reason });
  });

  it('follows the policy of today: with a shorter bake the same counts are put to a person', () => {
    const short = { ...rehearsal, timing: { ...rehearsal.timing, longestBakeMs: 20_000 } };
    const [first] = replayReport(report(HELPED), short);
    expect(first?.now).toMatchObject({ decided: true, decision: 'hold', afterMs: 20_000 });
  });

  it.each([
    ['more clumped failures are awaited', { burst: { minIntervals: 6 } }],
    ['more help is asked for', { margins: { help: 0.05 } }],
  ])('decides later where the policy says that %s', (_name, keys) => {
    const decidedAfter = (present: typeof policy): number =>
      replayReport(report(HELPED), rehearsalOf(present, { phases: [], extent: [], cause: 'errors' }))[0]?.now
        ?.afterMs ?? 0;
    expect(decidedAfter({ ...policy, ...keys })).toBeGreaterThan(decidedAfter(policy));
  });

  it('says what was decided then, from its last verdict', () => {
    const verdict = {
      decision: 'hold' as const,
      reason: 'THIN' as const,
      escalate: true,
      text: '',
      evidence: {},
      observedMs: 0,
      current: { requests: 0, bad: 0 },
      stable: { requests: 0, bad: 0 },
      phase: 1,
      times: 1,
    };
    const verdicts = [
      { ...verdict, at: START + 1_000 },
      { ...verdict, at: START + 90_000, reason: 'COUPLED' as const },
    ];
    const [first, second] = replayReport(report(HELPED, { verdicts }), rehearsal);
    expect(first?.earlier).toEqual({ decision: 'hold', reason: 'COUPLED', afterMs: 90_000 });
    expect(second?.earlier).toBeUndefined();
  });

  it('ends a phase where traffic goes back to the suspect, and is undecided where the log ends too early', () => {
    const shares = [
      { at: START, weights: { eu: 25 } },
      { at: START + 15_000, weights: { eu: 0 } },
    ];
    const [first, second] = replayReport(report(points(START, 10, 0), { shares }), rehearsal);
    expect(first).toMatchObject({ samples: 1, now: { decided: false } });
    expect(second).toMatchObject({ samples: 0, current: { requests: 0 } });
    expect(second?.now).toBeUndefined();
  });

  it('leaves out the sum that may reach over a shift where the log was shortened', () => {
    const many = Array.from({ length: 400 }, (_, index) => ({
      at: START - 400_000 + index,
      current: { requests: 10, bad: 1 },
      stable: { requests: 0, bad: 0 },
    }));
    const [first] = replayReport(report([...many, ...points(START, 10, 0, 20_000)]), rehearsal);
    expect(first?.samples).toBe(29);
    expect(first?.now).toMatchObject({ decided: true, decision: 'proceed' });
  });

  describe('that kept its looks', () => {
    const guarded = policyOf(targets('eu', 'us'), {
      timing: TIMING,
      metrics: [
        ...POLICY.metrics,
        { name: 'slow', kind: 'latency', provider: { type: 'in-memory' } },
        { name: 'killed', kind: 'saturation', provider: { type: 'in-memory' }, measures: 'events' },
        { name: 'memory', kind: 'saturation', provider: { type: 'in-memory' }, measures: 'gauge' },
      ],
    });
    type Row = readonly [number, number, number, number];
    /** The first phase over two targets: a row each look of each target, and of the guardrails. */
    const looks = (rows: Readonly<Record<string, Row>>, guardrails: Readonly<Record<string, Row>> = {}) =>
      Array.from({ length: 60 }, (_, index) => ({
        at: START + (index + 1) * 10_000,
        phase: 1,
        symptom: rows,
        guardrails: Object.fromEntries(Object.entries(guardrails).map(([name, row]) => [name, { eu: row, us: row }])),
      }));
    const helped: Row = [100, 0, 100, 10];
    const told = (samples: ReplayedReport['samples']): ReplayedReport => {
      const { plan, ...rest } = report(points(START, 10, 0), { samples });
      const weights = [
        { target: 'eu', weight: 25 },
        { target: 'us', weight: 25 },
      ];
      return { ...rest, plan: { ...plan!, phases: [{ ...plan!.phases[0]!, weights }] } };
    };
    const replayed = (samples: ReplayedReport['samples']) => {
      const settings = replaySettings(guarded, 'errors', loggedGuardrails({ samples }));
      return replayReport(told(samples), settings)[0]!;
    };

    it('is judged with its guardrails: one that is harmed halts, as it would have then', () => {
      const { now } = replayed(looks({ eu: helped, us: helped }, { slow: [100, 30, 100, 2] }));
      expect(now).toMatchObject({ decided: true, decision: 'halt', reason: 'NEW_PROBLEM' });
      expect(now?.text).toContain('slow');
    });

    it('goes on where guardrails are unharmed, events among them, later than without them', () => {
      const quick = replayed(looks({ eu: helped, us: helped })).now;
      const { now, samples, stable } = replayed(
        looks({ eu: helped, us: helped }, { slow: [100, 2, 100, 2], killed: [0, 0, 0, 0] }),
      );
      expect(now).toMatchObject({ decided: true, decision: 'proceed' });
      expect(now!.afterMs).toBeGreaterThan(quick!.afterMs);
      expect({ samples, stable }).toEqual({ samples: 60, stable: { requests: 12_000, bad: 0 } });
    });

    it('does not go on by the metrics of one target while another is silent', () => {
      const { now } = replayed(looks({ eu: helped }));
      expect(now).toMatchObject({ decision: 'hold' });
      expect(now?.text).toContain('us');
    });

    it('is judged over all targets together where they were not kept apart', () => {
      const { now } = replayed(looks({ 'all targets': [200, 0, 200, 20] }));
      expect(now).toMatchObject({ decided: true, decision: 'proceed' });
    });

    it('leaves out guardrails of which it has nothing, and gauges', () => {
      const settings = replaySettings(guarded, 'errors', ['slow']);
      expect(settings.guardrails.map(({ name }) => name)).toEqual(['slow']);
      expect(settings.notSimulated).toEqual(['killed', 'memory']);
    });

    it('falls back to the sums for a phase of which no look was kept', () => {
      const { now, samples } = replayed(looks({ eu: helped }).map((look) => ({ ...look, phase: 2 })));
      expect({ samples, decided: now?.decided }).toEqual({ samples: 60, decided: true });
    });
  });

  it('has nothing to say where no plan was made', () => {
    expect(replayReport({ ...report(HELPED), plan: undefined }, rehearsal)).toEqual([]);
  });
});
