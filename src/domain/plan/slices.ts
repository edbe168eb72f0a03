import { burstiness } from '../judge/burst';
import { gainOf, gridOf, logEvidence, logMeanExp, openProcess, stepProcess } from '../judge/e-process';
import type { Hypothesis } from '../judge/e-process';
import { addCounts } from '../judge/increments';
import type { BurstSetting } from '../judge/settings';
import type { CohortCounts } from '../judge/verdict';
import type { Slice, SliceStanding, Split } from './split';

/** What was counted of one value of a label. All values of one question have the same intervals. */
export interface CountedSlice {
  /** Empty for what has no such label. */
  readonly value: string;
  /** Of the suspect by interval, oldest first; 0 and 0 where nothing was seen. */
  readonly current: readonly CohortCounts[];
  /** Of the revision gone back to, over all of them. */
  readonly stable: CohortCounts;
}

/** Which slices are to be compared, and by what. */
export interface SplitQuestion {
  readonly label: string;
  /** What the bad ones are called. */
  readonly of: string;
  readonly slices: readonly CountedSlice[];
  /** How many labels are asked about beside each other, this one among them; they share the chance of a wrong name. */
  readonly labels: number;
  /** What the counts cover, in milliseconds; absent where it is all that the processes have served since they began. */
  readonly windowMs?: number;
  /** Highest acceptable ratio, 0 to 1. */
  readonly objective?: number;
  /** How failures clump, where the policy says it. */
  readonly burst?: BurstSetting;
}

/** Chance that anything at all is told wrongly of a rollback's slices. */
const ALPHA = 0.05;
/** A slice that fails less than this many times as often as the rest is no place to look for the cause. */
const FACTOR = 1.5;
/** Worse, better, within the objective. */
const QUESTIONS = 3;
const WORSE: Hypothesis = { rho: FACTOR, delta: 0, side: 'above' };
const BETTER: Hypothesis = { rho: 1 / FACTOR, delta: 0, side: 'below' };

/** Fewer intervals do not tell in what clumps failures come. */
const TELLING_INTERVALS = 12;
/** The largest that is ever read from a past; taken for granted where none is known. */
const LARGEST_CLUMP = 20;
const MOST_COMPARED = 50;
const MOST_KEPT = 20;
const LONGEST_VALUE = 80;

/**
 * Says which values of a label carry the failures of the suspect. One is called worse than the rest, or better, only where
 * an e-process refutes that it fails at most 1.5 times as often (at least two thirds as often): the judge's own test, with
 * failures that clump counted together, and its level shared by every value of every label (Bonferroni). The chance that
 * anything of all this is wrong is 1 in 20. What is found worse no longer hides in the rest that others are compared with.
 */
export function compareSlices(question: SplitQuestion): Split {
  const { label } = question;
  const slices = question.slices.filter(({ current }) => addCounts(current).requests > 0);
  const [only, another] = slices;
  if (!only) return { kind: 'unsplit', label, because: 'no requests of the suspect were counted' };
  if (another) return compared(question, slices);
  const because = only.value === '' ? 'nothing that is counted has it' : `everything is in ${shortened(only.value)}`;
  return { kind: 'unsplit', label, because };
}

function compared(question: SplitQuestion, slices: readonly CountedSlice[]): Split {
  const { label, of, windowMs } = question;
  const ranked = slices.toSorted((a, b) => addCounts(b.current).bad - addCounts(a.current).bad);
  const all = pooled(ranked);
  const setting = settingOf(question, ranked.length, all);
  const tried = ranked.slice(0, MOST_COMPARED);
  const worse = worseOf(tried, all, setting);
  const others = tried.filter((slice) => !worse.has(slice));
  const better = new Set(others.filter((slice) => isBetter(slice, all, setting)));
  const standing = (slice: CountedSlice): SliceStanding =>
    worse.has(slice) ? 'worse' : better.has(slice) ? 'better' : 'unproven';
  const kept = [...tried.filter((slice) => worse.has(slice)), ...others].slice(0, MOST_KEPT);
  return {
    kind: 'split',
    label,
    of,
    finding: worse.size > 0 ? 'worse' : better.size > 0 ? 'better' : whyNeither(tried, all, setting),
    values: ranked.length,
    compared: tried.length,
    slices: kept.map((slice) => shown(slice, standing(slice), keeps(slice, question, setting))),
    all: addCounts(all),
    ...(windowMs === undefined ? {} : { windowMs }),
  };
}

type Intervals = readonly CohortCounts[];

/** What every test is run with. */
interface Setting {
  /** ln of what a stake has to grow to. */
  readonly line: number;
  /** Most that one interval may add, so that no single one decides; without limit where there are hardly any. */
  readonly cap: number;
  readonly phi: number;
}

