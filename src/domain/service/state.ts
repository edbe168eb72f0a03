import type { AdmissionCode } from '../alert/admission-code';
import type { Alert, Cause, Severity } from '../alert/alert';
import type { Census, ReadyShares, Shares } from '../plan/census';
import type { ServicePolicy } from '../policy/policy';
import type { RollbackRef } from '../rollback/request';
import type { EndKind } from '../rollback/state';
import type { ModeOverride } from './mode';
import type { ServiceOutcome } from './outcome';
import type { Quarantine, Release } from './release';
import type { SlotEntry } from './slots';
import type { Trouble } from './trouble';

/** A service's slice of the policy file, or what is wrong with it. */
export type PolicySlice =
  { readonly ok: true; readonly policy: ServicePolicy } | { readonly ok: false; readonly error: string };

/** The one rollback that is recorded as live. */
export interface LiveRollback extends RollbackRef {
  readonly startedAt: number;
  readonly cause: Cause;
  /** True for one that may hold a place among the automatic rollbacks of its environment. */
  readonly automatic?: true;
  /** Labels that every target in it has; all targets when absent. */
  readonly extent?: Readonly<Record<string, string>>;
  /** Since when it cannot go on until somebody mends it; epoch milliseconds. */
  readonly stuckSince?: number;
  /** The newest firing alerts passed on to it, with when; one that came as it ended is admitted again. */
  readonly passedOn: readonly { readonly alert: Alert; readonly at: number }[];
}

/** An alert's history here: repeats are counted under its identity. */
export interface SeenAlert {
  readonly identity: string;
  readonly title: string;
  readonly severity: Severity;
  /** What its newest delivery said. */
  readonly status: Alert['status'];
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** What became of it last; a repeat does not change it. */
  readonly outcome: AdmissionCode | 'STARTED' | 'FORWARDED';
  /** Number of the rollback that it reached. */
  readonly rollback?: number;
}

/** A share that is no longer as the last rollback left it. */
export interface Drift {
  readonly target: string;
  /** The revision that serves more; where none does, the one gone back to. */
  readonly revision: string;
  /** Percent that it served when that was first seen, and that it had been left at. */
  readonly weight: number;
  readonly left: number;
  /** When it was first seen; epoch milliseconds. */
  readonly at: number;
}

/** A rollback that has ended, in short. */
export interface PastRollback {
  readonly number: number;
  readonly end: EndKind;
  /** The end's reason code; TERMINATED when the run closed without a word. */
  readonly reason: string;
  readonly text: string;
  readonly cause?: Cause;
  readonly fromRevision?: string;
  readonly toRevision?: string;
  readonly startedAt?: number;
  readonly endedAt: number;
  /** When what it took back was seen to serve again; epoch milliseconds. */
  readonly cameBackAt?: number;
  /** What its targets served at its end, while that is what they are watched for. */
  readonly left?: Shares;
  /** How much of that was ready then; absent where its build did not say. */
  readonly ready?: ReadyShares;
  /** What has been seen to differ from that since, oldest first. */
  readonly drifts?: readonly Drift[];
  /** What else people were told of its targets since, and when in epoch milliseconds. */
  readonly troubles?: readonly (Trouble & { readonly at: number })[];
  readonly reportLocation?: string;
}

/** Nothing is deployed and no alert starts anything until it ends. */
export interface Freeze {
  /** Epoch milliseconds. */
  readonly until: number;
  readonly by: string;
  readonly reason?: string;
}

/** All that a service remembers; plain JSON, every list bounded, newest last. */
export interface ServiceState {
  readonly environment: string;
  readonly service: string;
  readonly mode?: ModeOverride;
  readonly freeze?: Freeze;
  readonly releases: readonly Release[];
  /** Which revision is in which slot, oldest first; absent where nobody ever said. */
  readonly slots?: readonly SlotEntry[];
  readonly quarantined: readonly Quarantine[];
  /** What the targets served when last looked at; empty before the first look and after a rollback. */
  readonly census: Census;
  readonly live?: LiveRollback;
  /** Number of the next rollback. */
  readonly nextNumber: number;
  readonly alerts: readonly SeenAlert[];
  /** When alerts were admitted, in epoch milliseconds; a revision is known good after enough time without one. */
  readonly alertedAt: readonly number[];
  /** Alerts that came while the policy was invalid; admitted again while they are fresh. */
  readonly deferred: readonly Alert[];
  readonly outcomes: readonly ServiceOutcome[];
  readonly past: readonly PastRollback[];
  /** End of the last rollback that moved or was meant to move something. */
  readonly coolingSince?: { readonly at: number; readonly number: number; readonly revision?: string };
}

/** How much of each list is kept. */
export const KEPT = {
  releases: 100,
  quarantined: 100,
  alerts: 500,
  alertedAt: 200,
  deferred: 50,
  passedOn: 50,
  drifts: 50,
  outcomes: 200,
  past: 200,
  textLength: 500,
} as const;

/** A service that remembers nothing yet. */
export function openService(environment: string, service: string): ServiceState {
  return {
    environment,
    service,
    releases: [],
    quarantined: [],
    census: {},
    nextNumber: 1,
    alerts: [],
    alertedAt: [],
    deferred: [],
    outcomes: [],
    past: [],
  };
}

/** The newest entries of a list, the given one included. */
export function kept<T>(list: readonly T[], added: T, limit: number): readonly T[] {
  return [...list, added].slice(-limit);
}

/** The freeze in force at `now`. */
export function activeFreeze(state: ServiceState, now: number): Freeze | undefined {
  return state.freeze && now < state.freeze.until ? state.freeze : undefined;
}

/** Whether a message was answered before. */
export function outcomeOf(state: ServiceState, id: string): ServiceOutcome | undefined {
  return state.outcomes.find((outcome) => outcome.id === id);
}

/** Keeps an answer; the first one under an id stands. */
export function withOutcome(state: ServiceState, outcome: ServiceOutcome): ServiceState {
  if (outcomeOf(state, outcome.id)) return state;
  const short = { ...outcome, text: outcome.text.slice(0, KEPT.textLength) };
  return { ...state, outcomes: kept(state.outcomes, short, KEPT.outcomes) };
}
