import type { Cause } from '../domain/alert/alert';
import type { RollbackPlan } from '../domain/plan/plan';
import type { StepsByHand } from '../domain/plan/script';
import type { MeasuredTraffic } from '../domain/plan/traffic';
import type { Pace } from '../domain/policy/policy';
import type { CheckResult } from '../domain/readiness/check-result';
import type { Rehearsal } from '../domain/simulation/rehearsal';

/** What a preview is asked for; everything that is left out is found as a real rollback would find it. */
export interface PreviewWishes {
  readonly fromRevision?: string;
  readonly toRevision?: string;
  readonly cause?: Cause;
  readonly pace?: Pace;
  /** Labels that every target in the extent must have. */
  readonly extent?: Readonly<Record<string, string>>;
}

/** The plan that a start would make now with what its checks say, or why there is none. */
export type Preview =
  | {
      readonly kind: 'plan';
      readonly plan: RollbackPlan;
      readonly checks: readonly CheckResult[];
      /** The plan as a person would do it by hand; absent from an older worker. */
      readonly byHand?: StepsByHand;
      /** What the plan can be played by; absent from an older worker. */
      readonly rehearsal?: Rehearsal;
      /** As it was measured for the plan, where it could be. */
      readonly traffic?: MeasuredTraffic;
    }
  | { readonly kind: 'none'; readonly code: string; readonly detail: string };
