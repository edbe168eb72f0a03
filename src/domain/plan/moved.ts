import type { TargetPolicy } from '../policy/policy';
import type { Census } from './census';
import type { PlannedWeight } from './plan';
import { shareText } from './share';

/**
 * What a phase moves, in words for people, where weights in percent do not say it: in whole units as the readings tell
 * them, or of what stands behind the target at which it is counted. Undefined where the weights say all of it.
 */
export function movedTexts(
  weights: readonly PlannedWeight[],
  targets: readonly TargetPolicy[],
  readings: Census,
): readonly string[] | undefined {
  const moved = weights.map(({ target, weight }) => {
    const behind = targets.find(({ name }) => name === target)?.behind;
    const units = readings[target]?.units;
    const place = behind === undefined ? target : `${target} behind ${behind}`;
    return { text: `${shareText(weight, units)} of ${place}`, isOwn: behind !== undefined || units !== undefined };
  });
  return moved.some(({ isOwn }) => isOwn) ? moved.map(({ text }) => text) : undefined;
}
