import { z } from 'zod';
import { TerminalError } from '../../../ports';
import type { RevisionReading, TargetReading } from '../../../domain/plan/census';
import { shareText } from '../../../domain/plan/share';
import { outsideText } from '../../outside-text';
import type { ClusterApi } from './api';
import { markOf } from './marks';
import type { Mark } from './marks';
import { ownerOf } from './owner';
import { missingRevision, revisionOf } from './revision';
import { rolloutSchema, rolloutSetsSchema } from './rollout-objects';
import { clusterSettings, nameField } from './settings';
import { untilNothingIsOpen } from './until';
import { selecting } from './workload';

/** The label by which a Rollout tells its ReplicaSets apart. */
export const HASH_LABEL = 'rollouts-pod-template-hash';
/** Why nothing is known yet. */
export const UNSEEN = 'its controller has not seen its last change yet';
/** Shares that differ by less are the same: pods are whole. */
export const TOLERANCE = 0.5;

/** A target that is a Rollout of Argo Rollouts. */
export const rolloutTargetSchema = z.strictObject({
  type: z.literal('argo-rollouts'),
  ...clusterSettings,
  rollout: nameField.describe('name of the Rollout'),
  sticky: z.boolean().default(false).describe('true when a moved user stays moved while the share grows'),
});

/** The settings of a target that is a Rollout. */
export type RolloutSettings = z.infer<typeof rolloutTargetSchema>;

/** Where a Rollout is, and for whom it is read. */
export interface RolloutPlace {
  readonly target: string;
  readonly api: ClusterApi;
  readonly settings: RolloutSettings;
}

type Weights = NonNullable<z.infer<typeof rolloutSchema>['status']['canary']['weights']>;

/** One of its ReplicaSets. */
export interface Rolled {
  readonly name: string;
  readonly hash: string;
  /** The revision's name; undefined where its template does not say it. */
  readonly revision: string | undefined;
  /** Pods that it is to have, and that could serve. */
  readonly replicas: number;
  readonly available: number;
  /** Its number in the Rollout's history. */
  readonly number: number;
}

/** A Rollout with its ReplicaSets. */
export interface RolloutState {
  readonly rollout: z.infer<typeof rolloutSchema>;
  readonly sets: readonly Rolled[];
}

/** The address of the Rollout in the API. */
export function pathOf({ settings }: RolloutPlace): string {
  return `/apis/argoproj.io/v1alpha1/namespaces/${settings.namespace}/rollouts/${settings.rollout}`;
}

/** The address of the ReplicaSets beside it. */
export function setsPath({ settings }: RolloutPlace): string {
  return `/apis/apps/v1/namespaces/${settings.namespace}/replicasets`;
}

/** What messages call the Rollout. */
export function nounOf({ settings }: RolloutPlace): string {
  return `the Rollout ${settings.namespace}/${settings.rollout}`;
}

/** Reads all that tells what is served and what could be. Throws `TARGET_MISCONFIGURED` where that is not to be had. */
export async function readRolloutState(place: RolloutPlace, signal: AbortSignal): Promise<RolloutState> {
  const { target, api, settings } = place;
  const misconfigured = (why: string): TerminalError => new TerminalError('TARGET_MISCONFIGURED', `${target}: ${why}`);
  const rollout = await api.get(pathOf(place), rolloutSchema, signal);
  if (!rollout) throw misconfigured(`there is no Rollout ${settings.namespace}/${settings.rollout}`);
  const path = `${setsPath(place)}${selecting(rollout.spec.selector.matchLabels)}`;
  const found = await api.get(path, rolloutSetsSchema, signal);
  const sets = (found?.items ?? [])
    .filter(({ metadata }) => metadata.ownerReferences.some(({ uid }) => uid === rollout.metadata.uid))
    .map(({ metadata, spec, status }) => ({
      name: metadata.name,
      hash: metadata.labels[HASH_LABEL] ?? '',
      revision: revisionOf(spec.template, settings.revision),
      replicas: spec.replicas,
      available: status.availableReplicas,
      number: Number(metadata.annotations['rollout.argoproj.io/revision'] ?? 0),
    }));
  const state = { rollout, sets };
  const current = setOf(state, rollout.status.currentPodHash);
  if (current && current.revision === undefined) throw misconfigured(missingRevision(nounOf(place), settings.revision));
  return state;
}

/** Reads it as its controller has seen it; as it is when the time is over. `wake` is called while that is not so. */
export async function readObserved(
  place: RolloutPlace,
  signal: AbortSignal,
  wake: (state: RolloutState, signal: AbortSignal) => Promise<void>,
): Promise<RolloutState> {
  let state = await readRolloutState(place, signal);
  if (isObserved(state)) return state;
  await untilNothingIsOpen(signal, async () => {
    state = await readRolloutState(place, signal);
    if (isObserved(state)) return undefined;
    await wake(state, signal);
    return UNSEEN;
  });
  return state;
}

/** The revision that it is to run: of its template, or of the ReplicaSet where another object has that. */
export function wantedBy(place: RolloutPlace, state: RolloutState): string | undefined {
  const { template } = state.rollout.spec;
  const current = setOf(state, state.rollout.status.currentPodHash);
  return template ? revisionOf(template, place.settings.revision) : current?.revision;
}

/** The ReplicaSet of that hash. */
export function setOf({ sets }: RolloutState, hash: string): Rolled | undefined {
  return sets.find((set) => set.hash === hash);
}

/** The ReplicaSet that stands for a revision: of several of one name what is current or stable, else the newest. */
export function setFor({ sets, rollout }: RolloutState, revision: string): Rolled | undefined {
  const { stableRS, currentPodHash } = rollout.status;
  const named = sets.filter((set) => set.revision === revision);
  const used = named.find(({ hash }) => hash === currentPodHash) ?? named.find(({ hash }) => hash === stableRS);
  return used ?? named.toSorted((one, other) => other.number - one.number)[0];
}

