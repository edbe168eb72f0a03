import type { JudgeState } from './state';

/** Informative intervals before which nobody can see two revisions rise and fall together. */
export const CORRELATION_INTERVALS = 8;

/**
 * Whether it is too early to say that going back does not help: where failures came in clumps or waves before the phase,
 * both revisions may be in the same one, and some intervals are needed to see that they rise and fall together. A history
 * in which they come alone asks for two intervals, or for three where there is no target.
 */
export function mayProveCoupled({ settings, together }: Pick<JudgeState, 'settings' | 'together'>): boolean {
  const { historyKnown, phi, minIntervals, tau } = settings;
  const cameInWaves = historyKnown && (phi > 1 || minIntervals > (tau === undefined ? 3 : 2));
  return cameInWaves && together.n < CORRELATION_INTERVALS;
}
