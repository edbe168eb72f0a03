import type { RollbackRef } from '../../../src/domain/rollback/request';
import type { Lab } from './lab';
import type { LabService } from './policy-file';
import type { Fate } from './world';

/** One way through a rollback: its world, and what its people do. `at` is told where something may die. */
export interface LifeKind extends Omit<LabService, 'name'> {
  readonly fate: Fate;
  /** Where things die in it: steps of activities, and the moments that its people name. */
  readonly points: readonly string[];
  /** What must have come of it, whatever died; a target's weight in the end, or all of them as where nothing died. */
  readonly expected: { readonly kind: string; readonly reason: string; readonly weight: number | 'as moved' };
  /** Nobody has told which revisions the service had. */
  readonly isWithoutPast?: true;
  /** A person starts it, not an alert. */
  readonly isStartedByHand?: true;
  /** What happens before its alert comes. */
  readonly begin?: (lab: Lab, ref: RollbackRef) => Promise<void>;
  /** What others do at a step of it, each once; false where it was not the time yet. */
  readonly meets?: Readonly<Record<string, (lab: Lab, ref: RollbackRef) => Promise<boolean>>>;
  /** What is dead when it is looked for makes it ask, and its people try again. */
  readonly asksWhatWasDead?: true;
  readonly play: (lab: Lab, ref: RollbackRef, at: (moment: string) => Promise<void>) => Promise<void>;
}

/** The points around some activities. */
export function steps(...activities: readonly string[]): readonly string[] {
  return activities.flatMap((activity) => ['before', 'during', 'after'].map((when) => `${activity}/${when}`));
}
