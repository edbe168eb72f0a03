import type { RevisionPair, ShiftRequest } from '../../../ports';
import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import { shareText } from '../../../domain/plan/share';
import type { Mark, Stand } from './marks';
import { ownedRefusal, ownerOf } from './owner';
import { keptFor, nounOf, placesByRevision, revisionAt } from './stateful-state';
import type { PlacedPod, StatefulPlace, StatefulState } from './stateful-state';
import { openIn } from './stateful-steps';
import type { Sides } from './stateful-steps';

/** Why an effect that was made is not gone along with. */
export const CHANGED_SINCE = objection('CHANGED_BY_OTHERS', 'somebody has changed it since this effect was made');
/** Shares that differ by less are the same: readings are rounded. */
const TOLERANCE = 0.5;
/** The templates of the pair; an objection where one of them is kept no more. */
export function sidesOf(place: StatefulPlace, state: StatefulState, { from, to }: RevisionPair): Sides | Objection {
  const [suspect, old] = [keptFor(state, from), keptFor(state, to)];
  const home = state.set.spec.updateStrategy.rollingUpdate.partition;
  if (suspect && old && suspect !== old) return { from: suspect.hash, to: old.hash, home };
  const missing = old ? from : to;
  const kept = [...new Set(state.kept.flatMap(({ revision }) => revision ?? []))].join(', ') || 'none';
  const detail =
    `${nounOf(place)} keeps no ControllerRevision of ${missing} (it keeps ${kept}): roll ${missing} out anew by its ` +
    'manifest, and set spec.revisionHistoryLimit so that revisions are kept for as long as one goes back to them';
  return { code: 'REVISION_UNKNOWN', detail };
}

/** Why the set is not touched, whatever is asked of it. */
export function whyNot(place: StatefulPlace, { set, places }: StatefulState): Objection | undefined {
  const owner = place.settings.owned === 'accept' ? undefined : ownerOf(set.metadata);
  if (owner !== undefined) return ownedRefusal(nounOf(place), owner);
  const { type } = set.spec.updateStrategy;
  if (type !== 'RollingUpdate')
    return unsupported(
      `${nounOf(place)} has the update strategy ${type}, with which no partition is followed and pods change only as ` +
        'somebody deletes them: set spec.updateStrategy.type to RollingUpdate, with a partition of its replicas so that nothing moves by that',
    );
  if (places.length > 0) return undefined;
  return { code: 'NO_CAPACITY', detail: `${nounOf(place)} wants no pods: scale it up first` };
}

/** Whose pods run beside the pair, or are to; undefined where nobody else's do. */
export function thirdIn(state: StatefulState, { from, to }: RevisionPair): Objection | undefined {
  const isThird = (revision: string): boolean => revision !== from && revision !== to;
  const other = [...placesByRevision(state).keys()].find(isThird);
  if (other !== undefined)
    return objection('THIRD_REVISION', `pods of ${other} run beside ${from} and ${to}: wait until they are gone`);
  // What somebody has just rolled out has no pod before the one that it replaces has gone.
  const wanted = revisionAt(state, state.set.status.updateRevision);
  if (!isThird(wanted)) return undefined;
  return {
    code: 'THIRD_REVISION',
    detail: `${state.set.metadata.name} is to run ${wanted}, which is neither ${from} nor ${to}`,
    wayOut: 'find out who has rolled it out: take it back there, then retry, or adopt it',
  };
}

/** Why nothing is changed: what was found was neither expected nor left by this rollback. */
export function foreignChange(
  state: StatefulState,
  request: ShiftRequest,
  stands: Stand['stands'],
  seen: Mark | undefined,
): Objection | undefined {
  const { revision, expected, fence } = request;
  const isOurs = seen?.epoch === fence.epoch && seen.generation === state.set.metadata.generation;
  if (stands === 'same') return isOurs ? undefined : CHANGED_SINCE;
  // What an effect of ours has set in motion is on its way from one share to the other.
  if (isOurs && openIn(state, seen.hash) !== undefined) return undefined;
  const total = state.places.length;
  const share = total === 0 ? 0 : (100 * (placesByRevision(state).get(revision.to) ?? 0)) / total;
  if (Math.abs(share - expected) > TOLERANCE) {
    const units = total === 0 ? undefined : { total, name: 'pods' };
    return objection(
      'CHANGED_BY_OTHERS',
      `${revision.to} serves ${shareText(share, units)}, not ${shareText(expected, units)}: somebody else changed it`,
    );
  }
  return thirdIn(state, revision);
}

/** What is there takes no such share; the sentence says what would. */
export function unsupported(detail: string): Objection {
  return { code: 'UNSUPPORTED_SHAPE', detail };
}

/** What to do about a pod that is in the way. */
export function wayText({ name, because }: PlacedPod): string {
  return (
    `${name} is not ready (${because}), and in order no other pod is replaced while it stays: take everything back at ` +
    'once, with which it goes too, or mend it'
  );
}
