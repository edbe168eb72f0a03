/** A change of what runs inside the rollback workflow, kept beside what it changed. */
export interface Rule {
  readonly number: number;
  readonly what: string;
  readonly why: string;
  /** The first release that has it. */
  readonly since: string;
  /** When the behaviour that it replaced may go; `never` for the one that replaced none. */
  readonly removableWhen: string;
}

/**
 * Behaviour versions of the code that runs inside the rollback workflow, newest last. A run keeps the number it
 * started with, also on a later build, so a change of behaviour is a new number beside the old one, never an edit of it.
 */
export const RULES: readonly Rule[] = [
  { number: 1, what: 'the first rules', why: 'there were none', since: '0.1.0', removableWhen: 'never' },
  {
    number: 2,
    what: 'where both revisions fail together the next phase is exactly half; a late look undoes no newer reading; what no check was about is checked',
    why: 'the next written phase may be all of it; a step could be done twice after a pause or an answer; widened again, a rollback forgot what blocks a target',
    since: '0.1.0',
    removableWhen: 'no rollback that began under rules 1 is open',
  },
  {
    number: 3,
    what: 'a phase that leaves targets no control asks where no verdict has proven, there or on enough others, that going back helps; a soak that was held because nothing was shown goes on once it is',
    why: 'what was shared before stood for a proof of help, also where a person or an exception went on without one; traffic that was back at night waited for a person',
    since: '0.1.0',
    removableWhen: 'no rollback that began under rules 2 is open',
  },
  {
    number: 4,
    what: 'what an interrupted look had seen is no evidence any more once that was given up: by a plan of other steps, a step, an answer; a plan that is being renewed is dropped where another one is asked for',
    why: 'told late, it was taken for that of the first share of the new plan, which may be of another target; what was asked for meanwhile was forgotten',
    since: '0.1.0',
    removableWhen: 'no rollback that began under rules 3 is open',
  },
];

/** The rules that a run begins under now. */
export const CURRENT_RULES: number = Math.max(...RULES.map(({ number }) => number));

/**
 * The rules that a run began under, found in its own history: `isMarked` says whether it holds the mark of a number.
 * Undefined for a run that began under rules which this build does not know any more.
 */
export function rulesBegunUnder(isMarked: (number: number) => boolean): number | undefined {
  const newestFirst = RULES.map(({ number }) => number).toSorted((one, other) => other - one);
  // The first rules were there before marks were.
  return newestFirst.find((number) => number === 1 || isMarked(number));
}

/** Whether this build knows rules of that number. */
export function knowsRules(wanted: number): boolean {
  return RULES.some(({ number }) => number === wanted);
}
