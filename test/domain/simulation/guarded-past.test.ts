import {
  forecastOf,
  generator,
  heldAgainstPasts,
  playPhase,
  playRuns,
  rehearsalOf,
  replayReport,
  replaySettings,
} from '../../../src/domain/simulation';
import type { Incident, ReplayedReport } from '../../../src/domain/simulation';
import type { MetricPolicy } from '../../../src/domain/policy/policy';
import { policyOf, targets } from '../plan/support/plans';
import { POLICY } from '../rollback/support/fixtures';
import { PHASE_MS, reportOf, START, TIMING } from './support/reports';

const SLOW: MetricPolicy = { name: 'slow', kind: 'latency', provider: { type: 'in-memory' } };
const ALONE = { index: 0, weights: [{ target: 'eu', weight: 100 }], noControl: true };

function rehearsed(slow: Partial<MetricPolicy> = {}, noControl = true) {
  const policy = policyOf(targets('eu'), { timing: TIMING, metrics: [...POLICY.metrics, { ...SLOW, ...slow }] });
  const phase = { ...ALONE, name: 'eu 100 %', gate: 'automatic' as const, noControl, because: 'all' };
  return { policy, phase, rehearsal: rehearsalOf(policy, { phases: [phase], extent: ['eu'], cause: 'errors' }) };
}

const cured = (slow: { readonly stable: number; readonly current: number }): Incident => ({
  traffic: { eu: 100 },
  current: 0.05,
  stable: 0.001,
  guardrails: { slow },
});

function reasonsOf(incident: Incident, slow: Partial<MetricPolicy> = {}): ReadonlySet<string> {
  const { rehearsal } = rehearsed(slow);
  const played = [...playRuns(rehearsal, incident, { runs: 20, seed: 3, baseline: 0.001 })];
  expect(forecastOf(played, rehearsal, incident, 0.001).runs).toBe(20);
  return new Set(played.map(({ phases }) => phases.at(-1)?.reason ?? 'none'));
}

describe('a simulated guardrail in a phase without a control', () => {
  it('halts where the old revision does worse than the suspect did before, though no objective says so', () => {
    expect(reasonsOf(cured({ stable: 0.3, current: 0.02 }))).toEqual(new Set(['NEW_PROBLEM']));
  });

  it('lets pass what is as it was before', () => {
    expect(reasonsOf(cured({ stable: 0.02, current: 0.02 }))).toEqual(new Set(['RESTORED']));
  });

  it('is held against its objective where the policy has one, whatever was before', () => {
    expect(reasonsOf(cured({ stable: 0.3, current: 0.02 }), { objective: 0.5 })).toEqual(new Set(['RESTORED']));
  });

  it('is named where a phase has no control and the policy says nothing of it', () => {
    expect(heldAgainstPasts(rehearsed().rehearsal)).toEqual(['slow']);
    expect(heldAgainstPasts(rehearsed({ objective: 0.1 }).rehearsal)).toEqual([]);
    expect(heldAgainstPasts(rehearsed({}, false).rehearsal)).toEqual([]);
  });
});

describe('a guardrail over a real past', () => {
  const interval = (bad: number | undefined) => ({
    current: {
      requests: 1_000,
      bad: 50,
      ...(bad === undefined ? {} : { guardrails: { slow: { requests: 1_000, bad } } }),
    },
  });
  const trace = (before: number | undefined) => ({
    eu: [...Array.from({ length: 30 }, () => interval(before)), ...Array.from({ length: 70 }, () => interval(20))],
  });
  const reasonOver = (before: number | undefined, more: Partial<Incident> = {}): string => {
    const { rehearsal, phase } = rehearsed();
    const incident = { ...cured({ stable: 0.3, current: 0.02 }), trace: trace(before), ...more };
    const setting = { baseline: 0.001, beginsAt: 30, onCoupled: 'ask' as const };
    return playPhase(rehearsal, phase, incident, setting, generator(5, 0)).reason;
  };

  it('is held against what the suspect had in the intervals before the phase', () => {
    expect(reasonOver(20)).toBe('NEW_PROBLEM');
    expect(reasonOver(300)).toBe('RESTORED');
  });

  it('is held against the old revision before the suspect came where those show nothing, and else not judged', () => {
    const old = (bad: number) => ({ guardedBefore: { slow: [{ requests: 10_000, bad }] } });
    expect(reasonOver(undefined, old(200))).toBe('NEW_PROBLEM');
    expect(reasonOver(undefined, old(3_000))).toBe('RESTORED');
    expect(reasonOver(undefined)).toBe('RESTORED');
  });
});

describe('a guardrail in the log of a report', () => {
  type Row = readonly [number, number, number, number];

  /** A phase of a quarter, then one of all: the guardrail's counts of the suspect in the first, of the old revision in both. */
  const logged = (first: Row, then: Row): ReplayedReport => {
    const looks = (number: number, symptom: Row, slow: Row) =>
      Array.from({ length: 60 }, (_, index) => ({
        at: START + (number - 1) * PHASE_MS + (index + 1) * 10_000,
        phase: number,
        symptom: { eu: symptom },
        guardrails: { slow: { eu: slow } },
      }));
    const samples = [...looks(1, [250, 0, 750, 75], first), ...looks(2, [1_000, 0, 0, 0], then)];
    return reportOf([25, 100], 2, { samples });
  };
  const lastOf = (first: Row, then: Row) =>
    replayReport(logged(first, then), replaySettings(rehearsed().policy, 'errors', ['slow'])).at(-1)?.now;

  it('is held in a phase without a control against what the suspect had in the looks before it', () => {
    const harmed = lastOf([250, 5, 750, 15], [1_000, 300, 0, 0]);
    expect(harmed).toMatchObject({ decision: 'halt', reason: 'NEW_PROBLEM' });
    const fine = lastOf([250, 5, 750, 15], [1_000, 20, 0, 0]);
    expect(fine).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
    expect(fine?.text).toContain('held against what was seen on the suspect in the minutes before: slow');
  });

  it('is not judged there where the log has nothing of the suspect, and the verdict says so', () => {
    const now = lastOf([250, 5, 0, 0], [1_000, 300, 0, 0]);
    expect(now).toMatchObject({ decision: 'proceed', reason: 'RESTORED' });
    expect(now?.text).toContain('not judged, for neither the policy nor a past says what is normal: slow');
  });
});
