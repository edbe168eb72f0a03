import type { Objection } from '../../../domain/plan/objection';
import { RetryableError } from '../../../ports';
import type { DeploymentTarget, DryRun, PrepareRequest, RevisionPair, Scripted, ShiftRequest } from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { targetKind } from '../../kinds';
import { leaveMark } from './annotate';
import { ClusterApi } from './api';
import type { PatchOperation } from './api';
import { scaledBy } from './autoscaler';
import { untold } from './by-hand';
import { changeAsRead, conflict, denied, refused } from './change';
import { createClusterTarget } from './cluster-target';
import type { Tried } from './effect';
import { markOf, standOf, standOn } from './marks';
import type { Mark } from './marks';
import { replicasByHand } from './replicas-script';
import {
  isReached,
  isUnderWay,
  pathOf,
  readingOf,
  readReplicas,
  replicasTargetSchema,
  sizesOf,
  thirdIn,
  unfitFor,
} from './replicas-state';
import type { ReplicasPlace, ReplicasSettings, ReplicasState, Sizes } from './replicas-state';
import { foreignChange, scaledSince, sizesFor } from './replicas-steps';
import { NO_SIZE, slotsFor } from './route-state';
import { untilNothingIsOpen } from './until';

/** Their status changes with every pod, so that a change of them meets another one more often than elsewhere. */
const TRIES = 20;

/** Two Deployments behind one Service, which gives each pod the same: their pods are the shares. */
export function createReplicasTarget(
  target: string,
  settings: ReplicasSettings,
  deps: AdapterDependencies,
): DeploymentTarget & Scripted {
  const api = new ClusterApi(target, settings, deps);
  const place: ReplicasPlace = { target, api, settings };
  const cluster = createClusterTarget(api, {
    granularity: 'units',
    holdsReleases: true,
    sticky: false,
    tries: TRIES,
    check: (revision, signal) => check(place, revision, signal),
    read: async (signal) => readingOf(place, await readReplicas(place, signal), deps.now()),
    prepare: (request, signal) => prepare(place, request, signal),
    shift: (request, signal) => shift(place, request, signal),
  });
  return {
    ...cluster,
    async script(question, signal) {
      const bound = api.bound(signal);
      const state = await readReplicas(place, bound);
      const why = await whyNot(place, state, bound);
      if (why !== undefined) throw untold(target, why);
      return replicasByHand(place, state, await api.server(bound), question);
    },
  };
}

/** Tries everything but the change itself at the API server, so that rights and admission are found out too. */
async function check(place: ReplicasPlace, revision: RevisionPair, signal: AbortSignal): Promise<DryRun> {
  const { target, api } = place;
  const state = await readReplicas(place, signal);
  const slots = slotsFor(state, revision);
  if ('code' in slots) return { ok: false, ...slots };
  const why = (await whyNot(place, state, signal)) ?? thirdIn(state, revision);
  if (why !== undefined) return { ok: false, ...why };
  for (const slot of state.slots) {
    const tried = await api.patch(pathOf(place, slot), [sized(slot.replicas)], signal, { dryRun: true });
    if (tried.kind === 'lost') throw new RetryableError('TARGET_UNREACHABLE', `${target}: ${tried.because}`);
    if (tried.kind !== 'done') return { ok: false, ...denied(tried.because) };
  }
  const name = state.slots[slots.to].name;
  return { ok: true, detail: `${name} runs ${revision.to} and can be given all ${state.total} pods` };
}

/** A pod that is ready gets traffic at once, so that a move itself makes ready what it needs, before it takes anything away. */
async function prepare(place: ReplicasPlace, request: PrepareRequest, signal: AbortSignal): Promise<Tried> {
  const state = await readReplicas(place, signal);
  const [first] = state.slots;
  const stand = standOn(first.metadata, 'prepare', request);
  if ('code' in stand) return conflict(stand);
  const { mark, stands } = stand;
  const slots = slotsFor(state, request.revision);
  if ('code' in slots) return refused(slots);
  const why = await whyNot(place, state, signal);
  if (why !== undefined) return refused(why);
  if (stands === 'newer') {
    const left = leaveMark(first.metadata, 'prepare', mark);
    const at = { path: pathOf(place, first), metadata: first.metadata };
    const marked = await changeAsRead(place.api, at, left, signal);
    if (marked !== 'done') return marked;
  }
  return { outcome: 'alreadyInState', detail: `pods of ${request.revision.to} are made ready by the move itself` };
}

