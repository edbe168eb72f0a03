import type { TimingPolicy } from '../policy/policy';
import type { PhaseDraft } from './paces';

/** What one shift is expected to take, in milliseconds. */
export const SHIFT_MS = 5_000;
/** Intervals of evidence that an ordinary bake takes. */
const EXPECTED_INTERVALS = 6;

/** Expected milliseconds to full relief: each phase costs its shift, the settle time and some intervals of evidence. */
export function expectedReliefMs(phases: number, timing: TimingPolicy): number {
  return phases * (SHIFT_MS + timing.settleMs + EXPECTED_INTERVALS * timing.intervalMs);
}

/**
 * Merges phases until relief is expected in time, or nothing more can be merged: first leaves out steps that a later
 * one overtakes, the latest first; then, where targets need not go in series, joins neighbours from the end. The first
 * phase and whatever a person must approve always stay.
 */
export function mergedToRelief(
  drafts: readonly PhaseDraft[],
  timing: TimingPolicy,
  inSeries: boolean,
): readonly PhaseDraft[] {
  let merged = drafts;
  while (expectedReliefMs(merged.length, timing) > timing.reliefWithinMs) {
    const shorter = withoutOvertaken(merged) ?? (inSeries ? undefined : withNeighboursJoined(merged));
    if (!shorter) return merged;
    merged = shorter;
  }
  return merged;
}

function withoutOvertaken(drafts: readonly PhaseDraft[]): readonly PhaseDraft[] | undefined {
  const at = drafts.findLastIndex(
    (draft, index) => index > 0 && draft.gate === 'automatic' && isOvertaken(draft, drafts.slice(index + 1)),
  );
  return at < 0 ? undefined : drafts.filter((_, index) => index !== at);
}

function isOvertaken(draft: PhaseDraft, later: readonly PhaseDraft[]): boolean {
  return draft.weights.every((planned) =>
    later.some((other) => other.weights.some((w) => w.target === planned.target && w.weight >= planned.weight)),
  );
}

/** Joins the last phase to the one before it; they concern different targets, or one would have been overtaken. */
function withNeighboursJoined(drafts: readonly PhaseDraft[]): readonly PhaseDraft[] | undefined {
  const at = drafts.findLastIndex((draft, index) => index > 1 && draft.gate === 'automatic');
  const [before, last] = [drafts[at - 1], drafts[at]];
  if (!before || !last) return undefined;
  const joined: PhaseDraft = {
    weights: [...before.weights, ...last.weights],
    gate: before.gate,
    because: `${before.because}; joined to be done in time`,
  };
  return [...drafts.slice(0, at - 1), joined, ...drafts.slice(at + 1)];
}
