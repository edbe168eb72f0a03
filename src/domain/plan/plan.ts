import type { Cause } from '../alert/alert';
import type { Pace } from '../policy/policy';
import type { NarrowerExtent } from './affected';
import type { Units } from './census';

/** What a target must show in a phase. */
export interface PlannedWeight {
  readonly target: string;
  /** Percent of the target's traffic on `toRevision`, 0 to 100. */
  readonly weight: number;
}

/** One widening step: the weights some targets must have, who must agree first, and why it is there. */
export interface Phase {
  readonly index: number;
  readonly name: string;
  readonly weights: readonly PlannedWeight[];
  readonly gate: 'approval' | 'automatic';
  /** True where its targets are left without traffic on the suspect, so that only absolute tests can judge. */
  readonly noControl: boolean;
  /** True where it was put in because both revisions failed together in the phase before. */
  readonly widened?: true;
  /** Why this phase, in words. */
  readonly because: string;
}

/** A rollback's ordered phases and what they rest on; a plain value to read, diff, dry-run and approve. */
export interface RollbackPlan {
  readonly fromRevision: string;
  readonly toRevision: string;
  readonly cause: Cause;
  readonly pace: Pace;
  /** Names of the targets that are part of it. */
  readonly extent: readonly string[];
  /** What targets of it are moved by that are moved in whole pieces; absent where every share is in percent. */
  readonly units?: Readonly<Record<string, Units>>;
  /** Names of the service's targets that are not, with the reason. */
  readonly outside: readonly { readonly target: string; readonly because: string }[];
  /** Less would do, by what is proven; for a person to decide. */
  readonly narrower?: NarrowerExtent;
  readonly phases: readonly Phase[];
  /** On so many other targets help has to be proven before one without a proof of its own loses its control; 2 where absent. */
  readonly helpOnOthers?: 1;
  readonly because: string;
  /** Expected milliseconds from the first shift to full relief. */
  readonly expectedReliefMs: number;
  readonly plannedAt: number;
}

/** So many, unless the plan goes fast: express, or merged to be done in time. */
export const HELP_ON_OTHERS = 2;

/** What every target of the plan shall serve in the end: its highest planned weight. */
export function lastWeights(plan: { readonly phases: readonly Pick<Phase, 'weights'>[] }): readonly PlannedWeight[] {
  const highest = new Map<string, number>();
  for (const { target, weight } of plan.phases.flatMap((phase) => phase.weights)) {
    highest.set(target, Math.max(weight, highest.get(target) ?? 0));
  }
  return [...highest].map(([target, weight]) => ({ target, weight }));
}
