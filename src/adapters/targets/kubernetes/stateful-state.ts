import { z } from 'zod';
import { TerminalError } from '../../../ports';
import type { RevisionReading, TargetReading } from '../../../domain/plan/census';
import { outsideText } from '../../outside-text';
import type { ClusterApi } from './api';
import { markOf } from './marks';
import { ownerOf } from './owner';
import { missingRevision, revisionOf } from './revision';
import { clusterSettings, nameField } from './settings';
import { controllerRevisionsSchema, podsSchema, statefulSetSchema } from './stateful-objects';
import type { Pod } from './stateful-objects';
import { openIn, wantedAt } from './stateful-steps';
import { selecting } from './workload';

/** A target that is a StatefulSet. */
export const statefulSetTargetSchema = z.strictObject({
  type: z.literal('kubernetes-statefulset'),
  ...clusterSettings,
  statefulset: nameField.describe('name of the StatefulSet'),
  sticky: z.boolean().default(false).describe('true when a moved user stays moved while the share grows'),
});

/** The settings of a target that is a StatefulSet. */
export type StatefulSettings = z.infer<typeof statefulSetTargetSchema>;

/** Where a StatefulSet is, and for whom it is read. */
export interface StatefulPlace {
  readonly target: string;
  readonly api: ClusterApi;
  readonly settings: StatefulSettings;
}

/** A template that the StatefulSet has had and still keeps. */
export interface Kept {
  /** Name of its ControllerRevision, by which pods name what they run. */
  readonly hash: string;
  readonly number: number;
  /** The revision's name; undefined where its template does not say it. */
  readonly revision: string | undefined;
}

/** The pod of a place. */
export interface PlacedPod {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly hash: string;
  readonly ready: boolean;
  readonly leaving: boolean;
  /** Why it is not ready, as the cluster says it. */
  readonly because: string;
}

/** A StatefulSet with its pods and with all that it could run. */
export interface StatefulState {
  readonly set: z.infer<typeof statefulSetSchema>;
  readonly kept: readonly Kept[];
  /** By place from the lowest ordinal on; undefined where there is no pod at the moment. */
  readonly places: readonly (PlacedPod | undefined)[];
}

/** The collection that holds StatefulSets and ControllerRevisions. */
export function appsOf({ namespace }: StatefulSettings): string {
  return `/apis/apps/v1/namespaces/${namespace}`;
}

/** The address of the StatefulSet in the API. */
export function pathOf({ settings }: StatefulPlace): string {
  return `${appsOf(settings)}/statefulsets/${settings.statefulset}`;
}

/** The address of one of its pods. */
export function podPath({ settings }: StatefulPlace, pod: string): string {
  return `/api/v1/namespaces/${settings.namespace}/pods/${pod}`;
}

/** What messages call the StatefulSet. */
export function nounOf({ settings }: StatefulPlace): string {
  return `the StatefulSet ${settings.namespace}/${settings.statefulset}`;
}

/** Reads all that tells what is served and what could be. Throws `TARGET_MISCONFIGURED` where that is not to be had. */
export async function readStatefulState(place: StatefulPlace, signal: AbortSignal): Promise<StatefulState> {
  const { target, api, settings } = place;
  const misconfigured = (why: string): TerminalError => new TerminalError('TARGET_MISCONFIGURED', `${target}: ${why}`);
  const set = await api.get(pathOf(place), statefulSetSchema, signal);
  if (!set) throw misconfigured(`there is no StatefulSet ${settings.namespace}/${settings.statefulset}`);
  if (revisionOf(set.spec.template, settings.revision) === undefined)
    throw misconfigured(missingRevision(nounOf(place), settings.revision));
  const selector = selecting(set.spec.selector.matchLabels);
  const [revisions, pods] = await Promise.all([
    api.get(`${appsOf(settings)}/controllerrevisions${selector}`, controllerRevisionsSchema, signal),
    api.get(`/api/v1/namespaces/${settings.namespace}/pods${selector}`, podsSchema, signal),
  ]);
  const isOwn = ({ metadata }: { metadata: { ownerReferences: { uid: string }[] } }): boolean =>
    metadata.ownerReferences.some(({ uid }) => uid === set.metadata.uid);
  const kept = (revisions?.items ?? []).filter(isOwn).map(({ metadata, revision: number, data }) => ({
    hash: metadata.name,
    number,
    revision: revisionOf(data.spec.template, settings.revision),
  }));
  const own = new Map((pods?.items ?? []).filter(isOwn).map((pod) => [pod.metadata.name, placed(pod)]));
  const { replicas, ordinals } = set.spec;
  const places = Array.from({ length: replicas }, (_, at) => own.get(`${set.metadata.name}-${ordinals.start + at}`));
  return { set, kept, places };
}

