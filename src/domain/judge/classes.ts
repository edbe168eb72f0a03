import { logEvidence, openProcess, stepProcess } from './e-process';
import { addCounts } from './increments';
import { grouped, percent } from './numbers';
import type { CohortCounts, ErrorClass, ErrorClasses, Verdict } from './verdict';

/** What was counted of one class of failures, by interval; all classes of one question have the same intervals. */
export interface CountedClass {
  /** Empty for what has no such label. */
  readonly value: string;
  readonly current: readonly CohortCounts[];
  readonly stable: readonly CohortCounts[];
}

/** Which classes are to be compared, and by what. */
export interface ClassQuestion {
  readonly label: string;
  readonly classes: readonly CountedClass[];
  /** How many labels are asked about, this one among them; they share the chance of a wrong name. */
  readonly labels: number;
  /** Clumps and intervals of the bake that was halted. */
  readonly phi: number;
  readonly minIntervals: number;
}

/** What a halt says of classes where nobody has asked for them. */
export const CLASSES_UNTOLD = 'which errors are new on it these counts do not tell';

/** Chance that anything at all is told wrongly of the classes of one halt. */
const ALPHA = 0.05;
const FACTOR = 1.5;
const MOST_COMPARED = 50;
const MOST_NAMED = 5;
const LONGEST_VALUE = 80;

/**
 * The classes of failures that stable has more of: each is named only where the judge's own test refutes that it comes at
 * most 1.5 times as often among all of stable's requests as among all of current's. All of them share one level.
 */
export function grownClasses({ label, classes, labels, phi, minIntervals }: ClassQuestion): ErrorClasses {
  const failing = classes.filter((each) => addCounts([...each.stable, ...each.current]).bad > 0);
  if (failing.length === 0) return { kind: 'untold', label, because: 'no failure was counted by it' };
  if (failing.every(({ value }) => value === ''))
    return { kind: 'untold', label, because: 'no failure that is counted has it' };
  const all = {
    current: pooled(classes.map(({ current }) => current)),
    stable: pooled(classes.map(({ stable }) => stable)),
  };
  const line = Math.log((labels * failing.length) / ALPHA);
  const tried = failing
    .toSorted((a, b) => addCounts(b.stable).bad - addCounts(a.stable).bad)
    .slice(0, MOST_COMPARED)
    .map((each) => ({
      value: each.value,
      current: among(all.current, each.current),
      stable: among(all.stable, each.stable),
    }));
  const grown = tried.filter(({ current, stable }) => {
    let process = openProcess({ rho: FACTOR, delta: 0, side: 'above' }, (line + Math.LN2) / minIntervals, phi);
    for (const [index, counts] of stable.entries())
      process = stepProcess(process, [{ stable: counts, current: current[index] ?? NOTHING }], 1);
    return logEvidence(process) >= line;
  });
  return { kind: 'told', label, compared: tried.length, grown: grown.map(classOf) };
}

/** The same verdict with what is known of the classes, also in its words. */
export function withClasses(verdict: Verdict, classes: readonly ErrorClasses[], stable: string): Verdict {
  const told = classes.map((each) => classText(each, stable)).join('; ');
  return { ...verdict, classes, text: verdict.text.replace(CLASSES_UNTOLD, () => told) };
}

function classText(classes: ErrorClasses, stable: string): string {
  if (classes.kind === 'untold') return `what is new on it by ${classes.label} cannot be told: ${classes.because}`;
  const { label, grown } = classes;
  if (grown.length === 0) return `by ${label} no class of failures is proven to have grown`;
  const named = grown.slice(0, MOST_NAMED).map(({ value, isNew, ...counts }) => {
    const before = isNew ? 'never before' : share(counts.current);
    return `${value === '' ? `without ${label}` : value} (${share(counts.stable)} against ${before})`;
  });
  const more = grown.length > MOST_NAMED ? ` and ${grown.length - MOST_NAMED} more` : '';
  return `by ${label}, what is new or grew on ${stable}: ${named.join(', ')}${more}`;
}

function share({ requests, bad }: CohortCounts): string {
  return `${grouped(bad)} of ${grouped(requests)}${requests > 0 ? `, ${percent(bad / requests)}` : ''}`;
}

const NOTHING: CohortCounts = { requests: 0, bad: 0 };

function classOf({ value, current, stable }: CountedClass): ErrorClass {
  const before = addCounts(current);
  const shown = value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE - 1)}…` : value;
  return { value: shown, current: before, stable: addCounts(stable), isNew: before.bad === 0 };
}

/** A class's failures among the requests of all classes. */
function among(all: readonly CohortCounts[], own: readonly CohortCounts[]): readonly CohortCounts[] {
  return all.map(({ requests }, index) => ({ requests, bad: own[index]?.bad ?? 0 }));
}

function pooled(each: readonly (readonly CohortCounts[])[]): readonly CohortCounts[] {
  const longest = Math.max(0, ...each.map(({ length }) => length));
  return Array.from({ length: longest }, (_, index) => addCounts(each.map((own) => own[index] ?? NOTHING)));
}
