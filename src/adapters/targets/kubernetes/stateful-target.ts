import { setTimeout as pause } from 'node:timers/promises';
import { RetryableError } from '../../../ports';
import type { DeploymentTarget, DryRun, PrepareRequest, RevisionPair, Scripted, ShiftRequest } from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { targetKind } from '../../kinds';
import { leaveMark } from './annotate';
import { ClusterApi } from './api';
import type { PatchOperation } from './api';
import { changeAsRead, conflict, denied, refused } from './change';
import { createClusterTarget } from './cluster-target';
import type { Tried } from './effect';
import { markOf, standOf, standOn } from './marks';
import type { Mark } from './marks';
import { keptTemplateSchema } from './stateful-objects';
import { CHANGED_SINCE, foreignChange, sidesOf, thirdIn, unsupported, wayText, whyNot } from './stateful-reasons';
import { statefulByHand } from './stateful-script';
import {
  appsOf,
  nounOf,
  pathOf,
  podPath,
  readingOf,
  readStatefulState,
  statefulSetTargetSchema,
} from './stateful-state';
import type { StatefulPlace, StatefulSettings, StatefulState } from './stateful-state';
import { countFor, goalFor, inTheWay, isObserved, notComplete, openIn } from './stateful-steps';
import type { Goal, Sides } from './stateful-steps';

const LOOK_AGAIN_AFTER_MS = 200;

/** A StatefulSet whose places change one after the other, as far as its partition says. */
export function createStatefulTarget(
  target: string,
  settings: StatefulSettings,
  deps: AdapterDependencies,
): DeploymentTarget & Scripted {
  const api = new ClusterApi(target, settings, deps);
  const place: StatefulPlace = { target, api, settings };
  const cluster = createClusterTarget(api, {
    granularity: 'units',
    holdsReleases: true,
    sticky: settings.sticky,
    check: (revision, signal) => check(place, revision, signal),
    read: async (signal) => readingOf(place, await readStatefulState(place, signal), deps.now()),
    prepare: (request, signal) => prepare(place, request, signal),
    shift: (request, signal) => shift(place, request, signal),
  });
  return {
    ...cluster,
    async script(question, signal) {
      const bound = api.bound(signal);
      return statefulByHand(place, await readStatefulState(place, bound), await api.server(bound), question);
    },
  };
}

/** Tries everything but the changes themselves at the API server, so that rights and admission are found out too. */
async function check(place: StatefulPlace, revision: RevisionPair, signal: AbortSignal): Promise<DryRun> {
  const { target, api } = place;
  const state = await readStatefulState(place, signal);
  const sides = sidesOf(place, state, revision);
  if ('code' in sides) return { ok: false, ...sides };
  const why = whyNot(place, state) ?? thirdIn(state, revision);
  if (why !== undefined) return { ok: false, ...why };
  const total = state.places.length;
  const goal: Goal = { hash: sides.to, partition: 0 };
  const tried = [await api.patch(pathOf(place), await operationsFor(place, state, goal, signal), signal, DRY)];
  const pod = state.places.find((each) => each && !each.leaving);
  if (pod) {
    const removed = await api.delete(podPath(place, pod.name), pod, signal, DRY);
    // It has changed since it was read, which is found out behind all that could forbid it.
    if (removed.kind !== 'stale') tried.push(removed);
  }
  for (const each of tried) {
    if (each.kind === 'lost') throw new RetryableError('TARGET_UNREACHABLE', `${target}: ${each.because}`);
    if (each.kind !== 'done') return { ok: false, ...denied(each.because) };
  }
  const down = state.places.find((each) => each && !each.ready);
  const broken = down ? `; ${down.name} is not ready now (${down.because})` : '';
  return { ok: true, detail: `${nounOf(place)} keeps ${revision.to} for its ${total} pods (${sides.to})${broken}` };
}

const DRY = { dryRun: true } as const;

/** Nothing has to be there beforehand: that it could be made, and the number, is all there is to it. */
async function prepare(place: StatefulPlace, request: PrepareRequest, signal: AbortSignal): Promise<Tried> {
  const state = await readStatefulState(place, signal);
  const { metadata } = state.set;
  const stand = standOn(metadata, 'prepare', request);
  if ('code' in stand) return conflict(stand);
  const { mark, stands } = stand;
  const sides = sidesOf(place, state, request.revision);
  if ('code' in sides) return refused(sides);
  const why = whyNot(place, state);
  if (why !== undefined) return refused(why);
  const at = { path: pathOf(place), metadata };
  const marked =
    stands === 'newer' ? await changeAsRead(place.api, at, leaveMark(metadata, 'prepare', mark), signal) : 'done';
  if (marked !== 'done') return marked;
  return { outcome: 'alreadyInState', detail: `${request.revision.to} is kept, and pods change where they are` };
}

