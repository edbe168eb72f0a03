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
  /** What is added to the boundary at each of them, where that is not the same at all. */
  readonly deltas?: readonly number[];
}

/** A running test: a mixture of bets, each a log-likelihood ratio against the hypothesis. Plain JSON. */
export interface EProcess extends Hypothesis, Stake {
  /** Most that one interval may add, so that no single scrape decides. */
  readonly cap: number;
  /** Largest clump in which bad events come; divides the evidence. */
  readonly phi: number;
}

/** One bet on the true rate over the boundary, and the natural logarithm of it. */
interface Bet {
  readonly kappa: number;
  readonly ln: number;
}

const toBet = (kappa: number): Bet => ({ kappa, ln: Math.log(kappa) });
const BELOW = [0.01, 0.03, 0.08, 0.18, 0.33, 0.5, 0.7].map(toBet);
const ABOVE = [1.3, 1.6, 2, 3, 5, 10, 25].map(toBet);

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
  const logWeights = carriedInto(grid.length, expectedOn(grid, belief.expected), belief.carried)?.map((weight) =>
    Math.log(weight),
  );
  return { ...hypothesis, cap, phi, logs: grid.map(() => 0), ...(logWeights === undefined ? {} : { logWeights }) };
}

function expectedOn(grid: readonly Bet[], expected: number | undefined): readonly number[] | undefined {
  const nearest = nearestOn(grid, expected);
  return nearest && grid.map((bet) => 0.5 / grid.length + (bet === nearest ? 0.5 : 0));
}

/** The rate over the boundary that the bet nearest to what is expected is on: to expect just that places bets alike. */
export function nearestBet(side: Hypothesis['side'], expected: number | undefined): number | undefined {
  return nearestOn(gridOf(side), expected)?.kappa;
}

function nearestOn(grid: readonly Bet[], expected: number | undefined): Bet | undefined {
  if (expected === undefined || !Number.isFinite(expected) || expected < 0) return undefined;
  const distances = grid.map(({ ln }) => Math.abs(ln - Math.log(Math.max(expected, Number.EPSILON))));
  return grid[distances.indexOf(Math.min(...distances))];
}

/** Shares of so many bets: half what is carried, half `weights`; those alone, or none, where nothing fitting is carried. */
export function carriedInto(
  bets: number,
  weights: readonly number[] | undefined,
  carried: readonly number[] | undefined,
): readonly number[] | undefined {
  const all = carried?.reduce((sum, share) => sum + share, 0) ?? 0;
  if (carried === undefined || carried.length !== bets || !(all > 0)) return weights;
  return carried.map((share, index) => share / all / 2 + (weights?.[index] ?? 1 / carried.length) / 2);
}

/** The same test of each of so many bounds of a metric, each with its own `deltas` where there are any; of one it stays as it is. */
export function joinedOver(process: EProcess, bounds: number, by: Joined['by'], deltas?: readonly number[]): EProcess {
  if (bounds < 2) return process;
  const over = { bounds, by, ...(deltas ? { deltas } : {}) };
  return { ...process, over, logs: Array.from({ length: bounds }, () => process.logs).flat() };
}

/** What is added to the boundary of a test, at one of its bounds where one is named. */
export function deltaAt({ delta, over }: Pick<EProcess, 'delta' | 'over'>, bound: number | undefined): number {
  return bound === undefined ? delta : (over?.deltas?.[bound] ?? delta);
}

/** Adds one interval; each stratum is a factor of its own. `width`: intervals that it spans, 1 to 3. */
export function stepProcess(process: EProcess, increments: readonly Increment[], width: number): EProcess {
  return withLogs(process, stepLogs(process, process.logs, increments, width));
}

/** The test that has come to these logs. */
export function withLogs(process: EProcess, logs: readonly number[]): EProcess {
  const { rho, delta, side, cap, phi, logWeights, over } = process;
  return { rho, delta, side, cap, phi, logs, logWeights, over };
}

