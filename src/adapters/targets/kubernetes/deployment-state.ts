import { z } from 'zod';
import type { RevisionReading, TargetReading } from '../../../domain/plan/census';
import { objection } from '../../../domain/plan/objection';
import type { Objection } from '../../../domain/plan/objection';
import type { RevisionPair } from '../../../ports';
import type { ClusterApi } from './api';
import type { Deployment } from './objects';
import { ownedRefusal, ownerOf, pausedRefusal } from './owner';
import { revisionOf } from './revision';
import { rollingOut, ROLL_OUT } from './roll-out';
import { clusterSettings, nameField } from './settings';
import { keptTemplateSchema } from './template';
import { untilNothingIsOpen } from './until';
import { readOwnSets, readTemplateOf } from './workload';

/** Settings of a target that is one Deployment. */
export const deploymentSettings = {
  ...clusterSettings,
  deployment: nameField.describe('name of the Deployment'),
};

const settingsSchema = z.object(deploymentSettings);

/** The settings of a target that is one Deployment. */
export type DeploymentSettings = z.infer<typeof settingsSchema>;

/** Where a Deployment is, and for whom it is read. */
export interface DeploymentPlace {
  readonly target: string;
  readonly api: ClusterApi;
  readonly settings: DeploymentSettings;
}

/** A ReplicaSet of a Deployment: what it runs, or has run and could run again. */
export interface KeptSet {
  readonly name: string;
  readonly hash: string | undefined;
  /** The controller's count; a ReplicaSet that is used again gets a new one. */
  readonly number: number;
  /** The revision's name; undefined where its template does not say it. */
  readonly revision: string | undefined;
  readonly available: number;
}

/** A Deployment with all that it could run. */
export interface DeploymentState {
  readonly deployment: Deployment;
  /** The revision of its template: what it is to run. */
  readonly revision: string;
  /** The latest first. */
  readonly sets: readonly KeptSet[];
}

/** The address of the Deployment in the API. */
export function pathOf({ settings }: DeploymentPlace): string {
  return `/apis/apps/v1/namespaces/${settings.namespace}/deployments/${settings.deployment}`;
}

/** What messages call the Deployment. */
export function nounOf({ settings }: DeploymentPlace): string {
  return `the Deployment ${settings.namespace}/${settings.deployment}`;
}

/** Reads what it is to run. Throws `TARGET_MISCONFIGURED` where it, or its revision, is not there. */
export async function readWanted(
  place: DeploymentPlace,
  signal: AbortSignal,
): Promise<{ readonly deployment: Deployment; readonly revision: string }> {
  const { target, api, settings } = place;
  const { namespace, deployment: name, revision: source } = settings;
  return readTemplateOf(api, { target, namespace, name, source }, signal);
}

/** Reads it with its ReplicaSets; throws as `readWanted` does. */
export async function readDeployment(place: DeploymentPlace, signal: AbortSignal): Promise<DeploymentState> {
  const wanted = await readWanted(place, signal);
  const own = await readOwnSets(place.api, wanted.deployment, place.settings, signal);
  const sets = own.map(({ metadata, spec, status }): KeptSet => ({
    name: metadata.name,
    hash: metadata.labels['pod-template-hash'],
    number: Number(metadata.annotations[ROLL_OUT] ?? 0),
    revision: revisionOf(spec.template, place.settings.revision),
    available: status.availableReplicas,
  }));
  return { ...wanted, sets: sets.toSorted((one, other) => other.number - one.number) };
}

/** Reads it as its controller has seen it; as it is when the time is over, which `rollingOut` then says. */
export async function readObserved(place: DeploymentPlace, signal: AbortSignal): Promise<DeploymentState> {
  let state = await readDeployment(place, signal);
  if (isObserved(state)) return state;
  await untilNothingIsOpen(signal, async () => {
    state = await readDeployment(place, signal);
    return isObserved(state) ? undefined : 'its controller has not seen its last change yet';
  });
  return state;
}

function isObserved({ deployment: { metadata, status } }: DeploymentState): boolean {
  return status.observedGeneration >= metadata.generation;
}

