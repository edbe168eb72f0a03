import { capacityOf, weightOf } from '../plan/census';
import type { Census } from '../plan/census';
import { ROUNDING_PERCENT } from './only-failed';

/** Looks in a row that make it more than a blink, such as a pod that restarts or an answer that is lost. */
export const LASTING_LOOKS = 5;

/** What can be wrong with a target that serves the same shares as before. */
export type Trouble =
  | {
      readonly kind: 'unread';
      readonly target: string;
      /** Why it could not be read, as it said last. */
      readonly detail: string;
    }
  | {
      readonly kind: 'short';
      readonly target: string;
      readonly revision: string;
      /** Percent of the target that the revision serves, and that its ready instances could serve. */
      readonly weight: number;
      readonly capacity: number;
    };

/** What is to be noticed of a target beside its shares. */
export interface TroubleWatch {
  readonly target: string;
  /** That it cannot be read. */
  readonly unread: boolean;
  /** The revision that must be ready for what it serves; absent where nothing is known of that. */
  readonly revision?: string;
}

/** One look at targets: what could be read, and why the others could not. */
export interface Look {
  readonly census: Census;
  readonly unreadable: Readonly<Record<string, string>>;
}

/** For how many looks in a row each trouble has been there by now. */
export type Counted = readonly { readonly trouble: Trouble; readonly looks: number }[];

/** Counts one more look; what it does not show any more begins anew. */
export function counted(before: Counted, look: Look, watches: readonly TroubleWatch[]): Counted {
  return watches.flatMap((watch) =>
    troublesOf(look, watch).map((trouble) => {
      const known = before.find((each) => isSameTrouble(each.trouble, trouble));
      return { trouble, looks: (known?.looks ?? 0) + 1 };
    }),
  );
}

/** Those that have been there for long enough to tell people of. */
export function lasting(all: Counted): readonly Trouble[] {
  return all.flatMap(({ trouble, looks }) => (looks >= LASTING_LOOKS ? [trouble] : []));
}

/** Whether both are about the same thing, whatever the numbers. */
export function isSameTrouble(one: Pick<Trouble, 'kind' | 'target'>, other: Pick<Trouble, 'kind' | 'target'>): boolean {
  return one.kind === other.kind && one.target === other.target;
}

function troublesOf({ census, unreadable }: Look, { target, unread, revision }: TroubleWatch): readonly Trouble[] {
  const detail = unreadable[target];
  if (detail !== undefined) return unread ? [{ kind: 'unread', target, detail }] : [];
  const reading = census[target];
  // On its way from one share to another it has what it needs for neither.
  if (revision === undefined || !reading || reading.uneven) return [];
  const [weight, capacity] = [weightOf(reading, revision), capacityOf(reading, revision)];
  return capacity < weight - ROUNDING_PERCENT ? [{ kind: 'short', target, revision, weight, capacity }] : [];
}
