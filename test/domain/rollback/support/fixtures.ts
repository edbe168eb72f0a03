import type { Alert } from '../../../../src/domain/alert/alert';
import type { Verdict, VerdictReason } from '../../../../src/domain/judge/verdict';
import type { Census, TargetReading } from '../../../../src/domain/plan/census';
import type { Phase, RollbackPlan } from '../../../../src/domain/plan/plan';
import type { Mode, ServicePolicy } from '../../../../src/domain/policy/policy';
import type { RollbackRequest } from '../../../../src/domain/rollback';

export const START = 1_795_400_000_000;

export const POLICY: ServicePolicy = {
  environment: 'prod',
  service: 'checkout',
  mode: 'ask',
  pace: 'balanced',
  targets: [
    { name: 'eu', labels: { region: 'eu' }, adapter: { type: 'in-memory' } },
    { name: 'us', labels: { region: 'us' }, adapter: { type: 'in-memory' } },
  ],
  metrics: [{ name: 'errors', kind: 'errors', provider: { type: 'in-memory' }, objective: 0.01 }],
  phases: [],
  checks: [],
  notify: [],
  archive: { type: 'in-memory' },
  alerts: {
    match: {},
    severities: ['critical'],
    staleMs: 300_000,
    blameWindowMs: 14_400_000,
    coolDownMs: 1_800_000,
    knownGoodMs: 1_800_000,
  },
  timing: {
    intervalMs: 1_000,
    settleMs: 2_000,
    longestBakeMs: 60_000,
    soakMs: 5_000,
    noDataMs: 30_000,
    quietMs: 10_000,
    capacityMs: 20_000,
    approvalMs: 60_000,
    reminderMs: 90_000,
    knowledgeMs: 900_000,
    reliefWithinMs: 900_000,
    keepWarmMs: 3_600_000,
  },
  onHalt: 'stay',
  onThinEvidence: 'ask',
  onCoupled: 'ask',
  guardProof: 'required',
  hash: 'abc123',
};

export function alert(change: Partial<Alert> = {}): Alert {
  return {
    source: 'alertmanager',
    fingerprint: 'f1',
    status: 'firing',
    severity: 'critical',
    service: 'checkout',
    environment: 'prod',
    cause: 'errors',
    title: 'checkout fails',
    labels: {},
    startsAt: START - 1_000,
    receivedAt: START,
    ...change,
  };
}

export function request(
  mode: Mode = 'ask',
  by: 'alert' | 'person' = 'alert',
  course: 'forward' | 'now' = 'forward',
): RollbackRequest {
  return {
    environment: 'prod',
    service: 'checkout',
    number: 1,
    trigger:
      by === 'alert'
        ? { kind: 'alert', alerts: [alert()] }
        : { kind: 'person', by: 'ada', reason: 'checkout is down', at: START },
    cause: 'errors',
    mode,
    course,
    releases: [],
    quarantined: [],
    alertedAt: [],
  };
}

export function phase(
  index: number,
  weights: Readonly<Record<string, number>>,
  gate: Phase['gate'] = 'automatic',
): Phase {
  return {
    index,
    name: Object.entries(weights)
      .map(([target, weight]) => `${target} ${weight} %`)
      .join(', '),
    weights: Object.entries(weights).map(([target, weight]) => ({ target, weight })),
    gate,
    noControl: Object.values(weights).every((weight) => weight === 100),
    because: 'a test says so',
  };
}

export function plan(firstGate: Phase['gate'] = 'approval'): RollbackPlan {
  return {
    fromRevision: 'v42',
    toRevision: 'v41',
    cause: 'errors',
    pace: 'balanced',
    extent: ['eu', 'us'],
    outside: [],
    phases: [phase(0, { eu: 25 }, firstGate), phase(1, { eu: 100 }), phase(2, { us: 50 }), phase(3, { us: 100 })],
    because: 'v42 was released 10 minutes before the alert',
    expectedReliefMs: 120_000,
    plannedAt: START,
  };
}

export function reading(target: string, weight: number, capacity = 100, at = START): TargetReading {
  return {
    target,
    at,
    revisions: [
      { revision: 'v42', weight: 100 - weight, readyCapacity: 100, readyInstances: 2 },
      { revision: 'v41', weight, readyCapacity: capacity, readyInstances: capacity > 0 ? 2 : 0 },
    ],
  };
}

export function censusOf(weights: Readonly<Record<string, number>>, capacity = 100): Census {
  return Object.fromEntries(
    Object.entries(weights).map(([target, weight]) => [target, reading(target, weight, capacity)]),
  );
}

export function verdict(decision: Verdict['decision'], reason: VerdictReason, at = START): Verdict {
  return {
    decision,
    reason,
    escalate: decision === 'hold',
    text: `${decision} because ${reason}`,
    current: { requests: 100, bad: 8 },
    stable: { requests: 40, bad: 0 },
    evidence: {},
    observedMs: 3_000,
    at,
  };
}