/** Whether the controller has seen the Rollout as it is, so that its status speaks of that. */
export function isObserved({ rollout: { metadata, status } }: RolloutState): boolean {
  return Number(status.observedGeneration) >= metadata.generation;
}

/**
 * Whether it is to run what an effect left it with, as far as its controller has seen it. How many pods of that is up to
 * whoever sizes it; what builds before kept told by its generation alone.
 */
export function isAsLeft({ rollout: { metadata, status } }: RolloutState, { hash, generation }: Mark): boolean {
  return hash === undefined ? generation === metadata.generation : hash === status.currentPodHash;
}

/**
 * Percent of the traffic by ReplicaSet: what the Rollout has told its router; where it has none, its pods; and of blue
 * and green the active one.
 */
export function sharesOf({ rollout, sets }: RolloutState): ReadonlyMap<string, number> {
  const { blueGreen, canary, stableRS } = rollout.status;
  if (rollout.spec.strategy.blueGreen) return new Map([[blueGreen.activeSelector || stableRS, 100]]);
  if (canary.weights) return routedShares(canary.weights, stableRS);
  const all = sets.reduce((sum, { available }) => sum + available, 0);
  // Nobody serves it then, but it is what would.
  if (all === 0) return new Map([[stableRS, 100]]);
  return new Map(sets.filter(({ available }) => available > 0).map((set) => [set.hash, (100 * set.available) / all]));
}

/** Weights are parts of whatever they add up to, together with those of experiments, which are of no revision here. */
function routedShares(weights: Weights, stableRS: string): ReadonlyMap<string, number> {
  const { canary, stable, additional } = weights;
  const total = [canary, stable, ...additional].reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return new Map([[stableRS, 100]]);
  const shares = new Map([[stable.podTemplateHash || stableRS, (100 * stable.weight) / total]]);
  if (canary.weight > 0)
    shares.set(canary.podTemplateHash, (shares.get(canary.podTemplateHash) ?? 0) + (100 * canary.weight) / total);
  return shares;
}

/** Percent of the traffic that a revision gets. */
export function shareOf(state: RolloutState, revision: string): number {
  return [...sharesOf(state)].reduce(
    (sum, [hash, share]) => (setOf(state, hash)?.revision === revision ? sum + share : sum),
    0,
  );
}

/** Why it is not where it goes to by itself yet; undefined where it is, or stands at a step of its own. */
export function openIn(state: RolloutState): string | undefined {
  const { rollout, sets } = state;
  const { abort, abortedAt, promoteFull, stableRS, currentPodHash, phase } = rollout.status;
  const why = messageOf(state);
  if (!isObserved(state)) return UNSEEN;
  if (abort !== (abortedAt !== undefined)) return `its controller has not taken ${abort ? 'up' : 'back'} the abort yet`;
  if (promoteFull) return `it is on its way to ${setOf(state, currentPodHash)?.name ?? currentPodHash}${why}`;
  const resting = abort || stableRS === currentPodHash ? stableRS : undefined;
  if (resting === undefined) return openAtStep(state);
  const full = (setOf(state, resting)?.available ?? 0) >= rollout.spec.replicas;
  const served = sharesOf(state).get(resting) ?? 0;
  const alone =
    rollout.spec.strategy.blueGreen ||
    sets.every(({ hash, replicas, available }) => hash === resting || replicas + available === 0);
  if (full && served >= 100 - TOLERANCE && (alone || rollout.status.canary.weights)) return undefined;
  return `it is ${phase || 'on its way'}${why}`;
}

/** A Rollout whose abort was taken back is on its way until its suspect serves again what it served before. */
function openAtStep(state: RolloutState): string | undefined {
  const { metadata, status } = state.rollout;
  const mark = markOf(metadata, 'shift');
  const home = mark?.step === undefined || !isAsLeft(state, mark) ? undefined : mark.before?.[0];
  const served = sharesOf(state).get(status.stableRS) ?? 0;
  if (home === undefined || served <= home + TOLERANCE) return undefined;
  return `it goes on to where it was, and ${shareText(served)} are still to become ${shareText(home)}${messageOf(state)}`;
}

/**
 * Whether something that its controller was told stands there without a sign that it was heard. Of a promotion there is
 * none before it is over, so that one that takes its time looks the same.
 */
export function isUnheard(state: RolloutState): boolean {
  const { abort, abortedAt, promoteFull } = state.rollout.status;
  return !isObserved(state) || abort !== (abortedAt !== undefined) || promoteFull;
}

/** What its controller says of how it stands, to be put behind a sentence. */
export function messageOf({ rollout }: RolloutState): string {
  const said = outsideText(rollout.status.message);
  return said === '' ? '' : `: ${said}`;
}

/** The census. All that is kept could serve everything: the controller makes pods ready before it sends them traffic. */
export function readingOf(place: RolloutPlace, state: RolloutState, at: number): TargetReading {
  const shares = sharesOf(state);
  const found = new Map<string, RevisionReading>();
  for (const { hash, name, revision = `${name}, of no known revision`, available } of state.sets) {
    const before = found.get(revision);
    const weight = (before?.weight ?? 0) + (shares.get(hash) ?? 0);
    const readyInstances = (before?.readyInstances ?? 0) + available;
    found.set(revision, { revision, weight, readyCapacity: 100, readyInstances });
  }
  const owner = ownerOf(state.rollout.metadata);
  return {
    target: place.target,
    revisions: [...found.values()],
    ...(owner === undefined ? {} : { owner }),
    ...(openIn(state) === undefined ? {} : { uneven: true }),
    at,
  };
}
