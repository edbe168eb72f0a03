import { failsMore } from './fails-more';
import type { JudgeState } from './state';
import type { CohortCounts } from './verdict';
import { rate } from './rate';

/** Informative intervals before which nobody can see two revisions rise and fall together. */
export const CORRELATION_INTERVALS = 8;

/** Informative intervals after which what has not ebbed is no wave: of those that end in three intervals, one in 3,000 lasts longer. */
const LONGEST_WAVE = 20;

/** So many times what it failed before, current has risen. */
const RISEN = 2;

/** What tells whether both revisions may be in one wave of failures. */
type Waves = Pick<JudgeState, 'settings' | 'together' | 'before' | 'totals' | 'ebbed'>;

/**
 * Whether it is too early to say that going back does not help: where failures came in clumps or waves before the phase,
 * or current fails clearly more than before it, both revisions may be in the same one. Some intervals are needed to see
 * that they rise and fall together, and in a wave that has not ebbed since the phase began nobody can see it.
 */
export function mayProveCoupled(state: Waves): boolean {
  return (cameInWaves(state.settings) || hasRisen(state)) && state.together.n < intervalsToTell(state);
}

/** How much of what it takes to see that has been seen, 0 to 1. */
export function seenOfWaves(state: Waves): number {
  return mayProveCoupled(state) ? state.together.n / intervalsToTell(state) : 1;
}

/** Whether current failed no more in this interval than on average before the phase: no wave, or one that has ebbed. */
export function isEbb(before: CohortCounts | undefined, current: CohortCounts): boolean {
  return before !== undefined && before.requests > 0 && rate(current) <= rate(before);
}

/** A history in which failures come alone asks for two intervals, or for three where there is no target. */
function cameInWaves({ historyKnown, phi, minIntervals, tau }: JudgeState['settings']): boolean {
  return historyKnown && (phi > 1 || minIntervals > (tau === undefined ? 3 : 2));
}

function hasRisen({ settings, before, totals: { current } }: Waves): boolean {
  if (!settings.historyKnown || !before || before.requests === 0 || current.requests === 0) return false;
  return rate(current) >= RISEN * rate(before) && failsMore(current, before);
}

function intervalsToTell({ before, ebbed }: Waves): number {
  const cannotEbb = before === undefined || before.requests === 0;
  return ebbed || cannotEbb ? CORRELATION_INTERVALS : LONGEST_WAVE;
}