/** The template that stands for a revision: of several of one name what runs or is to run, else the newest. */
export function keptFor({ kept, set }: StatefulState, revision: string): Kept | undefined {
  const named = kept.filter((each) => each.revision === revision);
  const { currentRevision, updateRevision } = set.status;
  const used = named.find(({ hash }) => hash === currentRevision) ?? named.find(({ hash }) => hash === updateRevision);
  return used ?? named.toSorted((one, other) => other.number - one.number)[0];
}

/** The revision that pods of that template run. */
export function revisionAt({ kept, set }: StatefulState, hash: string): string {
  return kept.find((each) => each.hash === hash)?.revision ?? `${set.metadata.name}, of no known revision`;
}

/** How many places run each revision; one without a pod counts for what it is about to run. */
export function placesByRevision(state: StatefulState): ReadonlyMap<string, number> {
  const count = new Map<string, number>();
  state.places.forEach((pod, at) => {
    const revision = revisionAt(state, pod?.hash ?? wantedAt(state, at));
    count.set(revision, (count.get(revision) ?? 0) + 1);
  });
  return count;
}

/** The census: a place is its pod's, ready or not. While places are still to change the whole of it is uneven. */
export function readingOf(place: StatefulPlace, state: StatefulState, at: number): TargetReading {
  const total = state.places.length;
  const served = placesByRevision(state);
  const names = new Set([...served.keys(), ...state.kept.flatMap(({ revision }) => revision ?? [])]);
  const revisions = [...names].map((revision): RevisionReading => {
    const readyInstances = state.places.filter((pod) => pod?.ready && revisionAt(state, pod.hash) === revision).length;
    const weight = total === 0 ? 0 : (100 * (served.get(revision) ?? 0)) / total;
    // A place takes its traffic with it: nothing has to be ready beforehand for what is kept.
    return { revision, weight, readyCapacity: 100, readyInstances };
  });
  const owner = ownerOf(state.set.metadata);
  const ready = markOf(state.set.metadata, 'shift')?.hash;
  return {
    target: place.target,
    revisions,
    ...(total === 0 ? {} : { units: { total, name: 'pods' } }),
    ...(owner === undefined ? {} : { owner }),
    ...(openIn(state, ready) === undefined ? {} : { uneven: true }),
    at,
  };
}

function placed({ metadata, status }: Pod): PlacedPod {
  const { name, uid, resourceVersion, labels, deletionTimestamp } = metadata;
  const leaving = deletionTimestamp !== undefined;
  const condition = status.conditions.find(({ type }) => type === 'Ready');
  const waiting = status.containerStatuses.find(({ state }) => state.waiting)?.state.waiting?.reason;
  const because = outsideText(waiting || condition?.message || condition?.reason || status.phase);
  return {
    name,
    uid,
    resourceVersion,
    hash: labels['controller-revision-hash'] ?? '',
    ready: !leaving && condition?.status === 'True',
    leaving,
    because: leaving ? 'it is being deleted' : because,
  };
}
