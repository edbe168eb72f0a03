import { burstiness } from './burst';
import type { Burstiness } from './burst';
import { helpMargin } from './settings';
import type { CohortCounts } from './verdict';

/** What a phase is judged by besides its policy; read from the time before it. */
export interface Calibration extends Burstiness {
  /** What history suggests, so that bets are placed there: true rate over the boundary of a test. */
  readonly expected: { readonly help?: number; readonly bad?: number };
}

/** Ratios that are known of a service, 0 to 1. */
export interface KnownRatios {
  /** What was normal before the incident. */
  readonly baseline?: number | undefined;
  /** What counts as restored. */
  readonly tau?: number | undefined;
  /** Share of current's ratio that counts as helping, where a policy says it. */
  readonly help?: number | undefined;
}

/**
 * Reads a suspect's own intervals before a phase, oldest first, whether they were recorded or a live source remembers
 * them: too few to show clumps count as none shown, and only where there are none at all is an interval more asked for.
 */
export function calibration(history: readonly CohortCounts[], known: KnownRatios): Calibration {
  return { ...burstiness(history), expected: expectedFrom(ratioOf(history), known) };
}

/** Bad events over requests; undefined where there were none. */
export function ratioOf(history: readonly CohortCounts[]): number | undefined {
  const requests = history.reduce((sum, counts) => sum + counts.requests, 0);
  return requests > 0 ? history.reduce((sum, counts) => sum + counts.bad, 0) / requests : undefined;
}

function expectedFrom(seen: number | undefined, { baseline, tau, help }: KnownRatios): Calibration['expected'] {
  if (seen === undefined || seen === 0) return {};
  return {
    ...(baseline === undefined ? {} : { help: baseline / (helpMargin(help === undefined ? {} : { help }) * seen) }),
    ...(tau === undefined ? {} : { bad: seen / tau }),
  };
}
