import type { TargetReading } from '../domain/plan/census';
import type { Objection } from '../domain/plan/objection';

/** What a kind of target can do. */
export interface TargetCapabilities {
  /** Finest share that can be set. */
  readonly granularity: 'percent' | 'units' | 'all';
  /** True when a user who was moved stays moved while the share only grows. */
  readonly sticky: boolean;
  /** True when the target itself refuses effects with a lower fence or another expected weight. */
  readonly fenced: boolean;
  /**
   * True where a release may wait in the target at no share yet, so that to set the share which is served takes it back:
   * right in a rollback, and wrong where nothing is meant to change.
   */
  readonly holdsReleases?: true;
}

/**
 * The number of an effect; larger wins. Compared as `(epoch, number)`, numbers separately for `prepare` and `shift`; an
 * effect of an earlier rollback than the newest of either kind comes late.
 */
export interface Fence {
  /** The rollback's start in epoch milliseconds. */
  readonly epoch: number;
  readonly number: number;
}

/** The two revisions of a rollback. */
export interface RevisionPair {
  /** The suspect. */
  readonly from: string;
  /** The revision gone back to. */
  readonly to: string;
}

/** One numbered change of one target, the same over every attempt. */
export interface TargetEffect {
  /** Id of the rollback that asks. */
  readonly rollback: string;
  readonly target: string;
  readonly revision: RevisionPair;
  readonly fence: Fence;
}

/** Makes `revision.to` able to serve `share` percent. */
export interface PrepareRequest extends TargetEffect {
  /** Percent of the target's full traffic that must become ready on `revision.to`. */
  readonly share: number;
}

/** Sets the share of `revision.to`. */
export interface ShiftRequest extends TargetEffect {
  /** Percent of traffic that `revision.to` must serve. */
  readonly desired: number;
  /** Percent it is believed to serve now; another value is a conflict. */
  readonly expected: number;
}

/** How an effect ended. `unknown` is settled by `observe`, never guessed. */
export type EffectOutcome = 'done' | 'alreadyInState' | 'conflict' | 'refused' | 'unknown';

/** An effect's outcome with what the target said it serves; one that is not made says why, and what leads out of it. */
export type EffectResult =
  | {
      readonly outcome: Exclude<EffectOutcome, 'conflict' | 'refused'>;
      /** Why, for people; always present unless done. */
      readonly detail?: string;
      readonly observed?: TargetReading;
    }
  | ({ readonly outcome: 'conflict' | 'refused'; readonly observed?: TargetReading } & Objection);

/** What a dry run found. */
export type DryRun = { readonly ok: true; readonly detail: string } | ({ readonly ok: false } & Objection);

/**
 * One place whose share of traffic can be set.
 * Every method ends soon after its signal is aborted; none retries; transport failures throw
 * `RetryableError`, misconfiguration throws `TerminalError`.
 */
export interface DeploymentTarget {
  /** Pure; no I/O. */
  capabilities(): TargetCapabilities;
  /** Dry run of moving `revision.to` to 100 %; changes nothing. */
  check(revision: RevisionPair, signal: AbortSignal): Promise<DryRun>;
  /** Reads what is served and what is ready. Idempotent. */
  observe(signal: AbortSignal): Promise<TargetReading>;
  /**
   * Asks for ready capacity; `done` once it is there or surely coming, which `observe` tells. Never moves traffic, never
   * shrinks the other revision. Idempotent by the effect's key; a lower fence is a `conflict`, and where there is never
   * anything to make ready one of the same rollback may be `alreadyInState` instead.
   */
  prepare(request: PrepareRequest, signal: AbortSignal): Promise<EffectResult>;
  /**
   * Ensures the share, and says so only once `observe` does. Idempotent by the effect's key; a lower fence or another
   * `expected` is a `conflict`.
   */
  shift(request: ShiftRequest, signal: AbortSignal): Promise<EffectResult>;
}
