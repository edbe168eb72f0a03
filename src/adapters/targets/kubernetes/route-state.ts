import { z } from 'zod';
import type { Objection } from '../../../domain/plan/objection';
import { RetryableError, TerminalError } from '../../../ports';
import type { RevisionPair } from '../../../ports';
import type { RevisionReading, TargetReading } from '../../../domain/plan/census';
import type { ClusterApi } from './api';
import { markOf } from './marks';
import { ownedRefusal, ownerOf } from './owner';
import { sharesOf } from './route';
import type { Route, Shares } from './route';
import { clusterSettings, nameField } from './settings';
import { readWorkload } from './workload';
import type { Workload } from './workload';

const backendField = z.strictObject({
  service: nameField.describe('the Service that the route names'),
  deployment: nameField.optional().describe("the Deployment behind it; the Service's name without"),
});

/** Settings of every target that is a route. */
export const routeSettings = {
  ...clusterSettings,
  route: nameField.describe('name of the route'),
  rule: z.string().min(1).optional().describe('name of the one rule that is meant; all that name the backends without'),
  backends: z
    .tuple([backendField, backendField])
    .refine(([one, two]) => one.service !== two.service, 'must be two different Services')
    .describe('the two Services between which the route splits'),
  replicas: z
    .int()
    .min(1)
    .optional()
    .describe('pods that carry all of the traffic; those of the larger Deployment without'),
  sticky: z.boolean().default(false).describe('true when a moved user stays moved while the share grows'),
};

const settingsSchema = z.object(routeSettings);

/** The settings of a target that is a route. */
export type RouteSettings = z.infer<typeof settingsSchema>;

/** What is particular to one kind of route. */
export interface RouteKind {
  readonly noun: string;
  /** The collection's part of the address, such as `gateway.networking.k8s.io/v1`. */
  readonly group: string;
  readonly plural: string;
  /** Whether its status tells that what carries the traffic has taken it over. */
  readonly tellsTakeUp: boolean;
  /** Whether its backends are Services, by whose names a gateway may count. */
  readonly splitsServices: boolean;
  /** What kubectl prints of it as its output: each backend with its weight. */
  readonly shownByHand: string;
  /** Reads it; a text where it is not as it must be. */
  parse(object: unknown, rule: string | undefined): Route | string;
}

/** Where a route is, and for whom it is read. */
export interface RoutePlace {
  readonly target: string;
  readonly api: ClusterApi;
  readonly kind: RouteKind;
  readonly settings: RouteSettings;
}

/** A route with the Deployments behind its two backends. */
export interface RouteState {
  readonly route: Route;
  readonly shares: Shares;
  readonly slots: readonly [Workload, Workload];
}

/** The address of the route in the API. */
export function pathOf({ kind, settings }: RoutePlace): string {
  return `/apis/${kind.group}/namespaces/${settings.namespace}/${kind.plural}/${settings.route}`;
}

/** What messages call the route. */
export function nounOf({ kind, settings }: RoutePlace): string {
  return `the ${kind.noun} ${settings.namespace}/${settings.route}`;
}

/** Reads the route alone. Throws `TARGET_MISCONFIGURED` where there is none that can be used. */
export async function readRoute(place: RoutePlace, signal: AbortSignal): Promise<Route> {
  const { target, api, kind, settings } = place;
  const found = await api.get(pathOf(place), z.record(z.string(), z.unknown()), signal);
  const route = found ? kind.parse(found, settings.rule) : 'it is not there';
  if (typeof route === 'string')
    throw new TerminalError('TARGET_MISCONFIGURED', `${target}: ${nounOf(place)} cannot be used: ${route}`);
  return route;
}

/** Reads all that tells what is served and ready. */
export async function readRouteState(place: RoutePlace, signal: AbortSignal): Promise<RouteState> {
  const { target, api, settings } = place;
  const { namespace, revision: source } = settings;
  const read = ({ service, deployment = service }: RouteSettings['backends'][number]): Promise<Workload> =>
    readWorkload(api, { target, namespace, name: deployment, source }, signal);
  const [route, one, two] = await Promise.all([
    readRoute(place, signal),
    read(settings.backends[0]),
    read(settings.backends[1]),
  ]);
  const shares = sharesOf(route, servicesOf(settings));
  if (typeof shares === 'string')
    throw new TerminalError('TARGET_MISCONFIGURED', `${target}: ${nounOf(place)} cannot be used: ${shares}`);
  return { route, shares, slots: [one, two] };
}

/** The two Services, in the order of the settings. */
export function servicesOf({ backends: [one, two] }: RouteSettings): readonly [string, string] {
  return [one.service, two.service];
}

/** Which of the two backends runs which revision; an objection that says what they run where that is not the pair. */
export function slotsFor(
  { slots }: Pick<RouteState, 'slots'>,
  { from, to }: RevisionPair,
): { readonly from: 0 | 1; readonly to: 0 | 1 } | Objection {
  const [one, two] = slots;
  if (one.revision === from && two.revision === to && from !== to) return { from: 0, to: 1 };
  if (one.revision === to && two.revision === from && from !== to) return { from: 1, to: 0 };
  const missing = [to, from].find((name) => one.revision !== name && two.revision !== name) ?? to;
  const detail =
    `${missing} is not what one of the two runs: ${one.name} runs ${one.revision}, ${two.name} ${two.revision}; ` +
    `roll ${missing} out to the one without traffic first`;
  return { code: 'REVISION_UNKNOWN', detail };
}

