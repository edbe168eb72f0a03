import type { PlacedPod, StatefulState } from './stateful-state';

/** A little less than the quotient: 33.3 % of 3 is one. */
const ROUNDING = 0.01;

/** What the StatefulSet is to want: which template, and from which place on; those below run what ran before. */
export interface Goal {
  readonly hash: string;
  readonly partition: number;
}

/** Where the places of the two revisions are, and by which templates. */
export interface Sides {
  readonly from: string;
  readonly to: string;
  /** The partition that was there before the rollback. */
  readonly home: number;
}

/** What is still to happen; `remove` where the controller would not do it by itself. */
export interface Open {
  readonly because: string;
  readonly remove?: PlacedPod;
}

/** The template that a place runs once everything is done. */
export function wantedAt({ set }: Pick<StatefulState, 'set'>, at: number): string {
  const { currentRevision, updateRevision } = set.status;
  return at >= set.spec.updateStrategy.rollingUpdate.partition ? updateRevision : currentRevision;
}

/** The fewest places that hold a share. */
export function countFor({ places }: StatefulState, percent: number): number {
  return Math.ceil((places.length * percent) / 100 - ROUNDING);
}

/**
 * What makes so many places run the old revision. Places below the partition run what the last finished update left
 * there, so that decides which of the two is above; a text where that is neither of them.
 */
export function goalFor({ set, places }: StatefulState, count: number, { from, to, home }: Sides): Goal | string {
  const total = places.length;
  if (count >= total) return { hash: to, partition: 0 };
  const { currentRevision } = set.status;
  // Below a partition places would go on running what was moved to, until all of them are back.
  if (count === 0) return { hash: from, partition: currentRevision === from ? home : 0 };
  if (currentRevision === from) return { hash: to, partition: total - count };
  if (currentRevision === to) return { hash: from, partition: count };
  return (
    `its last finished update left ${currentRevision} behind, which pods below a partition would run again: take ` +
    'everything back at once, or let the update that is under way finish first'
  );
}

/**
 * What is still to happen until every place runs what it shall and those of the template `ready` are ready, the next
 * thing first; undefined where nothing is.
 */
export function openIn(state: StatefulState, ready: string | undefined): Open | undefined {
  const { set, places } = state;
  if (!isObserved(state)) return { because: 'the controller has not seen its last change yet' };
  const wrong = [...places.keys()].filter((at) => places[at]?.hash !== wantedAt(state, at)).toReversed();
  const broken = wrong.map((at) => places[at]).find((pod) => pod && !pod.ready && !pod.leaving);
  // With OrderedReady nothing is replaced while any pod is not ready, the one to be replaced included.
  if (broken) return { because: `${broken.name} is not ready (${broken.because}) and makes room`, remove: broken };
  const down = places.find((pod) => pod && !pod.ready && (wrong.length > 0 || pod.hash === ready));
  if (down) return { because: `${down.name} is not ready (${down.because}), and no other pod is taken down meanwhile` };
  const [next] = wrong;
  if (next === undefined) return undefined;
  const pod = places[next];
  if (!pod) return { because: `place ${set.spec.ordinals.start + next} has no pod yet` };
  // Above the partition the controller replaces them, below it nobody does.
  const remove = next < set.spec.updateStrategy.rollingUpdate.partition ? { remove: pod } : {};
  return { because: `${pod.name} and ${wrong.length - 1} more are still to change`, ...remove };
}

/** Everything is back, but not yet as finished as the partition that was there before asks for. */
export function notComplete({ set }: StatefulState, home: number | undefined): Open | undefined {
  const { currentRevision, updateRevision } = set.status;
  if (currentRevision === updateRevision || home === set.spec.updateStrategy.rollingUpdate.partition) return undefined;
  return { because: `not all of its pods are ready, until which its partition of ${home} cannot come back` };
}

/** Whether the controller has seen the set as it is, so that its status speaks of that. */
export function isObserved({ set }: StatefulState): boolean {
  return set.status.observedGeneration >= set.metadata.generation;
}

/**
 * The pod that would keep others from ever changing: it stays as it is and is not ready, and in order nothing is
 * replaced meanwhile. Undefined where there is none.
 */
export function inTheWay({ places, set }: StatefulState, goal: Goal): PlacedPod | undefined {
  if (set.spec.podManagementPolicy === 'Parallel') return undefined;
  return places.find((pod, at) => {
    const stays = pod?.hash === (at >= goal.partition ? goal.hash : set.status.currentRevision);
    return stays && pod && !pod.ready && !pod.leaving;
  });
}
