import { z } from 'zod';
import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import { RetryableError } from '../../../ports';
import type {
  DeploymentTarget,
  DryRun,
  EffectResult,
  PrepareRequest,
  RevisionPair,
  Scripted,
  ShiftRequest,
} from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { targetKind } from '../../kinds';
import { ClusterApi } from './api';
import { changeAsRead, conflict, denied, refused } from './change';
import { deploymentByHand } from './deployment-script';
import {
  deploymentSettings,
  nounOf,
  pathOf,
  readDeployment,
  readObserved,
  readingOf,
  readTemplate,
  readWanted,
  setFor,
  shareOf,
  strangerTo,
  unfitFor,
} from './deployment-state';
import type { DeploymentPlace, DeploymentSettings, DeploymentState } from './deployment-state';
import { createClusterTarget } from './cluster-target';
import type { Tried } from './effect';
import { leaveMark } from './annotate';
import { markOf, standOn } from './marks';
import type { Mark } from './marks';
import { rollingOut, standstill, standsSince } from './roll-out';
import { templateOperations } from './template';
import { untilNothingIsOpen } from './until';

/** Shares that differ by less are the same. */
const TOLERANCE = 0.5;
/** Its status changes with every pod, so that a change of it meets another one more often than elsewhere. */
const TRIES = 20;

/** A target that is one Deployment, taken back as a whole. */
export const deploymentTargetSchema = z.strictObject({
  type: z.literal('kubernetes-deployment'),
  ...deploymentSettings,
});

/** A Deployment that gets back the template of a ReplicaSet which is still there; Kubernetes replaces its pods. */
export function createDeploymentTarget(
  target: string,
  settings: DeploymentSettings,
  deps: AdapterDependencies,
): DeploymentTarget & Scripted {
  const api = new ClusterApi(target, settings, deps);
  const place: DeploymentPlace = { target, api, settings };
  const cluster = createClusterTarget(api, {
    granularity: 'all',
    sticky: false,
    tries: TRIES,
    check: (revision, signal) => check(place, revision, signal),
    read: async (signal) => readingOf(place, await readDeployment(place, signal), deps.now()),
    prepare: (request, signal) => prepare(place, request, signal),
    shift: (request, signal) => shift(place, request, signal),
  });
  return {
    ...cluster,
    async script(question, signal) {
      const bound = api.bound(signal);
      return deploymentByHand(place, await readObserved(place, bound), await api.server(bound), question);
    },
  };
}

/** Tries everything but the change itself at the API server, so that rights and admission are found out too. */
async function check(place: DeploymentPlace, { from, to }: RevisionPair, signal: AbortSignal): Promise<DryRun> {
  const state = await readDeployment(place, signal);
  const unfit = unfitFor(place, state, to) ?? strangerTo(place, state, { from, to });
  if (unfit !== undefined) return { ok: false, ...unfit };
  const operations = await operationsFor(place, state, to, signal);
  if (operations === 'again') throw new RetryableError('TARGET_UNREACHABLE', `${place.target}: its history changes`);
  const tried = await place.api.patch(pathOf(place), operations, signal, { dryRun: true });
  switch (tried.kind) {
    case 'done':
      return { ok: true, detail: `${nounOf(place)} can get back what ${setFor(state, to)?.name} of ${to} runs` };
    case 'lost':
      throw new RetryableError('TARGET_UNREACHABLE', `${place.target}: ${tried.because}`);
    case 'stale':
    case 'refused':
      return { ok: false, ...denied(tried.because) };
  }
}

/** Room comes with the roll-out, which makes pods ready before it takes others away; nothing could be ready without traffic. */
async function prepare(place: DeploymentPlace, request: PrepareRequest, signal: AbortSignal): Promise<Tried> {
  const state = await readDeployment(place, signal);
  const { metadata } = state.deployment;
  const stand = standOn(metadata, 'prepare', request);
  if ('code' in stand) return conflict(stand);
  const { mark, stands } = stand;
  const { to } = request.revision;
  const unfit = unfitFor(place, state, to);
  if (unfit !== undefined) return refused(unfit);
  if (stands === 'newer') {
    const left = leaveMark(metadata, 'prepare', mark);
    const marked = await changeAsRead(place.api, { path: pathOf(place), metadata }, left, signal);
    if (marked !== 'done') return marked;
  }
  return { outcome: 'alreadyInState', detail: `the pods of ${to} become ready while it is rolled out` };
}

