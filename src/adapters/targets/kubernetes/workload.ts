import { TerminalError } from '../../../ports';
import type { ClusterApi } from './api';
import { deploymentSchema, replicaSetsSchema } from './objects';
import type { Deployment, Metadata, ReplicaSet } from './objects';
import { missingRevision, revisionOf } from './revision';
import type { RevisionSource } from './settings';

/** A Deployment with what its pods run. */
export interface Workload {
  readonly name: string;
  readonly metadata: Metadata;
  /** Pods that it wants. */
  readonly replicas: number;
  /** Pods that there are, ready or not. */
  readonly pods: number;
  /** True once its controller has seen its last change. */
  readonly isObserved: boolean;
  /** The revision of its template: what more pods would run. */
  readonly revision: string;
  /** Available pods by revision; one that is being replaced may have several. */
  readonly ready: ReadonlyMap<string, number>;
}

/** Which Deployment, and where the name of its revision stands. */
interface DeploymentAt {
  readonly target: string;
  readonly namespace: string;
  readonly name: string;
  readonly source: RevisionSource;
}

/** Reads a Deployment and its ReplicaSets; throws as `readTemplateOf` does. */
export async function readWorkload(api: ClusterApi, at: DeploymentAt, signal: AbortSignal): Promise<Workload> {
  const { deployment, revision } = await readTemplateOf(api, at, signal);
  const ready = new Map<string, number>();
  for (const set of await readOwnSets(api, deployment, at, signal)) {
    const count = set.status.availableReplicas;
    if (count === 0) continue;
    const runs = revisionOf(set.spec.template, at.source) ?? `${at.name}, of no known revision`;
    ready.set(runs, (ready.get(runs) ?? 0) + count);
  }
  const { metadata, spec, status } = deployment;
  return {
    name: at.name,
    metadata,
    replicas: spec.replicas,
    pods: status.replicas,
    isObserved: status.observedGeneration >= metadata.generation,
    revision,
    ready,
  };
}

/** Reads a Deployment alone. Throws `TARGET_MISCONFIGURED` where it, or its revision, is not there. */
export async function readTemplateOf(
  api: ClusterApi,
  { target, namespace, name, source }: DeploymentAt,
  signal: AbortSignal,
): Promise<{ readonly deployment: Deployment; readonly revision: string }> {
  const misconfigured = (why: string): TerminalError => new TerminalError('TARGET_MISCONFIGURED', `${target}: ${why}`);
  const found = await api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`, deploymentSchema, signal);
  if (!found) throw misconfigured(`there is no Deployment ${namespace}/${name}`);
  const revision = revisionOf(found.spec.template, source);
  if (revision === undefined) throw misconfigured(missingRevision(`the Deployment ${namespace}/${name}`, source));
  return { deployment: found, revision };
}

/** The ReplicaSets of a Deployment: selected by its labels and owned by it. */
export async function readOwnSets(
  api: ClusterApi,
  { metadata, spec }: Deployment,
  { namespace }: { readonly namespace: string },
  signal: AbortSignal,
): Promise<readonly ReplicaSet[]> {
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets${selecting(spec.selector.matchLabels)}`;
  const sets = await api.get(path, replicaSetsSchema, signal);
  return (sets?.items ?? []).filter((set) => set.metadata.ownerReferences.some(({ uid }) => uid === metadata.uid));
}

/** Available pods of all revisions. */
export function readyCount({ ready }: Workload): number {
  return [...ready.values()].reduce((sum, count) => sum + count, 0);
}

/** The query that selects by these labels; empty where there are none. */
export function selecting(labels: Readonly<Record<string, string>>): string {
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return selector.length === 0 ? '' : `?labelSelector=${encodeURIComponent(selector.join(','))}`;
}
