import type { RevisionPair, ShiftRequest } from '../../../ports';
import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import { shareText } from '../../../domain/plan/share';
import type { Stand } from './marks';
import { ownedRefusal, ownerOf } from './owner';
import {
  isAsLeft,
  messageOf,
  nounOf,
  openIn,
  setFor,
  setOf,
  shareOf,
  sharesOf,
  TOLERANCE,
  wantedBy,
} from './rollout-state';
import type { RolloutPlace, RolloutState } from './rollout-state';
import { nextFor, wayBack } from './rollout-steps';
import type { Pair, Wish } from './rollout-steps';

/** Why an effect that was made is not gone along with. */
export const CHANGED_SINCE = objection('CHANGED_BY_OTHERS', 'somebody has changed it since this effect was made');

/** The ReplicaSets of the pair; an objection where one of them is kept no more. */
export function pairOf(place: RolloutPlace, state: RolloutState, { from, to }: RevisionPair): Pair | Objection {
  const [suspect, old] = [setFor(state, from), setFor(state, to)];
  if (suspect && old && suspect !== old) return { from: suspect.hash, to: old.hash };
  const missing = old ? from : to;
  const kept = [...new Set(state.sets.flatMap(({ revision }) => revision ?? []))].join(', ') || 'none';
  return {
    code: 'REVISION_UNKNOWN',
    detail: `${nounOf(place)} keeps no ReplicaSet of ${missing} (it keeps ${kept})`,
    wayOut:
      `roll ${missing} out anew by its manifest, and set spec.revisionHistoryLimit so that revisions are kept for as ` +
      'long as one goes back to them',
  };
}

/** Why the Rollout is not touched, whatever is asked of it. */
export function whyNot(place: RolloutPlace, state: RolloutState, { hash, other, back }: Wish): Objection | undefined {
  const { spec, status } = state.rollout;
  if (spec.paused) return pausedThere(place);
  if (!back || !status.abort || status.currentPodHash !== hash || status.stableRS !== other) return undefined;
  return abortedBefore(place, messageOf(state));
}

/** It follows nothing. */
export function pausedThere(place: RolloutPlace): Objection {
  return unsupported(
    `${nounOf(place)} is paused by spec.paused, and follows nothing meanwhile`,
    'take spec.paused away, then retry',
  );
}

/** What it would have gone back by was stopped by others. */
export function abortedBefore(place: RolloutPlace, message = ''): Objection {
  return unsupported(
    `${nounOf(place)} was on its way to this revision, and its own analysis or somebody has aborted that${message}`,
    `find out why, and retry or promote it there (kubectl argo rollouts retry rollout ${place.settings.rollout}), or skip the target`,
  );
}

/** Why it could not be taken back now, as far as that can be told beforehand. */
export function notTakenBack(place: RolloutPlace, state: RolloutState, pair: Pair): Objection | undefined {
  const wish = wayBack(pair);
  const why = whyNot(place, state, wish);
  return why ?? (nextFor(state, wish).kind === 'template' ? whyNotTemplate(place, state) : undefined);
}

/** Why its template is not put back. An abort changes no spec, so that nobody who keeps the spec would undo it. */
export function whyNotTemplate(
  place: RolloutPlace,
  { rollout: { metadata, spec } }: RolloutState,
): Objection | undefined {
  const noun = nounOf(place);
  const owner = place.settings.owned === 'accept' ? undefined : ownerOf(metadata);
  if (owner !== undefined) return ownedRefusal(noun, owner);
  const { workloadRef, strategy } = spec;
  if (workloadRef) {
    const source = `the ${workloadRef.kind} ${workloadRef.name}`;
    return unsupported(
      `${noun} takes its template from ${source} (spec.workloadRef)`,
      `put the template of ${source} back, and adopt what is served then`,
    );
  }
  return strategy.canary?.antiAffinity || strategy.blueGreen?.antiAffinity
    ? unsupported(
        `${noun} writes rules of its own into the templates that it keeps (antiAffinity)`,
        'put the template back by its manifest, and adopt what is served then',
      )
    : undefined;
}

/** Why it takes no such share. */
export function notWhole(place: RolloutPlace, desired: number): Objection {
  return unsupported(
    `${nounOf(place)} is taken back as a whole, or put back as it was, and has no ${shareText(desired)}`,
    'write phases of 100 %, or let a route that carries its traffic be the target',
  );
}

/** What is there cannot be taken back by its controller. */
function unsupported(detail: string, wayOut: string): Objection {
  return { code: 'UNSUPPORTED_SHAPE', detail, wayOut };
}

/** Whose pods are served, or to be served, beside the pair; undefined where nobody else's are. */
export function thirdIn(place: RolloutPlace, state: RolloutState, { from, to }: RevisionPair): Objection | undefined {
  const wanted = wantedBy(place, state);
  if (wanted !== undefined && wanted !== from && wanted !== to)
    return {
      code: 'THIRD_REVISION',
      detail: `${nounOf(place)} is to run ${wanted}, which is neither ${from} nor ${to}`,
      wayOut: 'find out who has rolled it out: take it back there, then retry, or adopt it',
    };
  for (const [hash, share] of sharesOf(state)) {
    const revision = setOf(state, hash)?.revision ?? hash;
    if (share > TOLERANCE && revision !== from && revision !== to)
      return objection('THIRD_REVISION', `${revision} is served beside ${from} and ${to}`);
  }
  return undefined;
}

/** Why nothing is changed: what was found was neither expected nor left by this rollback. */
export function foreignChange(
  place: RolloutPlace,
  state: RolloutState,
  { revision, expected, fence }: ShiftRequest,
  { stands, seen }: Stand,
): Objection | undefined {
  const isOurs = seen?.epoch === fence.epoch && isAsLeft(state, seen);
  const third = thirdIn(place, state, revision);
  if (third !== undefined) return third;
  if (stands === 'same') return isOurs ? undefined : CHANGED_SINCE;
  // What an effect of ours has set in motion is on its way from one share to the other.
  if (isOurs && openIn(state) !== undefined) return undefined;
  const share = shareOf(state, revision.to);
  if (Math.abs(share - expected) <= TOLERANCE) return undefined;
  return objection(
    'CHANGED_BY_OTHERS',
    `${revision.to} serves ${shareText(share)}, not ${shareText(expected)}: somebody else changed it`,
  );
}
