import type { Census } from './census';
import type { PhaseDraft } from './paces';
import { wholeShare } from './share';

/**
 * The same phases in shares that the targets can have: one that is moved in whole units gets no part of one. A step that
 * is none there is left out, and whoever must agree to it is asked before the next one.
 */
export function inWholeUnits(drafts: readonly PhaseDraft[], census: Census): readonly PhaseDraft[] {
  if (!drafts.some(({ weights }) => weights.some(({ target }) => census[target]?.units))) return drafts;
  const reached = new Map<string, number>();
  let asks = false;
  return drafts.flatMap((draft): readonly PhaseDraft[] => {
    const weights = draft.weights.map(({ target, weight }) => ({
      target,
      weight: wholeShare(weight, census[target]?.units),
    }));
    const raises = weights.some(({ target, weight }) => weight > (reached.get(target) ?? 0));
    asks = asks || draft.gate === 'approval';
    if (!raises) return [];
    for (const { target, weight } of weights) reached.set(target, Math.max(weight, reached.get(target) ?? 0));
    const gate = asks ? 'approval' : 'automatic';
    asks = false;
    return [{ ...draft, weights, gate }];
  });
}

/** Which targets have their shares rounded, and to what, in words; nothing where there are none. */
export function whyRounded(drafts: readonly PhaseDraft[], census: Census): readonly string[] {
  const rounded = drafts.flatMap(({ weights }) =>
    weights
      .filter(({ target, weight }) => wholeShare(weight, census[target]?.units) !== weight)
      .map(({ target }) => target),
  );
  const names = [...new Set(rounded)].flatMap((target) => {
    const units = census[target]?.units;
    return units ? [`${target} (${units.total} ${units.name})`] : [];
  });
  if (names.length === 0) return [];
  const what =
    names.length === 1 ? 'is moved in whole units, so its shares are' : 'are moved in whole units, so their shares are';
  return [`${new Intl.ListFormat('en').format(names)} ${what} rounded`];
}
