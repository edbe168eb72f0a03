import type { CohortCounts } from './verdict';

/** Requests and bad events of both cohorts in one interval of one stratum. */
export interface Increment {
  readonly stable: CohortCounts;
  readonly current: CohortCounts;
}

/** What an e-process is set up to refute: `pS >= rho*pC + delta` (below) or `pS <= rho*pC + delta` (above). */
export interface Hypothesis {
  readonly rho: number;
  readonly delta: number;
  readonly side: 'below' | 'above';
}

/** What the gain of a bet depends on besides what was seen. */
export interface Wager {
  readonly rho: number;
  readonly delta: number;
  readonly phi: number;
}

/** What a test has won: ln of the factor of each of its bets. Plain JSON. */
export interface Stake {
  readonly logs: readonly number[];
  /** ln of the share of each bet, where they are not even; fixed before the first increment. */
  readonly logWeights?: readonly number[];
  /** Where it is asked of several bounds at once; the bets of one bound follow those of another. */
  readonly over?: Joined;
}

/**
 * One question about several bounds of a metric. `mean` refutes that the statement holds at all of them: the mean of
 * e-values is one, however they depend on each other. `least` refutes that it holds at any: where it does hold, the least
 * is no more than the e-value there.
 */
export interface Joined {
  readonly bounds: number;
  readonly by: 'mean' | 'least';
}

/** A running test: a mixture of bets, each a log-likelihood ratio against the hypothesis. Plain JSON. */
export interface EProcess extends Hypothesis, Stake {
  /** Most that one interval may add, so that no single scrape decides. */
  readonly cap: number;
  /** Largest clump in which bad events come; divides the evidence. */
  readonly phi: number;
}

const BELOW = [0.01, 0.03, 0.08, 0.18, 0.33, 0.5, 0.7];
const ABOVE = [1.3, 1.6, 2, 3, 5, 10, 25];

/** Where bets are placed before anything is seen. */
export interface Belief {
  /** The true rate over the boundary that history suggests. */
  readonly expected?: number | undefined;
  /** Shares of the bets that the phase before came to; they need not add up to 1. */
  readonly carried?: readonly number[] | undefined;
}

/**
 * A test that has seen nothing. `cap` and `phi` as above. Half of the stake goes on the bet nearest to what is expected,
 * which costs ln 2 when right and ln 14 when wrong; half of all of it on what the phase before came to, where there was one.
 */
export function openProcess(hypothesis: Hypothesis, cap: number, phi: number, belief: Belief = {}): EProcess {
  const grid = gridOf(hypothesis.side);
  const opened = { ...hypothesis, cap, phi, logs: grid.map(() => 0) };
  const weights = carriedInto(expectedOn(grid, belief.expected), belief.carried);
  return weights === undefined ? opened : { ...opened, logWeights: weights.map((weight) => Math.log(weight)) };
}

function expectedOn(grid: readonly number[], expected: number | undefined): readonly number[] | undefined {
  if (expected === undefined || !Number.isFinite(expected) || expected < 0) return undefined;
  const distances = grid.map((kappa) => Math.abs(Math.log(kappa) - Math.log(Math.max(expected, Number.EPSILON))));
  const nearest = distances.indexOf(Math.min(...distances));
  return grid.map((_, index) => 0.5 / grid.length + (index === nearest ? 0.5 : 0));
}

function carriedInto(
  weights: readonly number[] | undefined,
  carried: readonly number[] | undefined,
): readonly number[] | undefined {
  const all = carried?.reduce((sum, share) => sum + share, 0) ?? 0;
  if (carried === undefined || !(all > 0)) return weights;
  return carried.map((share, index) => share / all / 2 + (weights?.[index] ?? 1 / carried.length) / 2);
}

/** The same test of each of so many bounds of a metric; of one it stays as it is. */
export function joinedOver(process: EProcess, bounds: number, by: Joined['by']): EProcess {
  if (bounds < 2) return process;
  return { ...process, over: { bounds, by }, logs: Array.from({ length: bounds }, () => process.logs).flat() };
}