/** As `slotsFor`; while one of the two is itself being taken back, it counts for what some of its pods still run. */
export function slotsInTransit(state: Pick<RouteState, 'slots'>, pair: RevisionPair): ReturnType<typeof slotsFor> {
  const { slots } = state;
  const leaving = slots.findIndex(({ ready }) => ready.has(pair.from));
  const areBoth = pair.from !== pair.to && slots.every(({ revision }) => revision === pair.to);
  if (!areBoth || leaving < 0) return slotsFor(state, pair);
  return leaving === 0 ? { from: 0, to: 1 } : { from: 1, to: 0 };
}

/** Whether both run that revision and nothing else, so that it serves everything however the route splits. */
export function runsEverywhere({ slots }: Pick<RouteState, 'slots'>, revision: string): boolean {
  return slots.every((slot) => slot.revision === revision && [...slot.ready.keys()].every((name) => name === revision));
}

/** Pods that carry all of the traffic: as the settings say, else those of the larger Deployment. */
export function fullSize({ slots: [one, two] }: RouteState, { replicas }: RouteSettings): number {
  return replicas ?? Math.max(one.replicas, two.replicas);
}

/** Pods that a share needs of those that carry everything. */
export function podsFor(full: number, share: number): number {
  // A little less than the quotient: 33.3 % of 3 is one.
  return Math.ceil(Math.max(0, (full * share) / 100 - 0.01));
}

/** Why nothing is told of what traffic needs where neither of two Deployments wants a pod. */
export const NO_SIZE: Objection = {
  code: 'UNSUPPORTED_SHAPE',
  detail: 'neither Deployment wants a pod, so that nobody knows how many it takes: set "replicas"',
};

/** Why the two cannot share the traffic between them; undefined where nobody else has a part of it. */
export function trafficElsewhere({ shares }: RouteState): Objection | undefined {
  const [other] = shares.others;
  if (!other) return undefined;
  const detail = `the Service ${other[0]} gets ${other[1]} % beside the two: take its weight away first`;
  return { code: 'THIRD_REVISION', detail };
}

/** Who else manages the route or one of its Deployments, as a reason not to change it; undefined where nobody does. */
export function ownedBy(place: RoutePlace, { route, slots }: RouteState): Objection | undefined {
  if (place.settings.owned === 'accept') return undefined;
  const owner = ownerOf(route.metadata);
  if (owner !== undefined) return ownedRefusal(nounOf(place), owner);
  const owned = slots.find(({ metadata }) => ownerOf(metadata) !== undefined);
  const theirs = owned && ownerOf(owned.metadata);
  return owned && theirs ? ownedRefusal(`the Deployment ${place.settings.namespace}/${owned.name}`, theirs) : undefined;
}

/** The census. A share that nothing carries yet is not told; the one before is, where we know it. */
export function readingOf(place: RoutePlace, state: RouteState, at: number): TargetReading {
  const { route, shares, slots } = state;
  const percent = carried(place, state);
  const full = fullSize(state, place.settings);
  const found = new Map<string, RevisionReading>();
  const add = (revision: string, weight: number, ready: number, names: readonly string[] = []): void => {
    const before = found.get(revision);
    const knownAs = [...new Set([...(before?.knownAs ?? []), ...names])];
    const readyInstances = (before?.readyInstances ?? 0) + ready;
    const readyCapacity = full === 0 ? 0 : Math.floor((100 * readyInstances) / full);
    const named = knownAs.length > 0 ? { knownAs } : {};
    found.set(revision, { revision, weight: (before?.weight ?? 0) + weight, readyCapacity, readyInstances, ...named });
  };
  slots.forEach((slot, index) => {
    const all = [...slot.ready.values()].reduce((sum, count) => sum + count, 0);
    const share = percent[index] ?? 0;
    // Nobody serves it then, but it is what would.
    const names = namesOf(place, slot, index);
    if (!slot.ready.has(slot.revision)) add(slot.revision, all === 0 ? share : 0, 0, names);
    for (const [revision, count] of slot.ready) add(revision, (share * count) / all, count, names);
  });
  for (const [service, share] of shares.others) add(`Service ${service}`, share, 0);
  const owner = ownerOf(route.metadata) ?? slots.map(({ metadata }) => ownerOf(metadata)).find((each) => each);
  return { target: place.target, revisions: [...found.values()], ...(owner === undefined ? {} : { owner }), at };
}

/** By what a gateway or a mesh may count what a backend serves; nothing of one that serves several revisions. */
function namesOf({ kind, settings }: RoutePlace, slot: Workload, index: number): readonly string[] {
  if ([...slot.ready.keys()].some((revision) => revision !== slot.revision)) return [];
  const service = servicesOf(settings)[index];
  return [...(kind.splitsServices && service !== undefined ? [service] : []), slot.name];
}

function carried(place: RoutePlace, { route, shares }: RouteState): readonly [number, number] {
  if (route.takenOver.kind === 'yes') return shares.percent;
  const mark = markOf(route.metadata, 'shift');
  if (route.takenOver.kind === 'notYet' && mark?.generation === route.metadata.generation && mark.before)
    return mark.before;
  throw new RetryableError('TARGET_UNREACHABLE', `${place.target}: ${nounOf(place)}: ${route.takenOver.because}`);
}