async function shift(place: ReplicasPlace, request: ShiftRequest, signal: AbortSignal): Promise<Tried> {
  const state = await readReplicas(place, signal);
  const { newest } = state;
  const stand = standOf(newest, request, markOf(state.slots[0].metadata, 'prepare'));
  if ('code' in stand) return conflict(stand);
  const { stands } = stand;
  const slots = slotsFor(state, request.revision);
  if ('code' in slots) return refused(slots);
  const why = await whyNot(place, state, signal);
  if (why !== undefined) return refused(why);
  const now = sizesOf(state.slots);
  const sizes = stands === 'same' && newest?.sizes ? newest.sizes : sizesFor(state.total, slots.to, request.desired);
  const before = stands === 'same' && newest?.before ? newest.before : now;
  const there = stands === 'newer' && isReached(state, sizes);
  const foreign = there ? undefined : foreignChange(state, request, { to: slots.to, sizes, before, stands });
  if (foreign !== undefined) return conflict(foreign);
  const mark: Mark = { ...stand.mark, before, sizes };
  const grown: Sizes = [Math.max(before[0], sizes[0]), Math.max(before[1], sizes[1])];
  const ended = (await bring(place, state, grown, mark, signal)) ?? (await shrink(place, { request, mark }, signal));
  if (ended !== undefined) return ended;
  return there ? { outcome: 'alreadyInState', detail: 'as many pods run it already' } : { outcome: 'done' };
}

/** Marks both, so that nothing late changes either, and asks for the pods that are to come: the one that grows last. */
async function bring(
  place: ReplicasPlace,
  { slots }: ReplicasState,
  grown: Sizes,
  mark: Mark,
  signal: AbortSignal,
): Promise<Tried | undefined> {
  const wanted = slots.map((slot, index) => ({ slot, count: grown[index] ?? slot.replicas }));
  for (const { slot, count } of wanted.toSorted((one, other) => growth(one) - growth(other))) {
    const { metadata } = slot;
    const seen = markOf(metadata, 'shift');
    if (seen?.epoch === mark.epoch && seen.number === mark.number) continue;
    const operations = [...leaveMark(metadata, 'shift', mark), ...(slot.replicas === count ? [] : [sized(count)])];
    const changed = await changeAsRead(place.api, { path: pathOf(place, slot), metadata }, operations, signal);
    if (changed !== 'done') return changed;
  }
  return undefined;
}

function growth({ slot, count }: { readonly slot: { readonly replicas: number }; readonly count: number }): number {
  return count - slot.replicas;
}

/** Once those that came are ready, takes the others away, and waits until they are gone. */
async function shrink(
  place: ReplicasPlace,
  { request, mark }: { readonly request: ShiftRequest; readonly mark: Mark },
  signal: AbortSignal,
): Promise<Tried | undefined> {
  const { sizes = [0, 0], before = [0, 0] } = mark;
  const seen: { end?: Tried } = {};
  const open = await untilNothingIsOpen(signal, async () => {
    const state = await readReplicas(place, signal);
    seen.end = notOurs(state, request, { before, sizes });
    if (seen.end) return undefined;
    const short = state.slots.find(
      ({ ready, revision, isObserved }, index) =>
        (sizes[index] ?? 0) > (before[index] ?? 0) && (!isObserved || (ready.get(revision) ?? 0) < (sizes[index] ?? 0)),
    );
    if (short) return `${short.ready.get(short.revision) ?? 0} of ${short.replicas} pods of ${short.name} are ready`;
    for (const [index, slot] of state.slots.entries()) {
      const count = sizes[index] ?? 0;
      if (slot.replicas <= count) continue;
      const at = { path: pathOf(place, slot), metadata: slot.metadata };
      const changed = await changeAsRead(place.api, at, [sized(count)], signal);
      if (changed !== 'done' && changed !== 'again') {
        seen.end = changed;
        return undefined;
      }
      return `${slot.name} is left with ${count} pods`;
    }
    return isReached(state, sizes) ? undefined : 'pods that are taken away are still there';
  });
  return seen.end ?? (open === undefined ? undefined : { outcome: 'unknown', detail: open });
}

/** Why it is not gone along any further with a move; undefined while it is the newest and nobody came in between. */
function notOurs(
  { slots, newest }: ReplicasState,
  request: ShiftRequest,
  { before, sizes }: { readonly before: Sizes; readonly sizes: Sizes },
): Tried | undefined {
  const stand = standOf(newest, request);
  if ('code' in stand) return conflict(stand);
  if (stand.stands === 'newer') return 'again';
  const now = sizesOf(slots);
  if (isUnderWay(now, before, sizes)) return undefined;
  return conflict(scaledSince(now));
}

async function whyNot(place: ReplicasPlace, state: ReplicasState, signal: AbortSignal): Promise<Objection | undefined> {
  const unfit = unfitFor(place, state);
  if (unfit !== undefined) return unfit;
  if (state.total === 0) return NO_SIZE;
  const { namespace } = place.settings;
  for (const { name } of state.slots) {
    const autoscaler = await scaledBy(place.api, { namespace, name }, signal);
    if (autoscaler === undefined) continue;
    const detail =
      `the HorizontalPodAutoscaler ${autoscaler.name} sets how many pods ${name} has, which is what this target splits ` +
      'by: split by a route instead, or take the autoscaler away until it is over';
    return { code: 'OWNED_BY_ANOTHER', detail };
  }
  return undefined;
}

function sized(replicas: number): PatchOperation {
  return { op: 'add', path: '/spec/replicas', value: replicas };
}

/** Two Deployments behind one Service. */
export const replicasTarget = targetKind(replicasTargetSchema, (config, deps, { name }) =>
  createReplicasTarget(name, config, deps),
);