function settingOf({ labels, burst }: SplitQuestion, values: number, all: Intervals): Setting {
  const line = Math.log((QUESTIONS * values * labels) / ALPHA);
  if (all.filter(({ requests }) => requests > 0).length < TELLING_INTERVALS)
    return { line, cap: Infinity, phi: burst?.phi ?? LARGEST_CLUMP };
  const { phi, minIntervals } = { ...burstiness(all), ...burst };
  return { line, cap: (line + Math.LN2) / minIntervals, phi };
}

/**
 * Each pass compares with what the ones before have not found worse, and has half of the level that was left: where two of
 * three places fail, each would hide the other.
 */
function worseOf(slices: readonly CountedSlice[], all: Intervals, setting: Setting): ReadonlySet<CountedSlice> {
  const worse = new Set<CountedSlice>();
  for (let line = setting.line + Math.LN2; ; line += Math.LN2) {
    const left = minus(all, pooled([...worse]));
    const found = slices.filter(
      (slice) => !worse.has(slice) && refutes(WORSE, slice.current, minus(left, slice.current), { ...setting, line }),
    );
    if (found.length === 0) return worse;
    for (const slice of found) worse.add(slice);
  }
}

function isBetter({ current }: CountedSlice, all: Intervals, setting: Setting): boolean {
  return refutes(BETTER, current, minus(all, current), setting);
}

function keeps({ current }: CountedSlice, { objective }: SplitQuestion, setting: Setting): boolean {
  return objective !== undefined && refutes({ rho: 0, delta: objective, side: 'below' }, current, current, setting);
}

/**
 * Whether the counts of a slice beside those of the rest refute it at any interval (Ville's inequality); not where their
 * sums do not look like it.
 */
function refutes(hypothesis: Hypothesis, slice: Intervals, rest: Intervals, { line, cap, phi }: Setting): boolean {
  if (!pointsAgainst(hypothesis, addCounts(slice), addCounts(rest))) return false;
  let process = openProcess(hypothesis, cap, phi);
  for (const [index, stable] of slice.entries()) {
    process = stepProcess(process, [{ stable, current: rest[index] ?? NOTHING }], 1);
    if (logEvidence(process) >= line) return true;
  }
  return false;
}

function pointsAgainst({ rho, delta, side }: Hypothesis, slice: CohortCounts, rest: CohortCounts): boolean {
  if (slice.requests === 0 || (rho > 0 && rest.requests === 0)) return false;
  const boundary = (rho > 0 ? (rho * rest.bad) / rest.requests : 0) + delta;
  const ratio = slice.bad / slice.requests;
  return side === 'above' ? ratio > boundary : ratio < boundary;
}

/** Thin: so few failures could not name any slice, were they all in it. */
function whyNeither(
  slices: readonly CountedSlice[],
  all: Intervals,
  { line, phi }: Setting,
): 'nothing-failed' | 'alike' | 'thin' {
  const { requests, bad } = addCounts(all);
  if (bad === 0) return 'nothing-failed';
  const couldTell = slices.some(({ current }) => {
    const own = addCounts(current).requests;
    const increment = {
      stable: { requests: own, bad: Math.min(own, bad) },
      current: { requests: requests - own, bad: 0 },
    };
    const gains = gridOf('above').map((kappa) => gainOf({ rho: FACTOR, delta: 0, phi }, kappa, increment));
    return logMeanExp(gains) >= line + Math.LN2;
  });
  return couldTell ? 'alike' : 'thin';
}

const NOTHING: CohortCounts = { requests: 0, bad: 0 };

function shown({ value, current, stable }: CountedSlice, standing: SliceStanding, keepsObjective: boolean): Slice {
  return {
    value: shortened(value),
    current: addCounts(current),
    stable,
    standing,
    ...(keepsObjective ? { keepsObjective } : {}),
  };
}

/** The paths of routes may be as long as people can type. */
function shortened(value: string): string {
  return value.length > LONGEST_VALUE ? `${value.slice(0, LONGEST_VALUE - 1)}…` : value;
}

function pooled(slices: readonly CountedSlice[]): Intervals {
  const longest = Math.max(0, ...slices.map(({ current }) => current.length));
  return Array.from({ length: longest }, (_, index) =>
    addCounts(slices.map(({ current }) => current[index] ?? NOTHING)),
  );
}

function minus(all: Intervals, part: Intervals): Intervals {
  return all.map(({ requests, bad }, index) => ({
    requests: requests - (part[index]?.requests ?? 0),
    bad: bad - (part[index]?.bad ?? 0),
  }));
}
