import type { CohortCounts } from './verdict';

/** How clumped the errors of a revision come, and what a verdict therefore needs. */
export interface Burstiness {
  /** Informative intervals that any verdict needs, 2 to 9. */
  readonly minIntervals: number;
  /** Size of the clumps that errors come in, 1 to 20; 1 is one request at a time. */
  readonly phi: number;
  /** False where no history was there to read it from. */
  readonly historyKnown: boolean;
}

const LONGEST_HISTORY = 30;
const FEWEST_INTERVALS = 12;
const FEWEST_ERRORS = 12;
const ONE_SIDED_1_PERCENT = 2.33;
const LARGEST_LAG = 6;
const LEAST_CORRELATION = 0.1;
const TRIMMED = 0.6;
/** Mean of the lowest 60 % of a chi-square with one degree of freedom, as simulated; a little low, which is the safe side. */
const TRIMMED_CHI_SQUARE = 0.1905;

/**
 * Burstiness of the suspect's own last five minutes, one entry an interval, oldest first. Errors that come alone need two
 * intervals; where their dispersion is more than chance (1 % one-sided) the time over which they hang together says how
 * many, and the jumps between neighbours how large a clump is. The jumps are trimmed, so that a change of state is no clump.
 */
export function burstiness(history: readonly CohortCounts[]): Burstiness {
  const used = history.slice(-LONGEST_HISTORY).filter(({ requests }) => requests > 0);
  if (used.length === 0) return { minIntervals: 3, phi: 1, historyKnown: false };
  const scores = scoresOf(used);
  if (!isDispersed(used, scores)) return { minIntervals: 2, phi: 1, historyKnown: true };
  return {
    minIntervals: clamp(Math.ceil(3 * correlationTime(scores)), 3, 9),
    phi: clamp(clumpOf(scores), 1, 20),
    historyKnown: true,
  };
}

/**
 * So many times as far as chance alone would put it the ratio over this history may be off, as a variance, at least 1: its
 * dispersion times the intervals over which failures hang together.
 */
export function spreadOf(history: readonly CohortCounts[]): number {
  const scores = scoresOf(history.filter(({ requests }) => requests > 0));
  if (scores.length < 2) return 1;
  const dispersion = sum(scores.map((z) => z * z)) / (scores.length - 1);
  return Math.max(1, dispersion * correlationTime(scores));
}

/** Standardised deviations of each interval from the ratio over all of them. */
function scoresOf(used: readonly CohortCounts[]): readonly number[] {
  const p = sum(used.map(({ bad }) => bad)) / sum(used.map(({ requests }) => requests));
  if (p <= 0 || p >= 1) return used.map(() => 0);
  return used.map(({ requests, bad }) => (bad - p * requests) / Math.sqrt(p * (1 - p) * requests));
}

function isDispersed(used: readonly CohortCounts[], scores: readonly number[]): boolean {
  const errors = sum(used.map(({ bad }) => bad));
  if (used.length < FEWEST_INTERVALS || errors < FEWEST_ERRORS) return false;
  const freedom = used.length - 1;
  const dispersion = sum(scores.map((z) => z * z)) / freedom;
  return dispersion > 1 + ONE_SIDED_1_PERCENT * Math.sqrt((2 + used.length / errors) / freedom);
}

/**
 * Integrated autocorrelation time of evenly spaced values, in their spacing, at least 1; lags are added until one is no
 * correlation any more. Values that never change say nothing, and count as independent.
 */
export function correlationTime(scores: readonly number[]): number {
  const mean = sum(scores) / scores.length;
  const centred = scores.map((z) => z - mean);
  const variance = sum(centred.map((z) => z * z));
  let total = 1;
  if (variance === 0) return total;
  for (let lag = 1; lag <= LARGEST_LAG; lag += 1) {
    const along = sum(centred.slice(lag).map((z, index) => z * (centred[index] ?? 0))) / variance;
    if (along < LEAST_CORRELATION) break;
    total += 2 * along;
  }
  return total;
}

function clumpOf(scores: readonly number[]): number {
  const jumps = scores
    .slice(1)
    .map((z, index) => (z - (scores[index] ?? 0)) ** 2 / 2)
    .sort((a, b) => a - b);
  const lowest = jumps.slice(0, Math.max(1, Math.floor(TRIMMED * jumps.length)));
  return sum(lowest) / lowest.length / TRIMMED_CHI_SQUARE;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
