import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import { RetryableError } from '../../../ports';
import type { DeploymentTarget, DryRun, PrepareRequest, RevisionPair, Scripted, ShiftRequest } from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { leaveMark } from './annotate';
import { ClusterApi } from './api';
import { takenAwayBy } from './autoscaler';
import { changeAsRead, conflict, denied, refused } from './change';
import { createClusterTarget } from './cluster-target';
import type { Tried } from './effect';
import { standOn } from './marks';
import { weightOperations } from './route';
import { routeByHand } from './route-script';
import {
  fullSize,
  NO_SIZE,
  nounOf,
  ownedBy,
  pathOf,
  podsFor,
  readingOf,
  readRoute,
  readRouteState,
  runsEverywhere,
  servicesOf,
  slotsInTransit,
  trafficElsewhere,
} from './route-state';
import type { RouteKind, RoutePlace, RouteSettings, RouteState } from './route-state';
import { scaleUp } from './scale';
import { untilNothingIsOpen } from './until';
import { readyCount } from './workload';

/** Shares that differ by less are the same: weights are whole numbers. */
const TOLERANCE = 0.5;

/** A target whose traffic a route splits between the Services of two Deployments. */
export function createRouteTarget(
  target: string,
  settings: RouteSettings,
  deps: AdapterDependencies,
  kind: RouteKind,
): DeploymentTarget & Scripted {
  const api = new ClusterApi(target, settings, deps);
  const place: RoutePlace = { target, api, kind, settings };
  const cluster = createClusterTarget(api, {
    granularity: 'percent',
    sticky: settings.sticky,
    check: (revision, signal) => check(place, revision, signal),
    read: async (signal) => readingOf(place, await readRouteState(place, signal), deps.now()),
    prepare: (request, signal) => prepare(place, request, signal),
    shift: (request, signal) => shift(place, request, signal),
  });
  return {
    ...cluster,
    async script(question, signal) {
      const bound = api.bound(signal);
      return routeByHand(place, await readRouteState(place, bound), await api.server(bound), question);
    },
  };
}

/** Tries everything but the change itself at the API server, so that rights and admission are found out too. */
async function check(place: RoutePlace, revision: RevisionPair, signal: AbortSignal): Promise<DryRun> {
  const { target, api, settings } = place;
  const state = await readRouteState(place, signal);
  if (runsEverywhere(state, revision.to)) return { ok: true, detail: everywhere(place, revision.to) };
  const slots = slotsInTransit(state, revision);
  if ('code' in slots) return { ok: false, ...slots };
  const refusal = ownedBy(place, state) ?? trafficElsewhere(state) ?? notTaken(state);
  if (refusal !== undefined) return { ok: false, ...refusal, detail: `${nounOf(place)}: ${refusal.detail}` };
  const { route } = state;
  const service = servicesOf(settings)[slots.to];
  const deployment = { target, namespace: settings.namespace, name: state.slots[slots.to].name };
  const takenAway = await takenAwayBy(api, deployment, fullSize(state, settings), signal);
  if (takenAway !== undefined) return { ok: false, ...takenAway };
  const weights = weightOperations(route, servicesOf(settings), { service, percent: 100 });
  const tried = [
    await api.patch(pathOf(place), weights, signal, { dryRun: true }),
    await scaleUp(api, deployment, 0, signal, { dryRun: true }),
  ];
  const failed = tried.find((each) => each.kind !== 'done' && each.kind !== 'enough');
  if (failed?.kind === 'lost') throw new RetryableError('TARGET_UNREACHABLE', `${target}: ${failed.because}`);
  if (failed && 'because' in failed) return { ok: false, ...denied(failed.because) };
  return { ok: true, detail: `${nounOf(place)} can send everything to ${service}, which runs ${revision.to}` };
}

