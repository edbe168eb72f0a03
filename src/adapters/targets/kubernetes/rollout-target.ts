import { RetryableError } from '../../../ports';
import type { DeploymentTarget, DryRun, PrepareRequest, RevisionPair, Scripted, ShiftRequest } from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { targetKind } from '../../kinds';
import { leaveMark, unchanged } from './annotate';
import { ClusterApi } from './api';
import type { PatchOperation } from './api';
import { changeAsRead, conflict, denied, refused } from './change';
import { createClusterTarget } from './cluster-target';
import type { Tried } from './effect';
import { markOf, standOf, standOn } from './marks';
import type { Mark, Stand } from './marks';
import { rolledTemplateSchema } from './rollout-objects';
import {
  CHANGED_SINCE,
  foreignChange,
  notTakenBack,
  notWhole,
  pairOf,
  thirdIn,
  whyNot,
  whyNotTemplate,
} from './rollout-reasons';
import { rolloutByHand } from './rollout-script';
import {
  HASH_LABEL,
  isAsLeft,
  isObserved,
  nounOf,
  pathOf,
  readingOf,
  readObserved,
  readRolloutState,
  rolloutTargetSchema,
  setOf,
  setsPath,
  UNSEEN,
} from './rollout-state';
import type { RolloutPlace, RolloutSettings, RolloutState } from './rollout-state';
import { homeOf, missingFor, nextFor, wayBack, wishFor } from './rollout-steps';
import type { Pair, Wish } from './rollout-steps';
import { createWaker } from './rollout-wake';
import { untilNothingIsOpen } from './until';

/** Its status changes with every pod, so that a change of it meets another one more often than elsewhere. */
const TRIES = 20;
const DRY = { dryRun: true } as const;

/** A Rollout, taken back whole: one under way is aborted, a finished one gets the template back and is promoted. */
export function createRolloutTarget(
  target: string,
  settings: RolloutSettings,
  deps: AdapterDependencies,
): DeploymentTarget & Scripted {
  const api = new ClusterApi(target, settings, deps);
  const place: RolloutPlace = { target, api, settings };
  const cluster = createClusterTarget(api, {
    granularity: 'all',
    holdsReleases: true,
    sticky: settings.sticky,
    tries: TRIES,
    check: (revision, signal) => check(place, revision, signal),
    read: async (signal) => readingOf(place, await readRolloutState(place, signal), deps.now()),
    prepare: (request, signal) => prepare(place, request, signal),
    shift: (request, signal) => shift(place, request, signal),
  });
  return {
    ...cluster,
    async script(question, signal) {
      const bound = api.bound(signal);
      return rolloutByHand(place, await readRolloutState(place, bound), await api.server(bound), question);
    },
  };
}

/** Tries everything but the changes themselves at the API server, so that rights and admission are found out too. */
async function check(place: RolloutPlace, revision: RevisionPair, signal: AbortSignal): Promise<DryRun> {
  const { target, api } = place;
  const state = await readRolloutState(place, signal);
  const pair = pairOf(place, state, revision);
  if ('code' in pair) return { ok: false, ...pair };
  const why = notTakenBack(place, state, pair) ?? thirdIn(place, state, revision);
  if (why !== undefined) return { ok: false, ...why };
  const isFinished = nextFor(state, wayBack(pair)).kind === 'template';
  const told = [{ op: 'add', path: '/status/promoteFull', value: false }] as const;
  const tried = [await api.patch(`${pathOf(place)}/status`, told, signal, DRY)];
  if (isFinished)
    tried.push(await api.patch(pathOf(place), await templateOf(place, state, pair.to, signal), signal, DRY));
  for (const each of tried) {
    if (each.kind === 'lost') throw new RetryableError('TARGET_UNREACHABLE', `${target}: ${each.because}`);
    if (each.kind !== 'done') return { ok: false, ...denied(each.because) };
  }
  const how = isFinished ? 'keeps' : 'is under way and goes back to';
  return { ok: true, detail: `${nounOf(place)} ${how} ${revision.to} (${pair.to})` };
}

/** The controller makes pods ready before it sends them traffic: that it could be done, and the number, is all. */
async function prepare(place: RolloutPlace, request: PrepareRequest, signal: AbortSignal): Promise<Tried> {
  const state = await readRolloutState(place, signal);
  const { metadata } = state.rollout;
  const stand = standOn(metadata, 'prepare', request);
  if ('code' in stand) return conflict(stand);
  const { mark, stands } = stand;
  const pair = pairOf(place, state, request.revision);
  if ('code' in pair) return refused(pair);
  const why = notTakenBack(place, state, pair);
  if (why !== undefined) return refused(why);
  const at = { path: pathOf(place), metadata };
  const marked =
    stands === 'newer' ? await changeAsRead(place.api, at, leaveMark(metadata, 'prepare', mark), signal) : 'done';
  if (marked !== 'done') return marked;
  return { outcome: 'alreadyInState', detail: `${request.revision.to} is kept; its pods come with the shift` };
}

