import type { ShiftRequest } from '../../../ports';
import { annotate, unchanged } from './annotate';
import { markOf, standOf } from './marks';
import { isUnheard, pathOf } from './rollout-state';
import type { RolloutPlace, RolloutState } from './rollout-state';

/** Longer than a controller takes that hears, and short enough for one call. */
const UNHEARD_MS = 2_000;
/** The annotation that wakes; its value is of no meaning. */
export const WOKEN = 'phased-rollback/woken';

/**
 * Makes what is called at each look, and wakes a controller once that has lost what it was told: it touches a Rollout
 * that nobody has changed for some seconds although something is said on it.
 *
 * Up to 1.9 that controller puts the server's answer to a change of its own back into its cache unseen
 * (`writeBackToInformer`), also over a newer Rollout that the watch has brought there before the answer came. What that one said is
 * then gone from the cache, and its resync goes through the same cache: only another change of the Rollout brings it
 * back, whatever it is. This one changes nothing that anybody reads, is made only as the Rollout was read, and only for
 * the newest effect.
 */
export function createWaker(
  place: RolloutPlace,
  request: ShiftRequest,
): (state: RolloutState, signal: AbortSignal) => Promise<void> {
  const patience = Math.min(UNHEARD_MS, place.settings.timeoutMs / 2);
  let seen = { version: '', since: 0 };
  let isWoken = false;
  return async (state, signal) => {
    const { metadata } = state.rollout;
    const now = performance.now();
    if (seen.version !== metadata.resourceVersion) seen = { version: metadata.resourceVersion, since: now };
    if (isWoken || !isUnheard(state) || now - seen.since < patience) return;
    if ('code' in standOf(markOf(metadata, 'shift'), request)) return;
    isWoken = true;
    const touch = annotate(metadata, WOKEN, metadata.resourceVersion);
    // Where it fails somebody else has changed it, which wakes as well; or the next call touches it again.
    await place.api.patch(pathOf(place), [unchanged(metadata), ...touch], signal);
  };
}