async function shift(place: StatefulPlace, request: ShiftRequest, signal: AbortSignal): Promise<Tried> {
  const state = await readObserved(place, signal);
  const { metadata } = state.set;
  const stand = standOn(metadata, 'shift', request);
  if ('code' in stand) return conflict(stand);
  const { seen, stands } = stand;
  const sides = sidesOf(place, state, request.revision);
  if ('code' in sides) return refused(sides);
  const home = seen?.epoch === request.fence.epoch ? seen.partition : undefined;
  const goal = goalFor(state, countFor(state, request.desired), home === undefined ? sides : { ...sides, home });
  const foreign = foreignChange(state, request, stands, seen);
  if (foreign !== undefined) return conflict(foreign);
  const why = whyNot(place, state);
  if (why !== undefined) return refused(why);
  if (typeof goal === 'string') return refused(unsupported(`${nounOf(place)}: ${goal}`));
  if (!isObserved(state)) return { outcome: 'unknown', detail: 'its controller has not seen its last change yet' };
  const there = isWanted(state, goal) && openIn(state, sides.to) === undefined;
  if (stands === 'newer') {
    const way = isWanted(state, goal) ? undefined : inTheWay(state, goal);
    if (way) return { outcome: 'unknown', detail: wayText(way) };
    const operations = await operationsFor(place, state, goal, signal);
    const generation = metadata.generation + (operations.length > 0 ? 1 : 0);
    const mark: Mark = { ...stand.mark, partition: home ?? sides.home, hash: sides.to, generation };
    const left = leaveMark(metadata, 'shift', mark);
    const at = { path: pathOf(place), metadata };
    const changed = await changeAsRead(place.api, at, [...operations, ...left], signal);
    if (changed !== 'done') return changed;
  }
  const ended = (await untilDone(place, request, signal)) ?? (await backHome(place, request, sides, signal));
  if (ended !== undefined) return ended;
  return there ? { outcome: 'alreadyInState', detail: 'as many pods run it already' } : { outcome: 'done' };
}

/** Goes along until every pod is what it shall be, taking down what the controller leaves; says why not in time. */
async function untilDone(place: StatefulPlace, request: ShiftRequest, signal: AbortSignal): Promise<Tried | undefined> {
  let because = 'nothing was heard of it since';
  for (;;) {
    try {
      const state = await readStatefulState(place, signal);
      const seen = markOf(state.set.metadata, 'shift');
      const foreign = notOurs(state, request, seen);
      if (foreign !== undefined) return foreign;
      const open = openIn(state, seen?.hash) ?? (request.desired > 0 ? undefined : notComplete(state, seen?.partition));
      if (!open) return undefined;
      because = open.because;
      if (open.remove) {
        const removed = await place.api.delete(podPath(place, open.remove.name), open.remove, signal);
        if (removed.kind === 'refused') return refused(denied(removed.because));
      }
      await pause(LOOK_AGAIN_AFTER_MS, undefined, { signal });
    } catch (error) {
      if (signal.aborted || error instanceof RetryableError) return { outcome: 'unknown', detail: because };
      throw error;
    }
  }
}

/** Why it is not gone along any further with an effect; undefined while it is the newest and nobody came in between. */
function notOurs(
  { set: { metadata } }: StatefulState,
  request: ShiftRequest,
  seen: Mark | undefined,
): Tried | undefined {
  const stand = standOf(seen, request);
  if ('code' in stand) return conflict(stand);
  if (stand.stands === 'newer') return 'again';
  return seen?.generation === metadata.generation ? undefined : conflict(CHANGED_SINCE);
}

/** The partition that was there before comes back once no place needs it to be 0 any more. */
async function backHome(
  place: StatefulPlace,
  request: ShiftRequest,
  { from }: Sides,
  signal: AbortSignal,
): Promise<Tried | undefined> {
  if (request.desired > 0) return undefined;
  const { set } = await readStatefulState(place, signal);
  const { metadata } = set;
  const seen = markOf(metadata, 'shift');
  const home = seen?.partition ?? 0;
  if (!seen || set.spec.updateStrategy.rollingUpdate.partition === home || set.status.currentRevision !== from)
    return undefined;
  const operations = [
    partitioned(home),
    ...leaveMark(metadata, 'shift', { ...seen, generation: metadata.generation + 1 }),
  ];
  const changed = await changeAsRead(place.api, { path: pathOf(place), metadata }, operations, signal);
  return changed === 'done' ? untilDone(place, request, signal) : changed;
}

/** The set as its controller has seen it, or as it is when the time is over. */
async function readObserved(place: StatefulPlace, signal: AbortSignal): Promise<StatefulState> {
  for (;;) {
    const state = await readStatefulState(place, signal);
    if (isObserved(state)) return state;
    try {
      await pause(LOOK_AGAIN_AFTER_MS, undefined, { signal });
    } catch {
      return state;
    }
  }
}

function isWanted({ set }: StatefulState, { hash, partition }: Goal): boolean {
  return set.status.updateRevision === hash && set.spec.updateStrategy.rollingUpdate.partition === partition;
}

function partitioned(partition: number): PatchOperation {
  return { op: 'add', path: '/spec/updateStrategy/rollingUpdate/partition', value: partition };
}

async function operationsFor(
  { api, settings, target }: StatefulPlace,
  { set }: StatefulState,
  { hash, partition }: Goal,
  signal: AbortSignal,
): Promise<readonly PatchOperation[]> {
  const operations: PatchOperation[] = [];
  if (set.spec.updateStrategy.rollingUpdate.partition !== partition) operations.push(partitioned(partition));
  if (set.status.updateRevision === hash) return operations;
  const path = `${appsOf(settings)}/controllerrevisions/${hash}`;
  const kept = await api.get(path, keptTemplateSchema, signal, { toWriteBack: true });
  if (!kept) throw new RetryableError('TARGET_UNREACHABLE', `${target}: the ControllerRevision ${hash} has just gone`);
  const { $patch: _merge, ...template } = kept.data.spec.template;
  return [...operations, { op: 'replace', path: '/spec/template', value: template }];
}

/** The pods of a StatefulSet. */
export const statefulSetTarget = targetKind(statefulSetTargetSchema, (config, deps, { name }) =>
  createStatefulTarget(name, config, deps),
);
