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

/** A running test: a mixture of bets, each a log-likelihood ratio against the hypothesis. Plain JSON. */
export interface EProcess extends Hypothesis {
  /** Most that one interval may add, so that no single scrape decides. */
  readonly cap: number;
  /** Largest clump in which bad events come; divides the evidence. */
  readonly phi: number;
  readonly logs: readonly number[];
  /** ln of the share of each bet, where they are not even; fixed before the first increment. */
  readonly logWeights?: readonly number[];
}

const BELOW = [0.01, 0.03, 0.08, 0.18, 0.33, 0.5, 0.7];
const ABOVE = [1.3, 1.6, 2, 3, 5, 10, 25];

/**
 * A test that has seen nothing. `cap` and `phi` as above. `expected`: the true rate over the boundary that history
 * suggests; half of the stake goes on the bet nearest to it, which costs ln 2 when right and ln 14 when wrong.
 */
export function openProcess(hypothesis: Hypothesis, cap: number, phi: number, expected?: number): EProcess {
  const grid = gridOf(hypothesis.side);
  const opened = { ...hypothesis, cap, phi, logs: grid.map(() => 0) };
  if (expected === undefined || !Number.isFinite(expected) || expected < 0) return opened;
  const distances = grid.map((kappa) => Math.abs(Math.log(kappa) - Math.log(Math.max(expected, Number.EPSILON))));
  const nearest = distances.indexOf(Math.min(...distances));
  const even = 0.5 / grid.length;
  return { ...opened, logWeights: grid.map((_, index) => Math.log(index === nearest ? even + 0.5 : even)) };
}

/** Adds one interval; each stratum is a factor of its own. `width`: intervals that it spans, 1 to 3. */
export function stepProcess(process: EProcess, increments: readonly Increment[], width: number): EProcess {
  const usable = increments.filter((x) => x.stable.requests > 0 && (process.rho === 0 || x.current.requests > 0));
  if (usable.length === 0) return process;
  const logs = gridOf(process.side).map((kappa, index) => {
    const gain = usable.reduce((sum, increment) => sum + gainOf(process, kappa, increment), 0);
    return roundedDown((process.logs[index] ?? 0) + Math.min(gain, process.cap * width));
  });
  return { ...process, logs };
}

/** Four places are enough, and short to store; what is rounded down proves a little less, never more. */
function roundedDown(log: number): number {
  return Math.floor(log * 10_000) / 10_000;
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

/** ln of the e-value: the weighted mean of the bets. Reject at level alpha once it reaches ln(1/alpha). */
export function logEvidence({ logs, logWeights }: EProcess): number {
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
