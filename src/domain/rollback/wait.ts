import type { HoldCode } from '../environment/state';
import type { VerdictReason } from '../judge/verdict';
import type { TargetCode } from '../plan/objection';
import type { CommandKind } from './command';

/** What a wait is for: each can be ended only by certain answers. */
export type WaitFor = 'approval' | 'person' | 'verdict' | 'fault';

/** Why it waits; closed, so that pages and policies can branch on it. */
export type WaitReason =
  | 'GATE'
  | HoldCode
  | 'PAUSED'
  | 'HALT'
  | 'HOLD'
  | 'HARM_WHILE_WAITING'
  | 'FAULT'
  | 'CAPACITY'
  | 'NOT_READY'
  | 'CONFLICT'
  | 'REFUSED'
  | 'UNREADABLE'
  | 'SUPERSEDED'
  | 'UNWIND_INCOMPLETE'
  | 'CENSUS_DIFFERS'
  | 'NO_RELEASE_TO_BLAME'
  | 'UNPLANNABLE';

/** One thing a person can do at a wait, and what follows from it. */
export interface WaitOption {
  readonly command: CommandKind;
  readonly consequence: string;
  readonly needs: 'operator' | 'approver';
  readonly recommended: boolean;
}

/** A stop: nothing moves until it is answered, or until its deadline does what the policy says. */
export interface Wait {
  /** Named by the answers; changes when new harm makes it another question. */
  readonly id: string;
  readonly for: WaitFor;
  readonly reason: WaitReason;
  /** One sentence with the counts. */
  readonly text: string;
  /** Epoch milliseconds. */
  readonly since: number;
  readonly phase?: number;
  readonly target?: string;
  /** Why the target does not do it, where that is what is asked about. */
  readonly code?: TargetCode;
  /** What the judge said, where that is what is asked about. */
  readonly verdict?: VerdictReason;
  readonly options: readonly WaitOption[];
  /** When something happens by itself (a reminder page, or what `onHalt` names); epoch milliseconds. */
  readonly deadline?: number;
  /** When it finds out by itself whether it must still ask; people are told nothing then; epoch milliseconds. */
  readonly asksAgainAt?: number;
  readonly byItself: string;
  /** False where no approval can lift it, such as a block that is not overridable. */
  readonly overridable: boolean;
  /** True where only data are missing: once they are back it ends by itself, and the bake or the soak goes on. */
  readonly mends?: true;
}
