import { z } from 'zod';
import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import type { RevisionPair } from '../../../ports';
import type { RevisionReading, TargetReading } from '../../../domain/plan/census';
import type { ClusterApi } from './api';
import { markOf } from './marks';
import type { Mark } from './marks';
import { ownedRefusal, ownerOf } from './owner';
import { clusterSettings, nameField } from './settings';
import { readWorkload, readyCount } from './workload';
import type { Workload } from './workload';

/** Settings of a target that is two Deployments behind one Service. */
export const replicasSettings = {
  ...clusterSettings,
  deployments: z
    .tuple([nameField, nameField])
    .refine(([one, two]) => one !== two, 'must be two different Deployments')
    .describe('the two Deployments whose pods one Service selects'),
  replicas: z.int().min(1).optional().describe('pods of both together; as many as both want without'),
};

/** A target that is two Deployments behind one Service, split by their pods. */
export const replicasTargetSchema = z.strictObject({ type: z.literal('kubernetes-replicas'), ...replicasSettings });

/** The settings of a target that is split by pods. */
export type ReplicasSettings = Omit<z.infer<typeof replicasTargetSchema>, 'type'>;

/** A count for each of the two Deployments. */
export type Sizes = readonly [number, number];

/** Where the two Deployments are, and for whom they are read. */
export interface ReplicasPlace {
  readonly target: string;
  readonly api: ClusterApi;
  readonly settings: ReplicasSettings;
}

/** The two Deployments, and what the newest effect on them was to bring about. */
export interface ReplicasState {
  readonly slots: readonly [Workload, Workload];
  readonly newest: Mark | undefined;
  /** Pods of both together, which no move changes. */
  readonly total: number;
  /** What is still to be reached; undefined where nothing is under way. */
  readonly open: Sizes | undefined;
}

/** The address of one of the two in the API. */
export function pathOf({ settings }: ReplicasPlace, { name }: Workload): string {
  return `/apis/apps/v1/namespaces/${settings.namespace}/deployments/${name}`;
}

/** Reads both. Throws `TARGET_MISCONFIGURED` where one, or its revision, is not there. */
export async function readReplicas(
  { target, api, settings }: ReplicasPlace,
  signal: AbortSignal,
): Promise<ReplicasState> {
  const { namespace, revision: source } = settings;
  const read = (name: string): Promise<Workload> => readWorkload(api, { target, namespace, name, source }, signal);
  const [one, two] = settings.deployments;
  const slots = await Promise.all([read(one), read(two)]);
  const newest = newestOf(slots.map(({ metadata }) => markOf(metadata, 'shift')));
  const { before, sizes } = newest ?? {};
  const ours = before && sizes && isUnderWay(sizesOf(slots), before, sizes) ? sizes : undefined;
  const [first, second] = ours ?? sizesOf(slots);
  const open = ours && !isReached({ slots }, ours) ? ours : undefined;
  return { slots, newest, total: settings.replicas ?? first + second, open };
}

/** Pods that the two want. */
export function sizesOf([one, two]: readonly [Workload, Workload]): Sizes {
  return [one.replicas, two.replicas];
}

/** True where the two want what they did before a move or are to want after it, or are between the two. */
export function isUnderWay(now: Sizes, before: Sizes, sizes: Sizes): boolean {
  return now.every((count, index) => {
    const [one, other] = [before[index] ?? 0, sizes[index] ?? 0];
    return count === one || count === other;
  });
}

/** True where so many pods are wanted, those that came are ready, and those that went are gone. */
export function isReached({ slots }: Pick<ReplicasState, 'slots'>, sizes: Sizes): boolean {
  return slots.every((slot, index) => slot.replicas === sizes[index] && slot.isObserved && slot.pods <= slot.replicas);
}

/** Why the two cannot be split, with the way out; undefined where they can. */
export function unfitFor({ settings }: ReplicasPlace, { slots }: ReplicasState): Objection | undefined {
  const noun = (name: string): string => `the Deployment ${settings.namespace}/${name}`;
  for (const { name, metadata } of slots) {
    const owner = settings.owned === 'accept' ? undefined : ownerOf(metadata);
    if (owner !== undefined) return ownedRefusal(noun(name), owner);
  }
  return undefined;
}

/** Why pods of a third revision are in the way; undefined where they are not. */
export function thirdIn({ slots }: ReplicasState, { from, to }: RevisionPair): Objection | undefined {
  for (const { name, ready, revision } of slots)
    for (const other of ready.keys())
      if (other !== revision)
        return other === from || other === to
          ? {
              code: 'REVISION_MIXED',
              detail: `${name} still runs pods of ${other}: wait until it has rolled ${revision} out`,
            }
          : objection('THIRD_REVISION', `${name} runs pods of ${other}, which is neither ${from} nor ${to}`);
  return undefined;
}

/** Percent of the ready pods that are of that one; where none is ready, of those that are wanted. */
export function shareOf({ slots }: Pick<ReplicasState, 'slots'>, index: 0 | 1): number {
  const ready = slots.map(readyCount);
  const counts = ready.some((count) => count > 0) ? ready : sizesOf(slots);
  const all = counts.reduce((sum, count) => sum + count, 0);
  return all === 0 ? 0 : (100 * (counts[index] ?? 0)) / all;
}

/** The census, by ready pods. A move makes the pods ready that are to come before it takes others away. */
export function readingOf(place: ReplicasPlace, state: ReplicasState, at: number): TargetReading {
  const { slots, total, open } = state;
  const found = new Map<string, RevisionReading>();
  const add = (entry: RevisionReading): void => {
    const before = found.get(entry.revision);
    found.set(
      entry.revision,
      before
        ? {
            ...entry,
            weight: before.weight + entry.weight,
            readyCapacity: Math.max(before.readyCapacity, entry.readyCapacity),
            readyInstances: before.readyInstances + entry.readyInstances,
            knownAs: [...new Set([...(before.knownAs ?? []), ...(entry.knownAs ?? [])])],
          }
        : entry,
    );
  };
  slots.forEach((slot, index) => {
    const all = readyCount(slot);
    const share = shareOf(state, index === 0 ? 0 : 1);
    const own = slot.ready.get(slot.revision) ?? 0;
    const up = slot.replicas === 0 ? 100 : Math.min(100, Math.floor((100 * own) / slot.replicas));
    const knownAs = [slot.name];
    const weightFor = (count: number): number => (all === 0 ? share : (share * count) / all);
    add({ revision: slot.revision, weight: weightFor(own), readyCapacity: up, readyInstances: own, knownAs });
    for (const [revision, count] of slot.ready)
      if (revision !== slot.revision)
        add({ revision, weight: weightFor(count), readyCapacity: 0, readyInstances: count, knownAs });
  });
  const owner = slots.map(({ metadata }) => ownerOf(metadata)).find((each) => each !== undefined);
  return {
    target: place.target,
    revisions: [...found.values()],
    ...(total === 0 ? {} : { units: { total, name: 'pods' } }),
    ...(owner === undefined ? {} : { owner }),
    ...(open === undefined ? {} : { uneven: true }),
    at,
  };
}

function newestOf(marks: readonly (Mark | undefined)[]): Mark | undefined {
  return marks
    .flatMap((mark) => mark ?? [])
    .toSorted((one, other) => other.epoch - one.epoch || other.number - one.number)[0];
}
