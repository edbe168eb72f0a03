import type { RollbackRef } from '../rollback/request';
import { activeCommonCause, alertingAt, commonCauseEnds } from './common-cause';
import { brakeText } from './consult';
import type { EnvironmentLimits } from './policy';
import { activeBrake } from './state';
import type { AlertingService, EnvironmentState, MasterSwitch } from './state';

/** What people are shown of an environment. */
export interface EnvironmentView {
  readonly environment: string;
  /** How far automation may go now. */
  readonly automation: 'on' | 'ask' | 'off';
  /** The same in a sentence: who, until when, why. */
  readonly text: string;
  readonly brake?: MasterSwitch;
  readonly limits?: EnvironmentLimits;
  /** Several services alert together; `endsAt` is when it ends if no other alert comes. */
  readonly commonCause?: { readonly since: number; readonly services: readonly string[]; readonly endsAt: number };
  /** Services that have alerted within the window, the newest last. */
  readonly alerting: readonly AlertingService[];
  /** Rollbacks that began to move by themselves and have not ended, as far as is known. */
  readonly automatic: readonly (RollbackRef & { readonly since: number })[];
  readonly asOf: number;
}

/** The view at `now`; epoch milliseconds. */
export function environmentView(state: EnvironmentState, now: number): EnvironmentView {
  const { environment, limits } = state;
  const brake = activeBrake(state, now);
  const cause = activeCommonCause(state, now);
  return {
    environment,
    automation: brake?.to ?? 'on',
    text: brakeText(state, now),
    ...(brake ? { brake } : {}),
    ...(limits ? { limits } : {}),
    ...(cause && limits
      ? { commonCause: { since: cause.since, services: cause.services, endsAt: commonCauseEnds(state, limits) } }
      : {}),
    alerting: alertingAt(state, now),
    automatic: state.claims.map(({ service, number, at }) => ({ environment, service, number, since: at })),
    asOf: now,
  };
}
