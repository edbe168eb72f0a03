import type { Alert } from '../alert/alert';
import { alertIdentity } from '../alert/alert';
import { currentPhase, hasMoved, toRevisionOf } from './progress';
import type { RunState } from './state';

/**
 * What people must hear when a critical alert that was not known comes after everything has moved: then it is the old
 * revision that alarms. Undefined otherwise.
 */
export function alertingToo(state: RunState, alert: Alert): string | undefined {
  const isNew = !state.alerts.some((known) => alertIdentity(known) === alertIdentity(alert));
  const isAllMoved = hasMoved(state) && state.plan !== undefined && currentPhase(state) === undefined;
  if (!isNew || !isAllMoved || alert.status !== 'firing' || alert.severity !== 'critical') return undefined;
  return `${toRevisionOf(state) ?? 'the old revision'} is alerting too: ${alert.title}`;
}
