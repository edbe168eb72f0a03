import type { AlertPolicy, Mode, Pace, ServicePolicy, TimingPolicy } from '../domain/policy/policy';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Every default of a service, in one table; milliseconds where it is a time. */
export const DEFAULTS = {
  environment: 'prod',
  /** Alerts ask before anything moves. */
  mode: 'ask' satisfies Mode as Mode,
  pace: 'balanced' satisfies Pace as Pace,
  onHalt: 'stay' satisfies ServicePolicy['onHalt'] as ServicePolicy['onHalt'],
  onThinEvidence: 'ask' satisfies ServicePolicy['onThinEvidence'] as ServicePolicy['onThinEvidence'],
  onCoupled: 'ask' satisfies ServicePolicy['onCoupled'] as ServicePolicy['onCoupled'],
  timing: {
    intervalMs: 10 * SECOND,
    settleMs: 20 * SECOND,
    longestBakeMs: 10 * MINUTE,
    soakMs: 10 * MINUTE,
    noDataMs: 3 * MINUTE,
    quietMs: 1 * MINUTE,
    capacityMs: 5 * MINUTE,
    approvalMs: 10 * MINUTE,
    reminderMs: 15 * MINUTE,
    knowledgeMs: 15 * MINUTE,
    reliefWithinMs: 15 * MINUTE,
  } satisfies TimingPolicy,
  alerts: {
    match: {},
    severities: ['critical'],
    staleMs: 5 * MINUTE,
    blameWindowMs: 4 * HOUR,
    coolDownMs: 30 * MINUTE,
    knownGoodMs: 30 * MINUTE,
  } satisfies AlertPolicy as AlertPolicy,
  notify: [{ type: 'log' }],
  archive: { type: 'directory', path: '.phased-rollback/reports' },
  gateway: { host: '127.0.0.1', port: 8321 },
} as const;
