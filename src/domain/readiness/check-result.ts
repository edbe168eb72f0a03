import type { TargetCode } from '../plan/objection';

/** How a readiness check ended. `unknown` never counts as pass. */
export type CheckStatus = 'pass' | 'warn' | 'block' | 'unknown';

/** One check of whether the old revision can take the traffic, with what was seen and how to mend it. */
export interface CheckResult {
  readonly check: string;
  readonly status: CheckStatus;
  readonly target?: string;
  /** What was seen, in words and numbers. */
  readonly evidence: string;
  /** What a person can do about it; present unless it passed. */
  readonly fix?: string;
  /** Why a target's dry run does not pass. */
  readonly code?: TargetCode;
  /** True when an approver may go on in spite of it. */
  readonly overridable: boolean;
  /** True where going back would lose something for good: `now` does not pass over it unless told to. */
  readonly pointOfNoReturn?: boolean;
}
