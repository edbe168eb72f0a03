import { nameOf } from './phase-name';
import type { Phase, RollbackPlan } from './plan';
import { wholeShare } from './share';

const HALF = 50;
/** Weights are read back as numbers; differences below this are none. */
const TOLERANCE = 0.5;

/** What is ahead after a phase, and how its targets are moved. */
export interface Ahead {
  readonly after: readonly Phase[];
  readonly units: RollbackPlan['units'];
}

/** At half of a target two revisions that fail together bear the same load; in whole units, the nearest that is no less. */
function halfOf(target: string, { units }: Ahead): number {
  return wholeShare(HALF, units?.[target]);
}

/**
 * Targets of a phase that can still be widened to half: what they serve is less, half of them leaves a control, and the
 * phases after it take them there or beyond.
 */
export function belowHalf(phase: Phase, ahead: Ahead, served: (target: string) => number): readonly string[] {
  const later = ahead.after.flatMap(({ weights }) => weights);
  return phase.weights
    .map(({ target }) => ({ target, half: halfOf(target, ahead) }))
    .filter(({ target, half }) => half < 100 && served(target) < half - TOLERANCE)
    .filter(({ target, half }) => later.some((planned) => planned.target === target && planned.weight >= half))
    .map(({ target }) => target);
}

/**
 * The phases that are left once these targets go to exactly half first: what that overtakes is done with it, and what a
 * person was to approve on the way there is still asked.
 */
export function halfThen(targets: readonly string[], ahead: Ahead): readonly [Phase, ...Phase[]] {
  const weights = targets.map((target) => ({ target, weight: halfOf(target, ahead) }));
  const overtaken = ahead.after.filter(isOvertakenBy(weights));
  const half: Phase = {
    index: 0,
    name: nameOf(weights, (target) => ahead.units?.[target]),
    weights,
    gate: overtaken.some(({ gate }) => gate === 'approval') ? 'approval' : 'automatic',
    noControl: false,
    widened: true,
    because: 'both revisions fail together, so that a small share shows nothing: widened once, as the policy says',
  };
  return [half, ...ahead.after.filter((phase) => !overtaken.includes(phase))];
}

function isOvertakenBy(half: Phase['weights']): (phase: Phase) => boolean {
  return ({ weights }) =>
    weights.every(({ target, weight }) => half.some((other) => other.target === target && weight <= other.weight));
}