/** Reads the whole template of a ReplicaSet; undefined where that is gone by now. */
export function readTemplate({ api, settings }: DeploymentPlace, { name }: KeptSet, signal: AbortSignal) {
  const path = `/apis/apps/v1/namespaces/${settings.namespace}/replicasets/${name}`;
  return api.get(path, keptTemplateSchema, signal, { toWriteBack: true });
}

/** The ReplicaSet that last ran a revision; undefined where none is kept. */
export function setFor({ sets }: DeploymentState, revision: string): KeptSet | undefined {
  return sets.find((set) => set.revision === revision);
}

/** Percent of the available pods that run a revision; where there are none, what is to run has it all. */
export function shareOf(state: DeploymentState, revision: string): number {
  const all = availableOf(state.sets);
  if (all === 0) return state.revision === revision ? 100 : 0;
  return (100 * availableOf(state.sets.filter((set) => set.revision === revision))) / all;
}

/** Why that revision cannot be rolled out, with the way out; undefined where it can. */
export function unfitFor(place: DeploymentPlace, state: DeploymentState, revision: string): Objection | undefined {
  const { deployment } = state;
  const noun = nounOf(place);
  const owner = place.settings.owned === 'accept' ? undefined : ownerOf(deployment.metadata);
  if (owner !== undefined) return ownedRefusal(noun, owner);
  if (deployment.spec.paused) return pausedRefusal(noun, place.settings.deployment);
  if (state.revision === revision || setFor(state, revision)) return undefined;
  const kept = [...new Set(state.sets.flatMap((set) => set.revision ?? []))].join(', ') || 'none';
  const detail =
    `no ReplicaSet of ${revision} is left of ${noun} (revisionHistoryLimit ${deployment.spec.revisionHistoryLimit}; there ` +
    `are: ${kept}): deploy ${revision} anew by the way it was deployed, and keep more of them for the next time`;
  return { code: 'REVISION_UNKNOWN', detail };
}

/** Why it is not changed where it wants neither of the pair; undefined where it wants one of them. */
export function strangerTo(
  place: DeploymentPlace,
  { revision: runs }: DeploymentState,
  { from, to }: RevisionPair,
): Objection | undefined {
  if (runs === from || runs === to) return undefined;
  return objection('THIRD_REVISION', `${nounOf(place)} wants ${runs}, which is neither ${from} nor ${to}`);
}

/** The census, by pods. What is kept could be rolled out again, and that makes its room before it takes anybody's. */
export function readingOf(place: DeploymentPlace, state: DeploymentState, at: number): TargetReading {
  const { deployment, sets } = state;
  const { replicas } = deployment.spec;
  const names = new Set([state.revision, ...sets.flatMap(({ revision }) => revision ?? [])]);
  const revisions = [...names].map((revision): RevisionReading => {
    const own = sets.filter((set) => set.revision === revision);
    const ready = availableOf(own);
    const isWanted = revision === state.revision && replicas > 0;
    const readyCapacity = isWanted ? Math.min(100, Math.floor((100 * ready) / replicas)) : 100;
    const knownAs = own.flatMap(({ hash, name }) => (hash === undefined ? [name] : [hash, name]));
    return { revision, weight: shareOf(state, revision), readyCapacity, readyInstances: ready, knownAs };
  });
  const nameless = sets.filter((set) => set.revision === undefined && set.available > 0);
  const others = nameless.map(({ name, available }): RevisionReading => {
    const weight = (100 * available) / availableOf(sets);
    return { revision: `ReplicaSet ${name}`, weight, readyCapacity: 0, readyInstances: available };
  });
  const owner = ownerOf(deployment.metadata);
  return {
    target: place.target,
    revisions: [...revisions, ...others],
    units: { total: 1, name: 'Deployment' },
    ...(owner === undefined ? {} : { owner }),
    ...(rollingOut(deployment) === undefined ? {} : { uneven: true }),
    at,
  };
}

function availableOf(sets: readonly KeptSet[]): number {
  return sets.reduce((sum, { available }) => sum + available, 0);
}
