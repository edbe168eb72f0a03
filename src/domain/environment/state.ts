import type { RollbackRef } from '../rollback/request';
import type { EnvironmentLimits } from './policy';

/** Why something that would go by itself must be begun by a person. Closed, so that pages and lists can branch on it. */
export type HoldCode = 'AUTOMATION_OFF' | 'AUTOMATION_ASK' | 'COMMON_CAUSE' | 'AUTOMATIC_LIMIT' | 'ENVIRONMENT_SILENT';

/** A person's brake on automation. `off`: no alert starts anything; `ask`: what an alert starts asks before it moves. */
export interface MasterSwitch {
  readonly to: 'off' | 'ask';
  /** Epoch milliseconds; it ends by itself. */
  readonly until: number;
  readonly since: number;
  readonly by: string;
  readonly reason: string;
}

/** A service's newest alert that would have started a rollback. */
export interface AlertingService {
  readonly service: string;
  readonly title: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Several services alert together: one trouble, told to people once. */
export interface CommonCause {
  readonly since: number;
  /** Every service that has alerted in it, the first one first. */
  readonly services: readonly string[];
  /** True once people have been told. */
  readonly told: boolean;
}

/** A rollback that began to move by itself, and has not ended as far as is known. */
export interface Claim extends Pick<RollbackRef, 'service' | 'number'> {
  readonly at: number;
}

/** What became of a word to an environment; kept, so that every word is answered once and for all. */
export type EnvironmentOutcome = {
  readonly id: string;
  readonly kind: 'automation';
  /** When it was answered, in epoch milliseconds. */
  readonly at: number;
  readonly text: string;
} & (
  | { readonly result: 'applied' }
  | { readonly result: 'refused'; readonly code: 'TIME_IS_PAST' | 'END_MISSING' | 'REASON_MISSING' | 'ALREADY_ON' }
);

/** All that an environment remembers; plain JSON, every list bounded, newest last. */
export interface EnvironmentState {
  readonly environment: string;
  /** As the last question brought them; unknown before the first one. */
  readonly limits?: EnvironmentLimits;
  readonly brake?: MasterSwitch;
  readonly alerting: readonly AlertingService[];
  readonly commonCause?: CommonCause;
  readonly claims: readonly Claim[];
  readonly outcomes: readonly EnvironmentOutcome[];
}

/** How much of each list is kept. A claim is never forgotten: each holds a place, and there are few places. */
export const KEPT = { alerting: 1_000, outcomes: 200, titleLength: 120, reasonLength: 500 } as const;

/** An environment that remembers nothing yet. */
export function openEnvironment(environment: string): EnvironmentState {
  return { environment, alerting: [], claims: [], outcomes: [] };
}

/** The workflow id of an environment. */
export function environmentId(environment: string): string {
  return `environment/${environment}`;
}

/** The brake in force at `now`. */
export function activeBrake(state: EnvironmentState, now: number): MasterSwitch | undefined {
  return state.brake && now < state.brake.until ? state.brake : undefined;
}
