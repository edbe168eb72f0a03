import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import type { ShiftRequest } from '../../../ports';
import type { Stand } from './marks';
import { isUnderWay, shareOf, sizesOf, thirdIn } from './replicas-state';
import type { ReplicasState, Sizes } from './replicas-state';

/** A little less than the quotient: 33.3 % of 3 is one. */
const ROUNDING = 0.01;
/** Shares that differ by less are the same. */
const TOLERANCE = 0.5;

/** The fewest pods that hold the share, and the rest for the other one. */
export function sizesFor(total: number, to: 0 | 1, percent: number): Sizes {
  const count = Math.min(total, Math.ceil((total * percent) / 100 - ROUNDING));
  return to === 0 ? [count, total - count] : [total - count, count];
}

/** Why the pods are not moved: what was found was neither expected nor wanted. */
export function foreignChange(
  state: ReplicasState,
  { revision, expected, fence }: ShiftRequest,
  {
    to,
    sizes,
    before,
    stands,
  }: { readonly to: 0 | 1; readonly sizes: Sizes; readonly before: Sizes; readonly stands: Stand['stands'] },
): Objection | undefined {
  const now = sizesOf(state.slots);
  if (stands === 'same') return isUnderWay(now, before, sizes) ? undefined : scaledSince(now);
  const third = thirdIn(state, revision);
  // A move that is under way is ours, whatever share it has come to.
  if (third !== undefined || state.open) return third;
  const wanted = state.total === 0 ? 0 : (100 * now[to]) / state.total;
  const share = shareOf(state, to);
  const isExpected = (each: number): boolean => Math.abs(each - expected) <= TOLERANCE;
  if (isExpected(wanted)) return undefined;
  // Pods that somebody has asked for since are not ready at once: until then what is served is still as it was.
  if (isScaledSince(state, fence, now)) return scaledSince(now);
  if (isExpected(share)) return undefined;
  const detail = `${revision.to} serves ${share} %, not ${expected} %: somebody else changed it`;
  return objection('CHANGED_BY_OTHERS', detail);
}

/** True where the pods are not those that the newest move of the same rollback has left. */
function isScaledSince({ newest }: ReplicasState, { epoch }: ShiftRequest['fence'], now: Sizes): boolean {
  const { sizes, before } = newest ?? {};
  return newest?.epoch === epoch && sizes !== undefined && !isUnderWay(now, before ?? sizes, sizes);
}

/** Why a move is not gone along with: the pods are neither those before it nor those after it. */
export function scaledSince(now: Sizes): Objection {
  const detail = `they want ${now.join(' and ')} pods: somebody has scaled them since the newest move`;
  return objection('CHANGED_BY_OTHERS', detail);
}
