import type { EnvironmentAnswer } from '../environment/consult';
import { rollbackId } from '../rollback/request';
import { modeInForce } from '../service/mode';
import { refOf, requestFor } from '../service/start';
import type { Decision } from '../service/start';
import { activeFreeze } from '../service/state';
import type { PolicySlice, SeenAlert, ServiceState } from '../service/state';
import type { ServicePolicy } from '../policy/policy';
import type { AdmissionCode } from './admission-code';
import { alertIdentity } from './alert';
import type { Alert } from './alert';

/** An alert starts a rollback, reaches the live one, or is refused for a stated reason; never two of these. */
export type Admission = Decision<AdmissionCode>;

/**
 * How an alert comes to the door: for the first time; again because its rollback did not cover it; or again because
 * its rollback ended or was lost before it could look. The last two were accepted before, so age no longer counts.
 */
export type Standing = 'first' | 'uncovered' | 'late';

/** What the door knows of a delivery besides the alert. */
export interface AlertArrival {
  /** When it was safe in a history, for staleness; epoch milliseconds. `now` where absent. */
  readonly arrivedAt?: number;
  readonly standing?: Standing;
}

/**
 * The gateway acknowledges a delivery only once it is safe in a history, so its receipt is the arrival: time that
 * passes until a worker looks is an outage of ours and does not age the alert.
 */
export function arrivalOf(alert: Alert, handledAt: number): number {
  return Math.min(handledAt, alert.receivedAt);
}

/** Judges an alert against what the service remembers. Pure; `now` is epoch milliseconds. */
export function admitAlert(
  state: ServiceState,
  alert: Alert,
  slice: PolicySlice,
  now: number,
  arrival: AlertArrival = {},
): Admission {
  const foreign = alert.service !== state.service || alert.environment !== state.environment;
  if (foreign) return refused('NOT_MATCHED', `it names ${alert.environment}/${alert.service}`);
  if (alert.status === 'resolved') return admitResolve(state);
  if (slice.ok) {
    const unfit = unfitFor(alert, slice.policy, now, arrival);
    if (unfit) return unfit;
  }
  if (state.live) return admitBesideLive(state, state.live, alert);
  if (!slice.ok) return refused('POLICY_INVALID', `the policy of this service is invalid: ${slice.error}`);
  return alreadyHandled(state, alert, arrival) ?? admitFresh(state, alert, slice.policy, now, arrival);
}

/**
 * What an admission comes to once the environment has answered. Only what stops every alert refuses it; whether a
 * rollback may begin to move by itself is asked again, by the rollback, when it would.
 */
export function underEnvironment(admission: Admission, answer: EnvironmentAnswer): Admission {
  if (admission.kind !== 'start' || answer.kind === 'free') return admission;
  switch (answer.code) {
    case 'AUTOMATION_OFF':
    case 'COMMON_CAUSE': {
      const { environment, service } = admission.request;
      return refused(answer.code, `${answer.text}; by hand: phased-rollback start ${environment}/${service}`);
    }
    case 'AUTOMATION_ASK':
    case 'AUTOMATIC_LIMIT':
    case 'ENVIRONMENT_SILENT':
      return admission;
  }
}

function admitResolve(state: ServiceState): Admission {
  if (state.live) return { kind: 'forward', ref: refOf(state.live) };
  return refused('RESOLVED', 'it is resolved and no rollback is live');
}

function unfitFor(alert: Alert, policy: ServicePolicy, now: number, arrival: AlertArrival): Admission | undefined {
  const { match, severities, staleMs } = policy.alerts;
  const missed = Object.entries(match).find(([label, value]) => alert.labels[label] !== value);
  if (missed) return refused('NOT_MATCHED', `its label ${missed[0]} is not ${missed[1]}`);
  if (!severities.includes(alert.severity)) {
    return refused('BELOW_SEVERITY', `it is ${alert.severity}; the policy acts on ${severities.join(', ')}`);
  }
  const ageMs = (arrival.arrivedAt ?? now) - (alert.sentAt ?? alert.receivedAt);
  const first = (arrival.standing ?? 'first') === 'first';
  if (first && ageMs > staleMs) return refused('STALE', `it was ${inMinutes(ageMs)} old when it arrived`);
  return undefined;
}

/** The live run gets every new firing and every resolve; it decides what is evidence. */
function admitBesideLive(state: ServiceState, live: NonNullable<ServiceState['live']>, alert: Alert): Admission {
  const seen = seenAlert(state, alert);
  const known = seen?.rollback === live.number && seen.status === 'firing';
  if (known) return refused('REPEATED', `${rollbackId(live)} knows it; repeat ${seen.count} is counted`);
  return { kind: 'forward', ref: refOf(live) };
}

function alreadyHandled(state: ServiceState, alert: Alert, arrival: AlertArrival): Admission | undefined {
  if ((arrival.standing ?? 'first') !== 'first') return undefined;
  const number = seenAlert(state, alert)?.rollback;
  if (number === undefined) return undefined;
  const lost = state.past.some((past) => past.number === number && past.reason === 'TERMINATED');
  if (lost) return undefined;
  return refused('ALREADY_HANDLED', `${rollbackId({ ...state, number })} has dealt with it`);
}

function admitFresh(
  state: ServiceState,
  alert: Alert,
  policy: ServicePolicy,
  now: number,
  arrival: AlertArrival,
): Admission {
  const freeze = activeFreeze(state, now);
  if (freeze) return refused('FROZEN', `frozen by ${freeze.by} for ${inMinutes(freeze.until - now)} more`);
  const mode = modeInForce(state.mode, policy.mode, now);
  if (mode === 'off')
    return refused('AUTOMATION_OFF', `automation was switched off by ${state.mode?.by ?? 'the policy'}`);
  const cooling = arrival.standing === 'uncovered' ? undefined : coolDown(state, alert, policy, now);
  if (cooling) return cooling;
  const trigger = { kind: 'alert' as const, alerts: [alert] };
  return { kind: 'start', request: requestFor(state, { trigger, mode, cause: alert.cause, course: 'forward' }) };
}

function coolDown(state: ServiceState, alert: Alert, policy: ServicePolicy, now: number): Admission | undefined {
  const { coolingSince } = state;
  if (!coolingSince) return undefined;
  const leftMs = coolingSince.at + policy.alerts.coolDownMs - now;
  if (leftMs <= 0) return undefined;
  const text = `cooling down for ${inMinutes(leftMs)} more after ${rollbackId({ ...state, number: coolingSince.number })}`;
  if (alert.severity !== 'critical') return refused('COOLING_DOWN', text);
  const page = `${coolingSince.revision ?? 'the service'} is alerting too: ${alert.title}`;
  return { kind: 'refused', code: 'COOLING_DOWN', text: `${text}; ${page}`, page };
}

/** What is remembered of this alert's identity. */
export function seenAlert(state: ServiceState, alert: Alert): SeenAlert | undefined {
  const identity = alertIdentity(alert);
  return state.alerts.find((seen) => seen.identity === identity);
}

function refused(code: AdmissionCode, text: string): Admission {
  return { kind: 'refused', code, text };
}

function inMinutes(durationMs: number): string {
  const minutes = Math.ceil(durationMs / 60_000);
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}