/** Adds one interval; each stratum is a factor of its own. `width`: intervals that it spans, 1 to 3. */
export function stepProcess(process: EProcess, increments: readonly Increment[], width: number): EProcess {
  const usable = increments.filter((x) => x.stable.requests > 0 && (process.rho === 0 || x.current.requests > 0));
  if (usable.length === 0) return process;
  const grid = gridOf(process.side);
  const logs = process.logs.map((log, place) => {
    const kappa = grid[place % grid.length] ?? 1;
    const bound = process.over && Math.floor(place / grid.length);
    const gain = usable.reduce((sum, increment) => sum + gainOf(process, kappa, atBound(increment, bound)), 0);
    return grown(log, Math.min(gain, process.cap * width));
  });
  return { ...process, logs };
}

/** The counts of one bound; without one those that there are. */
function atBound(increment: Increment, bound: number | undefined): Increment {
  if (bound === undefined) return increment;
  const slower = ({ requests, bad, slower: all }: CohortCounts): CohortCounts => ({
    requests,
    bad: all?.[bound] ?? bad,
  });
  return { stable: slower(increment.stable), current: slower(increment.current) };
}

/** ln of what a bet has left that will not come back within any phase. */
const GIVEN_UP = -999;

/**
 * What a bet has after a gain, short to store: three places near nothing, fewer further away, and given up for good below
 * -999. What is rounded down proves a little less, never more.
 */
export function grown(log: number, gain: number): number {
  const after = log + gain;
  if (log === GIVEN_UP || after <= GIVEN_UP) return GIVEN_UP;
  const places = Math.abs(after) < 10 ? 1_000 : Math.abs(after) < 100 ? 100 : 10;
  return Math.floor(after * places) / places;
}

/**
 * ln of the factor of one bet. Its mean under the hypothesis is at most 1 for any error rate of current,
 * any split and any drift, since E[a^X] <= exp(n*p*(a-1)): Ville's inequality then bounds false verdicts at every look.
 */
export function gainOf({ rho, delta, phi }: Wager, kappa: number, { stable, current }: Increment): number {
  const b =
    rho > 0 ? (rho * stable.requests + current.requests) / (kappa * rho * stable.requests + current.requests) : 1;
  const a = kappa * b;
  const fromCurrent = rho > 0 ? current.bad * Math.log(b) : 0;
  return (stable.bad * Math.log(a) + fromCurrent - stable.requests * delta * (a - 1)) / phi;
}

/** ln of the e-value: the weighted mean of the bets, joined over bounds. Reject at level alpha once it reaches ln(1/alpha). */
export function logEvidence({ logs, logWeights, over }: Stake): number {
  if (!over) return mixed(logs, logWeights);
  const size = logs.length / over.bounds;
  const each = Array.from({ length: over.bounds }, (_, bound) =>
    mixed(logs.slice(bound * size, (bound + 1) * size), logWeights),
  );
  switch (over.by) {
    case 'mean':
      return logMeanExp(each);
    case 'least':
      return Math.min(...each);
  }
}

function mixed(logs: readonly number[], logWeights: Stake['logWeights']): number {
  if (logWeights === undefined) return logMeanExp(logs);
  return logMeanExp(logs.map((log, index) => log + (logWeights[index] ?? -Infinity))) + Math.log(logs.length);
}

/** ln of the mean of exp(values), without overflow. */
export function logMeanExp(values: readonly number[]): number {
  const top = Math.max(...values);
  if (top === -Infinity) return top;
  return top + Math.log(values.reduce((sum, value) => sum + Math.exp(value - top), 0) / values.length);
}

/** The bets of a side: the true rate over the boundary. */
export function gridOf(side: Hypothesis['side']): readonly number[] {
  switch (side) {
    case 'below':
      return BELOW;
    case 'above':
      return ABOVE;
  }
}
