import { formatDuration } from '../report/time';
import type { EnvironmentLimits } from './policy';
import { KEPT } from './state';
import type { AlertingService, CommonCause, EnvironmentState } from './state';

const NAMED = 5;
const NAMED_ON_PAGE = 30;

/** The services that have alerted within the window that ends at `now`, the newest last. */
export function alertingAt(state: EnvironmentState, now: number): readonly AlertingService[] {
  const windowMs = state.limits?.commonCause.withinMs ?? 0;
  return state.alerting.filter(({ at }) => now - at <= windowMs);
}

/**
 * The common cause in force at `now`. It lasts as long as enough services have alerted within the window, each counted
 * by its newest alert: it ends by itself once they are quiet, and one noisy service alone cannot keep it up.
 */
export function activeCommonCause(state: EnvironmentState, now: number): CommonCause | undefined {
  const enough = state.limits?.commonCause.services ?? Infinity;
  return alertingAt(state, now).length >= enough ? state.commonCause : undefined;
}

/** When the common cause in force ends if nobody alerts any more; epoch milliseconds. */
export function commonCauseEnds(state: EnvironmentState, limits: EnvironmentLimits): number {
  const newest = state.alerting.map(({ at }) => at).toSorted((a, b) => b - a);
  return (newest[limits.commonCause.services - 1] ?? 0) + limits.commonCause.withinMs;
}

/** Counts a service's alert. From the threshold on it belongs to a common cause, which an earlier one may still be. */
export function recordAlerting(
  state: EnvironmentState,
  heard: Pick<AlertingService, 'service' | 'title'>,
  now: number,
): EnvironmentState {
  const standing = activeCommonCause(state, now);
  const others = alertingAt(state, now).filter(({ service }) => service !== heard.service);
  const newest = { service: heard.service, title: heard.title.slice(0, KEPT.titleLength), at: now };
  const counted = { ...state, alerting: [...others, newest].slice(-KEPT.alerting) };
  const services = counted.alerting.map(({ service }) => service);
  if (services.length < (state.limits?.commonCause.services ?? Infinity)) return { ...counted, commonCause: undefined };
  const commonCause = standing
    ? { ...standing, services: [...new Set([...standing.services, heard.service])].slice(0, KEPT.alerting) }
    : { since: now, services, told: false };
  return { ...counted, commonCause };
}

/** What an alert that meets a common cause is answered. */
export function commonCauseText(state: EnvironmentState, now: number): string {
  const alerting = alertingAt(state, now).map(({ service }) => service);
  return `${alerting.length} services of ${state.environment} alert within ${windowText(state)} (${named(alerting, NAMED)})`;
}

/** The one page of a common cause, for the people of the whole environment. */
export function commonCausePage(state: EnvironmentState): { readonly title: string; readonly text: string } {
  const { environment } = state;
  const services = state.commonCause?.services ?? [];
  return {
    title: `${environment}: COMMON_CAUSE, ${services.length} services alert`,
    text:
      `${named(services, NAMED_ON_PAGE)} have alerted within ${windowText(state)}: one trouble is likelier than as many bad releases. ` +
      'No rollback is started, and none begins to move, by itself until they are quiet; what has begun to move goes on. ' +
      `Look for what they share. All of them: phased-rollback automation --environment ${environment}. ` +
      `Take one back by hand: phased-rollback start ${environment}/<service>. Stop what moves: phased-rollback pause --all --environment ${environment}`,
  };
}

/** That common cause as told to people, so that they are told once; another one that began meanwhile is still to tell. */
export function toldCommonCause(state: EnvironmentState, { since }: Pick<CommonCause, 'since'>): EnvironmentState {
  if (state.commonCause?.since !== since) return state;
  return { ...state, commonCause: { ...state.commonCause, told: true } };
}

function windowText(state: EnvironmentState): string {
  return formatDuration(state.limits?.commonCause.withinMs ?? 0);
}

/** `a, b, c and 497 more`. */
function named(services: readonly string[], most: number): string {
  const shown = services.slice(0, most).join(', ');
  return services.length > most ? `${shown} and ${services.length - most} more` : shown;
}
