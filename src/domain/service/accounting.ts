import { seenAlert } from '../alert/admission';
import type { Admission } from '../alert/admission';
import { alertIdentity } from '../alert/alert';
import type { Alert } from '../alert/alert';
import { rollbackId } from '../rollback/request';
import { isAutomatic } from '../rollback/request';
import type { RollbackRef, RollbackRequest } from '../rollback/request';
import { withQuarantine } from './gate';
import type { ServiceOutcome } from './outcome';
import type { Decision } from './start';
import { KEPT, kept } from './state';
import type { LiveRollback, SeenAlert, ServiceState } from './state';

/**
 * Counts an alert under its identity and remembers what became of it. A repeat leaves the earlier outcome as it was;
 * an alert that we ourselves bring to the door again is no new delivery.
 */
export function countAlert(
  state: ServiceState,
  alert: Alert,
  admission: Admission,
  at: number,
  deliveries: 0 | 1 = 1,
): ServiceState {
  const before = seenAlert(state, alert);
  const others = state.alerts.filter((seen) => seen !== before);
  const counted: SeenAlert = {
    identity: alertIdentity(alert),
    title: alert.title.slice(0, KEPT.textLength),
    severity: alert.severity,
    status: alert.status,
    count: (before?.count ?? 0) + deliveries,
    firstAt: before?.firstAt ?? at,
    lastAt: at,
    ...reachOf(before, admission),
  };
  const accepted = admission.kind !== 'refused' && alert.status === 'firing';
  return {
    ...state,
    alerts: kept(others, counted, KEPT.alerts),
    alertedAt: accepted ? kept(state.alertedAt, at, KEPT.alertedAt) : state.alertedAt,
    live: state.live && admission.kind === 'forward' ? passedOn(state.live, alert, at) : state.live,
    deferred: isDeferred(admission) ? deferredWith(state, alert) : state.deferred,
  };
}

function reachOf(before: SeenAlert | undefined, admission: Admission): Pick<SeenAlert, 'outcome' | 'rollback'> {
  switch (admission.kind) {
    case 'start':
      return { outcome: 'STARTED', rollback: admission.request.number };
    case 'forward':
      return { outcome: 'FORWARDED', rollback: admission.ref.number };
    case 'refused':
      return before?.rollback === undefined
        ? { outcome: admission.code }
        : { outcome: before.outcome, rollback: before.rollback };
  }
}

function passedOn(live: LiveRollback, alert: Alert, at: number): LiveRollback {
  if (alert.status !== 'firing') return live;
  return { ...live, passedOn: kept(live.passedOn, { alert, at }, KEPT.passedOn) };
}

function isDeferred(admission: Admission): boolean {
  return admission.kind === 'refused' && admission.code === 'POLICY_INVALID';
}

function deferredWith(state: ServiceState, alert: Alert): readonly Alert[] {
  const others = state.deferred.filter((other) => alertIdentity(other) !== alertIdentity(alert));
  return kept(others, alert, KEPT.deferred);
}

/** Records that the rollback of a request runs; from now on it is the live one. */
export function startedRollback(state: ServiceState, request: RollbackRequest, at: number): ServiceState {
  const { environment, service, number, cause, extent, fromRevision } = request;
  const live: LiveRollback = {
    environment,
    service,
    number,
    startedAt: at,
    cause,
    ...(isAutomatic(request) ? { automatic: true as const } : {}),
    ...(extent ? { extent } : {}),
    passedOn: [],
  };
  const started = { ...state, live, census: {}, nextNumber: number + 1 };
  if (cause !== 'security' || fromRevision === undefined) return started;
  const by = rollbackId(request);
  return withQuarantine(started, {
    revision: fromRevision,
    because: 'named as the cause of a security rollback',
    by,
    at,
  });
}

/** The id of the next rollback is taken: the run under it is the live one, or the number is skipped. */
export function takenNumber(state: ServiceState, request: RollbackRequest, running: boolean, at: number): ServiceState {
  const skipped = { ...state, nextNumber: Math.max(state.nextNumber, request.number + 1) };
  return running ? startedRollback(skipped, request, at) : skipped;
}

/** The answer to a message that wanted a rollback. */
export function outcomeFor(id: string, kind: string, decision: Decision, at: number): ServiceOutcome {
  switch (decision.kind) {
    case 'start': {
      const rollback = rollbackId(decision.request);
      return { id, kind, at, result: 'applied', text: `started ${rollback}`, rollback };
    }
    case 'forward':
      return passedOnOutcome(id, kind, decision.ref, at);
    case 'refused':
      return { id, kind, at, result: 'refused', code: decision.code, text: decision.text };
  }
}

function passedOnOutcome(id: string, kind: string, ref: RollbackRef, at: number): ServiceOutcome {
  const rollback = rollbackId(ref);
  return { id, kind, at, result: 'applied', text: `passed on to ${rollback}, which is live`, rollback };
}
