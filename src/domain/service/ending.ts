import type { Standing } from '../alert/admission';
import { alertIdentity } from '../alert/alert';
import type { Alert } from '../alert/alert';
import type { ReadyShares, Shares } from '../plan/census';
import { rollbackId } from '../rollback/request';
import type { RollbackRef } from '../rollback/request';
import type { End } from '../rollback/state';
import { withQuarantine } from './gate';
import { closeRelease } from './releases';
import { KEPT } from './state';
import type { LiveRollback, PastRollback, ServiceState } from './state';
import { leftToWatch } from './watched';

/** A rollback's last word, as its service needs it. */
export interface Ended {
  readonly ref: RollbackRef;
  readonly end: End;
  readonly fromRevision?: string;
  readonly toRevision?: string;
  /** Whether an effect of it may have changed what users get; absent from what earlier releases sent. */
  readonly moved?: boolean;
  /** What its targets served at its end, where it did what it was to do; absent from what earlier releases sent. */
  readonly left?: Shares;
  /** How much of that was ready. */
  readonly ready?: ReadyShares;
  /** Alerts that it did not cover. */
  readonly uncovered: readonly Alert[];
  readonly reportLocation?: string;
  /** When its report began, in epoch milliseconds. */
  readonly at: number;
}

/** An alert that has to come to the door again, and in which standing. */
export interface AlertAgain {
  readonly alert: Alert;
  readonly standing: Standing;
}

/** Reason of the end that is recorded for a run that closed without a word. */
const TERMINATED = 'TERMINATED';

/**
 * Records how a rollback ended: frees the service if it was the live one, begins the cool-down, and quarantines the
 * suspect on success. Idempotent: the first word about a number stands, only a presumed termination is corrected.
 */
export function recordOutcome(state: ServiceState, ended: Ended): ServiceState {
  const { number } = ended.ref;
  if (wordIsKnown(state, number)) return state;
  const known = state.past.find((past) => past.number === number);
  const live = state.live?.number === number ? state.live : undefined;
  const freed: ServiceState = {
    ...state,
    live: live ? undefined : state.live,
    nextNumber: Math.max(state.nextNumber, number + 1),
    past: [...earlier(state, ended, known), pastOf(ended, live)].slice(-KEPT.past),
  };
  return taughtBy(cooled(freed, ended), ended);
}

/** Alerts to admit again after an end, asked before it is recorded: what the run did not cover, and what reached it when it no longer looked. */
export function alertsAfter(state: ServiceState, ended: Ended): readonly AlertAgain[] {
  if (wordIsKnown(state, ended.ref.number)) return [];
  // After a person's abort the cool-down holds for them too: somebody has just said no.
  const standing: Standing = ended.end.kind === 'aborted' ? 'late' : 'uncovered';
  const uncovered = ended.uncovered.map((alert) => ({ alert, standing }));
  const passedOn = state.live?.number === ended.ref.number ? state.live.passedOn : [];
  const late = passedOn
    .filter((entry) => entry.at >= ended.at)
    .map(({ alert }) => ({ alert, standing: 'late' as const }));
  return [...uncovered, ...late.filter(({ alert }) => !ended.uncovered.some((other) => same(other, alert)))];
}

/** The word that a run which closed without one would have left. */
export function terminated(live: LiveRollback, how: string, at: number): Ended {
  const text = `${rollbackId(live)} closed without an outcome (${how}); what its targets serve must be looked at`;
  return { ref: live, end: { kind: 'failed', reason: TERMINATED, text }, uncovered: [], at };
}

function wordIsKnown(state: ServiceState, number: number): boolean {
  return state.past.some((past) => past.number === number && past.reason !== TERMINATED);
}

/** Those before it, with what is still watched of what they left. */
function earlier(state: ServiceState, ended: Ended, known: PastRollback | undefined): readonly PastRollback[] {
  const others = state.past.filter((past) => past !== known);
  return ended.end.kind === 'dismissed' ? others : leftToWatch(others, ended);
}

function pastOf(ended: Ended, live: LiveRollback | undefined): PastRollback {
  const { fromRevision, toRevision, reportLocation, left, ready } = ended;
  return {
    number: ended.ref.number,
    end: ended.end.kind,
    reason: ended.end.reason,
    text: ended.end.text.slice(0, KEPT.textLength),
    ...(live ? { cause: live.cause, startedAt: live.startedAt } : {}),
    ...(fromRevision === undefined ? {} : { fromRevision }),
    ...(toRevision === undefined ? {} : { toRevision }),
    endedAt: ended.at,
    ...(left === undefined ? {} : { left }),
    ...(ready === undefined ? {} : { ready }),
    ...(reportLocation === undefined ? {} : { reportLocation }),
  };
}

/** Neither a dismissal nor a lost run cools down: nothing was decided that an alert could repeat. */
function cooled(state: ServiceState, ended: Ended): ServiceState {
  if (ended.end.kind === 'dismissed' || ended.end.reason === TERMINATED) return state;
  const revision = ended.toRevision === undefined ? {} : { revision: ended.toRevision };
  return { ...state, coolingSince: { at: ended.at, number: ended.ref.number, ...revision } };
}

function taughtBy(state: ServiceState, ended: Ended): ServiceState {
  const { fromRevision: revision, end, at } = ended;
  if (end.kind !== 'succeeded' || revision === undefined) return state;
  const quarantined = withQuarantine(state, {
    revision,
    because: `rolled back: ${end.text}`,
    by: rollbackId(ended.ref),
    at,
  });
  return closeRelease(quarantined, revision, at);
}

function same(one: Alert, other: Alert): boolean {
  return alertIdentity(one) === alertIdentity(other);
}
