import type { Units } from './census';
import type { PlannedWeight } from './plan';
import { shareText } from './share';

/** `eu 25 %`, `eu and us 100 %`; joined phases may hold several weights. */
export function nameOf(weights: readonly PlannedWeight[], unitsOf: (target: string) => Units | undefined): string {
  const told = weights.map(({ target, weight }) => ({ target, share: shareText(weight, unitsOf(target)) }));
  return [...new Set(told.map(({ share }) => share))]
    .map((share) => {
      const names = told.filter((each) => each.share === share).map(({ target }) => target);
      return `${new Intl.ListFormat('en').format(names)} ${share}`;
    })
    .join(' · ');
}