async function shift(place: RolloutPlace, request: ShiftRequest, signal: AbortSignal): Promise<Tried> {
  const wake = createWaker(place, request);
  const state = await readObserved(place, signal, wake);
  const stand = standOn(state.rollout.metadata, 'shift', request);
  if ('code' in stand) return conflict(stand);
  const pair = pairOf(place, state, request.revision);
  if ('code' in pair) return refused(pair);
  const mark = markFor(state, request, stand, pair);
  const wish = wishFor(pair, request.desired, mark);
  if (!wish) return refused(notWhole(place, request.desired));
  const why = whyNot(place, state, wish);
  if (why !== undefined) return refused(why);
  const foreign = foreignChange(place, state, request, stand);
  if (foreign !== undefined) return conflict(foreign);
  if (!isObserved(state)) return { outcome: 'unknown', detail: UNSEEN };
  const there = nextFor(state, wish).kind === 'nothing' && missingFor(state, wish) === undefined;
  const changed = stand.stands === 'newer' ? await write(place, state, { wish, mark }, signal) : 'done';
  if (changed !== 'done') return changed;
  const ended = await untilDone(place, request, { wish, wake }, signal);
  if (ended !== undefined) return ended;
  return there ? { outcome: 'alreadyInState', detail: 'it serves that already' } : { outcome: 'done' };
}

/** What is left on it: what it was before the first effect of the rollback goes along from one to the next. */
function markFor(state: RolloutState, { revision, fence }: ShiftRequest, { mark, seen }: Stand, pair: Pair): Mark {
  if (seen?.epoch === fence.epoch) {
    const { before, step } = seen;
    return { ...mark, ...(before ? { before } : {}), ...(step === undefined ? {} : { step }) };
  }
  return { ...mark, ...homeOf(state, revision, pair) };
}

/** Writes the template where one has to be put back, and the mark: all of it or nothing. */
async function write(
  place: RolloutPlace,
  state: RolloutState,
  { wish, mark }: { readonly wish: Wish; readonly mark: Mark },
  signal: AbortSignal,
): Promise<Tried | 'done'> {
  const { metadata } = state.rollout;
  const isTemplate = nextFor(state, wish).kind === 'template';
  const owned = isTemplate ? whyNotTemplate(place, state) : undefined;
  if (owned !== undefined) return refused(owned);
  const operations = isTemplate ? await templateOf(place, state, wish.hash, signal) : [];
  const generation = metadata.generation + (operations.length > 0 ? 1 : 0);
  const hash = isTemplate ? wish.hash : state.rollout.status.currentPodHash;
  const left = leaveMark(metadata, 'shift', { ...mark, generation, hash });
  return changeAsRead(place.api, { path: pathOf(place), metadata }, [...operations, ...left], signal);
}

/** Goes along until the Rollout serves what is wished, telling its controller what to do; says why not in time. */
async function untilDone(
  place: RolloutPlace,
  request: ShiftRequest,
  { wish, wake }: { readonly wish: Wish; readonly wake: ReturnType<typeof createWaker> },
  signal: AbortSignal,
): Promise<Tried | undefined> {
  const seen: { ended?: Tried; told?: true } = {};
  const look = async (): Promise<string | undefined> => {
    const state = await readRolloutState(place, signal);
    const looked = lookAt(state, request, wish, seen.told === true);
    if ('ended' in looked) seen.ended = looked.ended;
    if (!('operations' in looked)) {
      if (looked.missing !== undefined) await wake(state, signal);
      return looked.missing;
    }
    const operations = [unchanged(state.rollout.metadata), ...looked.operations];
    const told = await place.api.patch(`${pathOf(place)}/status`, operations, signal);
    if (told.kind === 'done') seen.told = true;
    if (told.kind === 'refused') seen.ended = refused(denied(told.because));
    return seen.ended ? undefined : 'its controller is told what to do';
  };
  try {
    const open = await untilNothingIsOpen(signal, look);
    return open === undefined ? seen.ended : { outcome: 'unknown', detail: open };
  } catch (error) {
    // The effect is on its way, heard of or not.
    if (error instanceof RetryableError) return { outcome: 'unknown', detail: error.message };
    throw error;
  }
}

type Looked =
  | { readonly ended: Tried; readonly missing?: undefined }
  | { readonly missing: string | undefined }
  | { readonly operations: readonly PatchOperation[] };

/** How far it is. What was told once and is not so any more, somebody else has taken back. */
function lookAt(state: RolloutState, request: ShiftRequest, wish: Wish, told: boolean): Looked {
  const stand = standOf(markOf(state.rollout.metadata, 'shift'), request);
  if ('code' in stand) return { ended: conflict(stand) };
  if (stand.stands === 'newer') return { ended: 'again' };
  if (!isObserved(state)) return { missing: UNSEEN };
  if (!stand.seen || !isAsLeft(state, stand.seen)) return { ended: conflict(CHANGED_SINCE) };
  const next = nextFor(state, wish);
  switch (next.kind) {
    case 'nothing':
      return { missing: missingFor(state, wish) };
    case 'template':
    case 'third':
      return { ended: conflict(CHANGED_SINCE) };
    case 'status':
      return told ? { ended: conflict(CHANGED_SINCE) } : { operations: next.operations };
  }
}

async function templateOf(
  place: RolloutPlace,
  state: RolloutState,
  hash: string,
  signal: AbortSignal,
): Promise<readonly PatchOperation[]> {
  const name = setOf(state, hash)?.name;
  const path = `${setsPath(place)}/${name}`;
  const kept =
    name === undefined ? undefined : await place.api.get(path, rolledTemplateSchema, signal, { toWriteBack: true });
  if (!kept) throw new RetryableError('TARGET_UNREACHABLE', `${place.target}: the ReplicaSet of ${hash} has just gone`);
  const { template } = kept.spec;
  const { [HASH_LABEL]: _own, ...labels } = template.metadata.labels;
  const metadata = { ...template.metadata, labels };
  return [{ op: 'replace', path: '/spec/template', value: { ...template, metadata } }];
}

/** A Rollout of Argo. */
export const rolloutTarget = targetKind(rolloutTargetSchema, (config, deps, { name }) =>
  createRolloutTarget(name, config, deps),
);
