import { shareText } from '../../../domain/plan/share';
import type { RevisionPair } from '../../../ports';
import type { PatchOperation } from './api';
import type { Mark } from './marks';
import { openIn, setOf, shareOf, sharesOf, TOLERANCE } from './rollout-state';
import type { RolloutState } from './rollout-state';

/** The ReplicaSets, by their hashes, of the suspect and of the old revision. */
export interface Pair {
  readonly from: string;
  readonly to: string;
}

/** What is asked of a Rollout: everything on one revision, or as it was before. */
export interface Wish {
  /** The ReplicaSet that is to serve, and the other one of the pair. */
  readonly hash: string;
  readonly other: string;
  /** Where the way back was an abort and is taken back: the step and the other one's share that there were before. */
  readonly under?: { readonly step: number; readonly share: number };
  /** True for going back: what is not finished is aborted then, and its spec is left alone. */
  readonly back: boolean;
}

/** What to do next. `template`: the spec gets the template of the wish's ReplicaSet. */
export type Next =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'template' }
  | { readonly kind: 'third' }
  | { readonly kind: 'status'; readonly operations: readonly PatchOperation[] };

/** The next thing that brings a Rollout to what is wished, by where it stands now. */
export function nextFor({ rollout }: RolloutState, { hash, other, under, back }: Wish): Next {
  const { currentPodHash: current, stableRS: stable, abort, abortedAt, promoteFull, currentStepIndex } = rollout.status;
  if (under) {
    if (current !== hash) return { kind: 'third' };
    // One that the controller has not taken up yet would make it forget the step afterwards.
    if (!abort || abortedAt === undefined) return { kind: 'nothing' };
    return status({ abort: false, ...(currentStepIndex === undefined ? {} : { currentStepIndex: under.step }) });
  }
  if (current === hash && stable === hash) return { kind: 'nothing' };
  if (current === hash) return promoteFull ? { kind: 'nothing' } : status({ promoteFull: true });
  if (current !== other) return { kind: 'third' };
  if (stable !== hash || !back) return { kind: 'template' };
  if (abort && !promoteFull) return { kind: 'nothing' };
  // One that is being promoted whole takes an abort away.
  return status({ abort: true, ...(promoteFull ? { promoteFull: false } : {}) });
}

/** Why the wish is not fulfilled yet; undefined where it is. */
export function missingFor(state: RolloutState, { hash, other, under }: Wish): string | undefined {
  const open = openIn(state);
  if (open !== undefined) return open;
  const asked = under ? other : hash;
  const share = sharesOf(state).get(asked) ?? 0;
  const fits = under ? share <= under.share + TOLERANCE : share >= 100 - TOLERANCE;
  return fits ? undefined : `${setOf(state, asked)?.revision ?? asked} serves ${shareText(share)}`;
}

/** Everything back on the old revision. */
export function wayBack({ from, to }: Pair): Wish {
  return { hash: to, other: from, back: true };
}

/** What going back is to be, and what it was where it is taken back; undefined for a share that is neither. */
export function wishFor(pair: Pair, desired: number, mark: Pick<Mark, 'before' | 'step'>): Wish | undefined {
  if (desired >= 100) return wayBack(pair);
  const home = mark.before?.[0] ?? 0;
  if (Math.abs(desired - home) > TOLERANCE) return undefined;
  const under = mark.step === undefined ? {} : { under: { step: mark.step, share: home } };
  return { hash: pair.from, other: pair.to, back: false, ...under };
}

/** What it is put back to when what is done now is taken back. */
export function homeOf(state: RolloutState, { to }: RevisionPair, pair: Pair): Pick<Mark, 'before' | 'step'> {
  const share = shareOf(state, to);
  const step = stepOf(state, pair);
  return { before: [share, 100 - share], ...(step === undefined ? {} : { step }) };
}

/** The step of a canary that an abort is the way back for, which makes its controller forget it. */
function stepOf({ rollout: { spec, status } }: RolloutState, { from, to }: Pair): number | undefined {
  const isAborted = status.currentPodHash === from && status.stableRS === to;
  return isAborted && !spec.strategy.blueGreen ? (status.currentStepIndex ?? 0) : undefined;
}

function status(fields: Readonly<Record<string, unknown>>): Next {
  const operations = Object.entries(fields).map(([name, value]): PatchOperation => ({
    op: 'add',
    path: `/status/${name}`,
    value,
  }));
  return { kind: 'status', operations };
}
