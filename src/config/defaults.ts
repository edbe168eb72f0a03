import type { EnvironmentLimits } from '../domain/environment/policy';
import type { AlertPolicy, Mode, Pace, ServicePolicy, TimingPolicy } from '../domain/policy/policy';
import { WATCHED_AFTER_MS } from '../domain/service/watched';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Every default of the policy file, in one table; milliseconds where it is a time. */
export const DEFAULTS = {
  /** Where a service runs when its stanza does not say. */
  environment: 'prod',
  /** Alerts ask before anything moves. */
  mode: 'ask' as Mode,
  /** First share, all of that target, one more at half, then the rest by thirds. */
  pace: 'balanced' as Pace,
  /** After a halt nothing moves until a person says so. */
  onHalt: 'stay' as ServicePolicy['onHalt'],
  /** Too few requests to tell: ask. */
  onThinEvidence: 'ask' as ServicePolicy['onThinEvidence'],
  /** Old and new fail together, so a small share proves nothing: ask. */
  onCoupled: 'ask' as ServicePolicy['onCoupled'],
  /** A phase goes on once the other metrics are proven unharmed. */
  guardProof: 'required' as ServicePolicy['guardProof'],
  timing: {
    /** Between two samples of the metrics. */
    intervalMs: 10 * SECOND,
    /** After a shift, while what is seen counts for neither revision. */
    settleMs: 20 * SECOND,
    /** A phase without a verdict by then asks a person. */
    longestBakeMs: 10 * MINUTE,
    /** Watching after everything is back. */
    soakMs: 10 * MINUTE,
    /** Without usable metrics for this long a person is asked. */
    noDataMs: 3 * MINUTE,
    /** Counters flat for this long mean that there is no traffic. */
    quietMs: 1 * MINUTE,
    /** Patience for the old revision to become ready. */
    capacityMs: 5 * MINUTE,
    /** An approval not given by then pages again. */
    approvalMs: 10 * MINUTE,
    /** Between reminders of whatever else waits for a person. */
    reminderMs: 15 * MINUTE,
    /** Plan and checks older than this are renewed before something moves. */
    knowledgeMs: 15 * MINUTE,
    /** Phases are merged until full relief is expected by then. */
    reliefWithinMs: 15 * MINUTE,
    keepWarmMs: 60 * MINUTE,
    watchAfterMs: WATCHED_AFTER_MS,
  } satisfies TimingPolicy,
  alerts: {
    /** No labels asked for: the gateway goes by the labels that name the service and the environment. */
    match: {},
    severities: ['critical'],
    /** An alert that arrives later than this after it was sent starts nothing. */
    staleMs: 5 * MINUTE,
    /** A release older than this when the alert began is not blamed. */
    blameWindowMs: 4 * HOUR,
    /** After a rollback ends, alerts of the same service start no other for this long. */
    coolDownMs: 30 * MINUTE,
    /** A revision that served this long is known good. */
    knownGoodMs: 30 * MINUTE,
  } satisfies AlertPolicy as AlertPolicy,
  environments: {
    /** Automatic rollbacks that may be under way in an environment at once; others ask a person. */
    automaticAtOnce: 2,
    /** So many services that alert within so long have one trouble: nothing begins by itself. */
    commonCause: { services: 3, withinMs: 5 * MINUTE },
  } satisfies EnvironmentLimits as EnvironmentLimits,
  /**
   * A metric without an objective is judged by comparison alone. Metrics in one line tell several targets apart by a label
   * that holds their names; where no series has it, nothing is counted, which never counts as good.
   */
  metric: { kind: 'errors', targetLabel: 'region' },
  /** Told to the worker's log until a channel is set up. */
  notify: [{ type: 'log' }],
  /** Beside the policy file. */
  archive: { type: 'directory', path: './.phased-rollback/archive' },
  gateway: {
    /** Loopback only, so that nothing is open before tokens are set up. */
    host: '127.0.0.1',
    port: 8321,
    /** By the name in their path; named in the file, it is replaced. */
    alertSources: { alertmanager: { type: 'alertmanager' } },
  },
} as const;
