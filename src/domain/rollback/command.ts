import type { Pace } from '../policy/policy';

/** What a person can tell a running rollback; the same words everywhere. */
export type CommandKind =
  'approve' | 'pause' | 'resume' | 'abort' | 'unwind' | 'now' | 'retry' | 'replan' | 'adopt' | 'skip';

/** A person's word to a rollback. Applied at most once per id. */
export interface Command {
  readonly id: string;
  readonly kind: CommandKind;
  readonly by: string;
  /** When it was said, for display only; epoch milliseconds. */
  readonly at: number;
  readonly reason?: string;
  /** The wait it answers; mandatory for approve, retry, adopt and skip. */
  readonly waitId?: string;
  /** `skip`, `adopt`: the target meant. */
  readonly target?: string;
  /** `replan`: the new pace of what is left. */
  readonly pace?: Pace;
  /** `replan`: labels that every target of the smaller extent has; none means all that was assessed. */
  readonly extent?: Readonly<Record<string, string>>;
  /** `now`: move even where the old revision's ready capacity does not suffice. */
  readonly cold?: boolean;
  /** `now`: move even past a point of no return; needs a reason. */
  readonly acceptIrreversible?: boolean;
}

/** Said to who accepts a loss without saying why. */
export const ACCEPTING_NEEDS_A_REASON = 'going past a point of no return needs a reason';

/** Why a command was not applied. */
export type RefusalCode =
  | 'ENDED'
  | 'ALREADY_APPLIED'
  | 'NOT_AN_ANSWER'
  | 'WAIT_ID_MISSING'
  | 'WAIT_IS_OVER'
  | 'REASON_MISSING'
  | 'NOTHING_TO_RESUME'
  | 'ALREADY_PAUSED'
  | 'ABORTING'
  | 'NOTHING_TO_UNWIND'
  | 'NOTHING_LEFT'
  | 'TARGET_UNKNOWN'
  | 'NOT_OVERRIDABLE'
  | 'PACE_MISSING'
  | 'EXTENT_EMPTY'
  | 'EXTENT_LEAVES_MOVED'
  | 'NO_PLAN_YET'
  | 'NO_LIVE_ROLLBACK';

/** What became of a command; kept, so that every word is answered once and for all. */
export type CommandOutcome =
  | {
      readonly id: string;
      readonly kind: string;
      readonly result: 'applied';
      readonly at: number;
      readonly text: string;
    }
  | {
      readonly id: string;
      readonly kind: string;
      readonly result: 'refused';
      readonly code: RefusalCode;
      readonly at: number;
      readonly text: string;
    };