async function shift(place: DeploymentPlace, request: ShiftRequest, signal: AbortSignal): Promise<Tried> {
  const { revision, desired } = request;
  const state = await readObserved(place, signal);
  const { metadata } = state.deployment;
  const stand = standOn(metadata, 'shift', request);
  if ('code' in stand) return conflict(stand);
  const { mark, stands } = stand;
  if (desired !== 0 && desired !== 100)
    return refused({
      code: 'UNSUPPORTED_SHAPE',
      detail:
        `a Deployment is taken back as a whole and has no ${desired} %: write phases of 100 %, or split it by a route or ` +
        'by the pods of two Deployments',
    });
  const wanted = desired === 100 ? revision.to : revision.from;
  const unfit = unfitFor(place, state, wanted);
  if (unfit !== undefined) return refused(unfit);
  const there = state.revision === wanted;
  const foreign = there ? undefined : foreignChange(place, state, request, stands === 'same');
  if (foreign !== undefined) return conflict(foreign);
  if (stands === 'newer') {
    const changed = await write(place, state, { wanted: there ? undefined : wanted, mark }, signal);
    if (changed !== 'done') return changed;
  }
  return rolledOut(place, { wanted, there }, signal);
}

/** Writes the template of that revision, if one is wanted, and the mark: all of it or nothing. */
async function write(
  place: DeploymentPlace,
  state: DeploymentState,
  { wanted, mark }: { readonly wanted: string | undefined; readonly mark: Mark },
  signal: AbortSignal,
): Promise<Tried | 'done'> {
  const { metadata } = state.deployment;
  const template = wanted === undefined ? [] : await operationsFor(place, state, wanted, signal);
  if (template === 'again') return 'again';
  const stood = standsSince(state.deployment);
  const left = leaveMark(metadata, 'shift', { ...mark, ...(stood === undefined ? {} : { stood }) });
  return changeAsRead(place.api, { path: pathOf(place), metadata }, [...left, ...template], signal);
}

async function operationsFor(place: DeploymentPlace, state: DeploymentState, revision: string, signal: AbortSignal) {
  const set = setFor(state, revision);
  const kept = set && (await readTemplate(place, set, signal));
  return kept ? templateOperations(state.deployment.metadata, kept) : 'again';
}

/** Waits until every pod runs the wanted template and no other one is left. */
async function rolledOut(
  place: DeploymentPlace,
  { wanted, there }: { readonly wanted: string; readonly there: boolean },
  signal: AbortSignal,
): Promise<Tried> {
  const seen: { against?: EffectResult } = {};
  const open = await untilNothingIsOpen(signal, async () => {
    const { deployment, revision } = await readWanted(place, signal);
    const stuck = standstill(deployment, markOf(deployment.metadata, 'shift')?.stood);
    if (revision !== wanted)
      seen.against = conflict(objection('CHANGED_BY_OTHERS', `${nounOf(place)} wants ${revision} by now`));
    else if (stuck !== undefined)
      seen.against = refused(objection('NOT_TAKEN_UP', `the roll-out of ${wanted} has come to a standstill: ${stuck}`));
    return seen.against ? undefined : rollingOut(deployment);
  });
  if (seen.against) return seen.against;
  if (open !== undefined) return { outcome: 'unknown', detail: `${wanted} is being rolled out: ${open}` };
  return there ? { outcome: 'alreadyInState', detail: `${wanted} is rolled out already` } : { outcome: 'done' };
}

/** Why its template is not changed: what was found was neither expected nor wanted. */
function foreignChange(
  place: DeploymentPlace,
  state: DeploymentState,
  request: ShiftRequest,
  madeBefore: boolean,
): Objection | undefined {
  const { revision, expected } = request;
  const changed = (how: string): Objection => objection('CHANGED_BY_OTHERS', `${nounOf(place)} ${how}`);
  if (madeBefore) return changed(`wants ${state.revision}: somebody has changed it since this effect was made`);
  const stranger = strangerTo(place, state, revision);
  if (stranger !== undefined) return stranger;
  // While it is being rolled out shares change with every pod; that one of the two is what it wants is what counts.
  if (rollingOut(state.deployment) !== undefined) return undefined;
  const share = shareOf(state, revision.to);
  return Math.abs(share - expected) <= TOLERANCE
    ? undefined
    : changed(`serves ${share} % on ${revision.to}, not ${expected} %: somebody else changed it`);
}

/** One Deployment, taken back whole. */
export const deploymentTarget = targetKind(deploymentTargetSchema, (config, deps, { name }) =>
  createDeploymentTarget(name, config, deps),
);
