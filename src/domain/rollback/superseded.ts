import { activeExtent, fromRevisionOf, shareOf, toRevisionOf } from './progress';
import type { RunState } from './state';
import { openWait } from './waits';

/** Below this, in percent of a target, a third revision is a rounding or a canary's tail, not a decision of somebody. */
const SERVING_PERCENT = 1;

/** A target of the extent on which somebody has put a third revision that nobody here has agreed to yet. */
export function supersededTarget(
  state: RunState,
): { readonly target: string; readonly revision: string; readonly weight: number } | undefined {
  const ours = [fromRevisionOf(state), toRevisionOf(state)];
  if (!state.plan) return undefined;
  return activeExtent(state)
    .filter((target) => !state.adopted.includes(target))
    .flatMap((target) =>
      (state.census[target]?.revisions ?? [])
        .filter((entry) => entry.weight >= SERVING_PERCENT && !ours.includes(entry.revision))
        .map((entry) => ({ target, revision: entry.revision, weight: entry.weight })),
    )
    .at(0);
}

/** Asks what a third revision means, unless something is asked already or nothing would be moved any more. */
export function withSuperseded(state: RunState): RunState {
  const found = supersededTarget(state);
  if (!found || state.open || state.end || (state.course !== 'forward' && state.course !== 'now')) return state;
  const { target, revision, weight } = found;
  const text = `${target} serves ${shareOf(state, target, weight)} on ${revision}: somebody else is deploying there`;
  return openWait(state, { reason: 'SUPERSEDED', text, target });
}
