import type { CohortCounts } from '../judge/verdict';

/** Against the rest: proven worse, proven better, or neither. */
export type SliceStanding = 'worse' | 'better' | 'unproven';

/** One value of a label, and how it fares. */
export interface Slice {
  /** Empty for what has no such label. */
  readonly value: string;
  /** Of the suspect. */
  readonly current: CohortCounts;
  /** Of the revision gone back to. */
  readonly stable: CohortCounts;
  readonly standing: SliceStanding;
  /** Set where the suspect is proven to keep the objective there. */
  readonly keepsObjective?: true;
}

/** The failures of a suspect told apart by a label; a plain value, kept with the assessment that it is part of. */
export type Split =
  | {
      readonly kind: 'split';
      readonly label: string;
      /** What the bad ones are called: `failures`, `requests slower than 0.5 s`. */
      readonly of: string;
      /** `worse`: some values are; `better`: none is, but all others are; `alike`: neither is proven; `thin`: no counts of this size could. */
      readonly finding: 'worse' | 'better' | 'alike' | 'thin' | 'nothing-failed';
      /** How many values there are, and how many of them (those with most failures) were compared. */
      readonly values: number;
      readonly compared: number;
      /** Those that are worse, then the others, most failures first; at most 20. */
      readonly slices: readonly Slice[];
      /** Of the suspect over all values. */
      readonly all: CohortCounts;
      /** What the counts cover, in milliseconds; absent where it is all since the processes began. */
      readonly windowMs?: number;
    }
  | { readonly kind: 'unsplit'; readonly label: string; readonly because: string };