/** What `stepProcess` does to what the test has come to: the same where nothing speaks to it. */
export function stepLogs(
  process: EProcess,
  logs: readonly number[],
  increments: readonly Increment[],
  width: number,
): readonly number[] {
  const isUsable = ({ stable, current }: Increment): boolean =>
    stable.requests > 0 && (process.rho === 0 || current.requests > 0);
  const usable = increments.every(isUsable) ? increments : increments.filter(isUsable);
  if (usable.length === 0) return logs;
  const most = process.cap * width;
  const grid = gridOf(process.side);
  // Plain loops, and an array that need not grow: this is where the time of a look goes.
  const stepped = [...logs];
  let place = 0;
  for (let from = 0; from < logs.length; from += grid.length) {
    const bound = process.over && from / grid.length;
    const wager = process.over?.deltas ? { ...process, delta: deltaAt(process, bound) } : process;
    for (const bet of grid) {
      let gain = 0;
      for (const increment of usable) gain += gainOf(wager, bet, increment, bound);
      stepped[place] = grown(logs[place] ?? 0, Math.min(gain, most));
      place += 1;
    }
  }
  return stepped;
}

/** ln of what a bet has left that will not come back within any phase. */
export const GIVEN_UP = -999;

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
 * ln of the factor of one bet, by the counts of one bound where one is named. Its mean under the hypothesis is at most 1
 * for any error rate of current, any split and any drift, since E[a^X] <= exp(n*p*(a-1)): Ville's inequality then bounds
 * false verdicts at every look.
 */
export function gainOf(
  { rho, delta, phi }: Wager,
  { kappa, ln }: Bet,
  { stable, current }: Increment,
  bound?: number,
): number {
  const bad = badAt(stable, bound);
  if (rho === 0) return (bad * ln - stable.requests * delta * (kappa - 1)) / phi;
  const b = (rho * stable.requests + current.requests) / (kappa * rho * stable.requests + current.requests);
  const lnB = Math.log(b);
  return (bad * (ln + lnB) + badAt(current, bound) * lnB - stable.requests * delta * (kappa * b - 1)) / phi;
}

function badAt({ bad, slower }: CohortCounts, bound: number | undefined): number {
  return bound === undefined ? bad : (slower?.[bound] ?? bad);
}

/** ln of the e-value: the weighted mean of the bets, joined over bounds. Reject at level alpha once it reaches ln(1/alpha). */
export function logEvidence({ logs, logWeights, over }: Stake): number {
  if (!over) return logMeanExp(logs, logWeights);
  const each = evidenceByBound({ logs, logWeights, over });
  switch (over.by) {
    case 'mean':
      return logMeanExp(each);
    case 'least':
      return Math.min(...each);
  }
}

/** The same at each bound; of a test of one bound a single number. */
export function evidenceByBound({ logs, logWeights, over }: Stake): readonly number[] {
  const bounds = over?.bounds ?? 1;
  const size = logs.length / bounds;
  return Array.from({ length: bounds }, (_, bound) =>
    logMeanExp(logs.slice(bound * size, (bound + 1) * size), logWeights),
  );
}

/** exp of it is less than the last place of 1. */
const LOST = -40;

/** ln of the mean of exp(values), without overflow; of their weighted sum where there are `logWeights`. */
export function logMeanExp(values: readonly number[], logWeights?: readonly number[]): number {
  let top = -Infinity;
  for (let index = 0; index < values.length; index += 1) top = Math.max(top, weighted(values, logWeights, index));
  if (top === -Infinity) return top;
  let sum = 0;
  for (let index = 0; index < values.length; index += 1) {
    const below = weighted(values, logWeights, index) - top;
    // What is smaller than this is lost in rounding anyway.
    if (below > LOST) sum += Math.exp(below);
  }
  return top + Math.log(logWeights ? sum : sum / values.length);
}

function weighted(values: readonly number[], logWeights: readonly number[] | undefined, index: number): number {
  const value = values[index] ?? -Infinity;
  return logWeights ? value + (logWeights[index] ?? -Infinity) : value;
}

/** The bets of a side. */
export function gridOf(side: Hypothesis['side']): readonly Bet[] {
  switch (side) {
    case 'below':
      return BELOW;
    case 'above':
      return ABOVE;
  }
}
