import type { StratumIncrement } from './counters';
import { grown, logMeanExp } from './e-process';
import type { JudgeSettings } from './settings';

/** What shows that a target does not split its requests as asked. Plain JSON. */
export interface SplitCheck {
  /** ln of the factor of each bet, in the order of `BETS`. */
  readonly logs: readonly number[];
  /** Informative intervals in a row, up to the newest, in which the share was out of tolerance. */
  readonly away: number;
}

/** By target. */
export type SplitChecks = Readonly<Record<string, SplitCheck>>;

/** What a mismatch looks like. */
export interface SplitMismatch {
  readonly target: string;
  /** Percent asked for. */
  readonly asked: number;
}

/** Relative to the weight asked for. */
const TOLERANCE = 0.2;

const BETS = [
  { side: 'little', factor: 0.75 },
  { side: 'little', factor: 0.2 },
  { side: 'much', factor: 1.25 },
  { side: 'much', factor: 2 },
] as const;

/** How many bets a check of a target makes. */
export const BETS_ON_SPLIT = BETS.length;

const LINE = Math.log(1 / 0.01);
/** Requests come in company: a page asks for several things at once, and a person's requests go the same way. */
const COMPANY = 5;
const INTERVALS = 3;

/**
 * Adds what one interval brought to each target. Against "stable's part of the requests is within a fifth of its weight"
 * the likelihood ratio of a binomial is bet, from the nearer end of that range; its mean is at most 1 anywhere within.
 */
export function observeSplit(
  checks: SplitChecks,
  increments: readonly StratumIncrement[],
  { split = {} }: JudgeSettings,
): SplitChecks {
  const updated = increments.flatMap(({ target, stable, current }) => {
    const weight = split[target];
    const all = stable.requests + current.requests;
    if (weight === undefined || weight <= 0 || weight >= 100 || all === 0) return [];
    const asked = weight / 100;
    const before = checks[target] ?? { logs: BETS.map(() => 0), away: 0 };
    const logs = BETS.map((bet, index) => {
      const gain = gainOf(bet, asked, stable.requests, current.requests);
      return grown(before.logs[index] ?? 0, Math.min(gain / COMPANY, LINE / INTERVALS));
    });
    const isAway = Math.abs(stable.requests / all / asked - 1) > TOLERANCE;
    return [[target, { logs, away: isAway ? Math.min(INTERVALS, before.away + 1) : 0 }] as const];
  });
  return updated.length === 0 ? checks : { ...checks, ...Object.fromEntries(updated) };
}

function gainOf({ side, factor }: (typeof BETS)[number], asked: number, stable: number, current: number): number {
  const edge = side === 'little' ? asked * (1 - TOLERANCE) : Math.min(0.98, asked * (1 + TOLERANCE));
  const bet = side === 'little' ? edge * factor : Math.min((1 + edge) / 2, edge * factor);
  return stable * Math.log(bet / edge) + current * Math.log((1 - bet) / (1 - edge));
}

/**
 * The first target whose split is proven to be out of tolerance, and is so in its newest intervals too: connections that
 * drain slowly to the new share are none. Wrong in at most 1 of 100 phases.
 */
export function splitMismatch(checks: SplitChecks, { split = {} }: JudgeSettings): SplitMismatch | undefined {
  const found = Object.entries(split).find(([target]) => {
    const check = checks[target];
    return check !== undefined && check.away >= INTERVALS && logMeanExp(check.logs) >= LINE;
  });
  return found && { target: found[0], asked: found[1] };
}
