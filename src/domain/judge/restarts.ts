import { grown, logEvidence, logMeanExp, stepProcess } from './e-process';
import type { EProcess, Increment } from './e-process';

/** What a test has won since each of its later starts, in each of the bets that those make. Plain JSON. */
export type Starts = readonly (readonly number[])[];

const MOST_STARTS = 10;
const APART_MS = 60_000;

/** A later start bets on three rates only, evenly: 1.6, 3 and 10 times the boundary. */
const BETS = [1, 3, 5];

/** How many bets a later start makes. */
export const BETS_OF_START = BETS.length;

/** Adds one interval to each start, and a start each minute of observed time, up to ten. */
export function stepStarts(
  starts: Starts,
  test: EProcess,
  increments: readonly Increment[],
  look: { readonly width: number; readonly observedMs: number },
): Starts {
  const gains = stepProcess({ ...test, logs: test.logs.map(() => 0) }, increments, look.width).logs;
  const grownStarts = starts.map((logs) => BETS.map((bet, place) => grown(logs[place] ?? 0, gains[bet] ?? 0)));
  const isDue = starts.length < MOST_STARTS && look.observedMs >= (starts.length + 1) * APART_MS;
  return isDue ? [...grownStarts, BETS.map(() => 0)] : grownStarts;
}

/**
 * ln of the e-value with half of the stake on the whole time and half spread over the later starts, so that a leak which
 * comes late is not buried under the time before it. A start that is still to come has won nothing. Each part is a test
 * on its own, and so is their mean with shares that were fixed before.
 */
export function restartedEvidence(whole: EProcess, starts: Starts): number {
  const later = Array.from({ length: MOST_STARTS }, (_, index) => {
    const start = starts[index];
    return start ? logMeanExp(start) : 0;
  });
  return logMeanExp([logEvidence(whole), logMeanExp(later)]);
}