async function prepare(place: RoutePlace, request: PrepareRequest, signal: AbortSignal): Promise<Tried> {
  const { target, api, settings } = place;
  const state = await readRouteState(place, signal);
  const stand = standOn(state.route.metadata, 'prepare', request);
  if ('code' in stand) return conflict(stand);
  const { mark, stands } = stand;
  const { to } = request.revision;
  if (runsEverywhere(state, to)) return { outcome: 'alreadyInState', detail: everywhere(place, to) };
  const slots = slotsInTransit(state, request.revision);
  if ('code' in slots) return refused(slots);
  const full = fullSize(state, settings);
  if (full === 0) return refused(NO_SIZE);
  const refusal = ownedBy(place, state);
  if (refusal !== undefined) return refused(refusal);
  const needed = podsFor(full, request.share);
  const deployment = { target, namespace: settings.namespace, name: state.slots[slots.to].name };
  const missing = state.slots[slots.to].replicas < needed;
  const takenAway = missing ? await takenAwayBy(api, deployment, needed, signal) : undefined;
  if (takenAway !== undefined) return refused(takenAway);
  if (stands === 'newer') {
    const { metadata } = state.route;
    const marked = await changeAsRead(
      api,
      { path: pathOf(place), metadata },
      leaveMark(metadata, 'prepare', mark),
      signal,
    );
    if (marked !== 'done') return marked;
  }
  const scaled = await scaleUp(api, deployment, needed, signal);
  switch (scaled.kind) {
    case 'enough':
      return { outcome: 'alreadyInState', detail: `${deployment.name} wants ${scaled.replicas} pods already` };
    case 'done':
      return { outcome: 'done' };
    case 'stale':
      return 'again';
    case 'refused':
      return refused(denied(scaled.because));
    case 'lost':
      return { outcome: 'unknown', detail: scaled.because };
  }
}

async function shift(place: RoutePlace, request: ShiftRequest, signal: AbortSignal): Promise<Tried> {
  const state = await readRouteState(place, signal);
  const { metadata } = state.route;
  const stand = standOn(metadata, 'shift', request);
  if ('code' in stand) return conflict(stand);
  const { mark, stands } = stand;
  const { to } = request.revision;
  if (request.desired === 100 && runsEverywhere(state, to))
    return { outcome: 'alreadyInState', detail: everywhere(place, to) };
  const slots = slotsInTransit(state, request.revision);
  if ('code' in slots) return refused(slots);
  const { percent } = state.shares;
  const there = isNear(percent[slots.to], request.desired);
  const foreign = foreignChange(state, request, slots.to, stands === 'same');
  if (!there && foreign !== undefined) return conflict(foreign);
  const refusal = ownedBy(place, state);
  if (refusal !== undefined) return refused(refusal);
  if (stands === 'newer') {
    const service = servicesOf(place.settings)[slots.to];
    const pair = servicesOf(place.settings);
    const weights = there ? [] : weightOperations(state.route, pair, { service, percent: request.desired });
    const generation = metadata.generation + (there ? 0 : 1);
    const left = leaveMark(metadata, 'shift', { ...mark, before: [percent[0], percent[1]], generation });
    const changed = await changeAsRead(place.api, { path: pathOf(place), metadata }, [...weights, ...left], signal);
    if (changed !== 'done') return changed;
  }
  const open = await untilNothingIsOpen(signal, async () => {
    const { takenOver } = await readRoute(place, signal);
    return takenOver.kind === 'yes' ? undefined : takenOver.because;
  });
  if (open !== undefined) return { outcome: 'unknown', detail: open };
  return there ? { outcome: 'alreadyInState', detail: `${request.desired} % are there already` } : { outcome: 'done' };
}

function everywhere(place: RoutePlace, revision: string): string {
  return `both Deployments behind ${nounOf(place)} run ${revision}`;
}

/** Why the share is not changed: what was found was neither expected nor wanted. */
function foreignChange(
  state: RouteState,
  request: ShiftRequest,
  to: 0 | 1,
  madeBefore: boolean,
): Objection | undefined {
  const { revision, expected } = request;
  const share = state.shares.percent[to];
  const changed = (how: string): Objection => objection('CHANGED_BY_OTHERS', `${revision.to} serves ${share} %${how}`);
  if (madeBefore) return changed(': somebody has changed it since this effect was made');
  // What is rolled back behind it meanwhile gives the revision more than its weight.
  const isRolled = state.slots[to === 0 ? 1 : 0].revision === revision.to;
  if (isRolled ? expected < share - TOLERANCE : !isNear(share, expected))
    return changed(`, not ${expected} %: somebody else changed it`);
  const slot = state.slots[to];
  const other = [...slot.ready.keys()].find((name) => name !== slot.revision);
  if (other !== undefined && (slot.ready.get(slot.revision) ?? 0) < readyCount(slot))
    return {
      code: 'REVISION_MIXED',
      detail: `${slot.name} still runs pods of ${other}: wait until it has rolled ${slot.revision} out`,
    };
  return trafficElsewhere(state);
}

function notTaken({ route }: RouteState): Objection | undefined {
  return route.takenOver.kind === 'yes' ? undefined : objection('NOT_TAKEN_UP', route.takenOver.because);
}

function isNear(one: number, other: number): boolean {
  return Math.abs(one - other) <= TOLERANCE;
}
