import type { RollbackRef } from '../domain/rollback/request';
import type { GateAnswer } from '../domain/service/gate';

/** A service in an environment. */
export interface ServiceName {
  readonly environment: string;
  readonly service: string;
}

/**
 * What became of something that was said. `recorded`: durable, but nobody has read it yet, and why, where that can be
 * found out.
 */
export type Answer =
  | { readonly kind: 'applied'; readonly text: string; readonly rollback?: string }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'recorded'; readonly because?: string };

/** What came of a pause of everything, one by one. */
export interface PausedAll {
  readonly rollbacks: readonly (RollbackRef & { readonly answer: Answer })[];
  /** Set when the environment did not answer, so that one begun in the last seconds may be missing. */
  readonly listedOnly?: true;
}

/** One line of a list, from Temporal's visibility: it lags a little behind what is. */
export interface ListedRollback {
  readonly environment: string;
  readonly service: string;
  readonly number: number;
  readonly stage: string;
  readonly reason?: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt?: number;
}

/** A gate's answer, or that nobody could be asked: the pipeline chooses what that means. */
export type GateResult = GateAnswer | { readonly allowed: 'unknown'; readonly because: string };
