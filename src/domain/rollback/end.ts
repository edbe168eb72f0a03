import { readySharesOf, sharesOf } from '../plan/census';
import type { ReadyShares, Shares } from '../plan/census';
import { activeExtent, hasMoved, movedWeight, plannedEnd, remainingTargets, shareOf, toRevisionOf } from './progress';
import type { End, RunState } from './state';

/** How the run ended, named with what is not included. Asked when nothing is left to do. */
export function endOf(state: RunState): End {
  if (state.dismissed) return { kind: 'dismissed', ...state.dismissed };
  if (state.course === 'abort') return abortedEnd(state);
  if (state.course === 'unwind') return unwoundEnd(state);
  if (!state.finalCensus)
    return { kind: 'failed', reason: 'CENSUS_MISSING', text: 'It could not be read back what the targets serve' };
  return finishedEnd(state);
}

/** What a run left: whether it moved anything, what its targets serve, and how much of that is ready. */
export interface LeftBehind {
  /** True once an effect may have changed what users get. */
  readonly moved: boolean;
  readonly left?: Shares;
  readonly ready?: ReadyShares;
}

/** By the last census of a run that did what it was to do; what others have left there is nobody's plan. */
export function leftBy(state: RunState, { kind }: End): LeftBehind {
  const moved = hasMoved(state);
  if (kind !== 'succeeded' && kind !== 'partial') return { moved };
  const extent = activeExtent(state);
  return { moved, left: sharesOf(state.census, extent), ready: readySharesOf(state.census, extent) };
}

function abortedEnd(state: RunState): End {
  const where = hasMoved(state) ? `It ends where it stands: ${weightsText(state)}` : 'Nothing had been moved';
  return { kind: 'aborted', reason: 'ABORTED', text: `${where}${unreadText(state)}` };
}

function unwoundEnd(state: RunState): End {
  return {
    kind: 'aborted',
    reason: 'UNWOUND',
    text: `What was moved is back on the suspect: ${weightsText(state)}${unreadText(state)}`,
  };
}

/** Targets of which nobody has been able to say what they serve since an effect on them had no known end. */
function unreadText({ unread, census }: RunState): string {
  const still = Object.entries(unread).filter(([target, at]) => (census[target]?.at ?? 0) < at);
  return still.length > 0 ? `; not read back: ${still.map(([target]) => target).join(', ')}` : '';
}

function finishedEnd(state: RunState): End {
  const left = notIncluded(state);
  const tail = left.length > 0 ? `; not included: ${left.join(', ')}` : '';
  const text = `${weightsText(state)}${tail}`;
  const short = remainingTargets(state).filter((target) => movedWeight(state, target) < plannedEnd(state, target));
  if (state.skipped.length > 0 || short.length > 0) return { kind: 'partial', reason: 'TARGETS_LEFT_OUT', text };
  return { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED', text };
}

function notIncluded(state: RunState): readonly string[] {
  const outside = (state.plan?.outside ?? []).map((entry) => `${entry.target} (${entry.because})`);
  const skipped = state.skipped.map((target) => `${target} (left out by a person)`);
  const adopted = state.adopted
    .filter((target) => !state.skipped.includes(target) && movedWeight(state, target) < 100)
    .map((target) => `${target} (taken as it was found)`);
  return [...skipped, ...adopted, ...outside];
}

function weightsText(state: RunState): string {
  const to = toRevisionOf(state) ?? 'the old revision';
  // A plan may just be made anew; what was moved by the one before is told all the same.
  const weights = (state.plan?.extent ?? state.touched).map((target) => `${target} ${shareOf(state, target)}`);
  return weights.length > 0 ? `${weights.join(' · ')} on ${to}` : 'no target was part of it';
}
