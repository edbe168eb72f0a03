import { TerminalError } from '../../../ports';
import type { ClusterApi } from './api';
import { deploymentSchema, replicaSetsSchema } from './objects';
import type { Metadata } from './objects';
import { missingRevision, revisionOf } from './revision';
import type { RevisionSource } from './settings';

/** A Deployment with what its pods run. */
export interface Workload {
  readonly name: string;
  readonly metadata: Metadata;
  /** Pods that it wants. */
  readonly replicas: number;
  /** The revision of its template: what more pods would run. */
  readonly revision: string;
  /** Available pods by revision; one that is being replaced may have several. */
  readonly ready: ReadonlyMap<string, number>;
}

/** Reads a Deployment and its ReplicaSets. Throws `TARGET_MISCONFIGURED` where it, or its revision, is not there. */
export async function readWorkload(
  api: ClusterApi,
  at: { readonly target: string; readonly namespace: string; readonly name: string; readonly source: RevisionSource },
  signal: AbortSignal,
): Promise<Workload> {
  const what = `the Deployment ${at.namespace}/${at.name}`;
  const misconfigured = (why: string): TerminalError =>
    new TerminalError('TARGET_MISCONFIGURED', `${at.target}: ${why}`);
  const path = `/apis/apps/v1/namespaces/${at.namespace}`;
  const found = await api.get(`${path}/deployments/${at.name}`, deploymentSchema, signal);
  if (!found) throw misconfigured(`there is no ${what.slice(4)}`);
  const { metadata, spec } = found;
  const revision = revisionOf(spec.template, at.source);
  if (revision === undefined) throw misconfigured(missingRevision(what, at.source));
  const sets = await api.get(`${path}/replicasets${selecting(spec.selector.matchLabels)}`, replicaSetsSchema, signal);
  const ready = new Map<string, number>();
  for (const set of sets?.items ?? []) {
    const count = set.status.availableReplicas;
    if (count === 0 || !set.metadata.ownerReferences.some(({ uid }) => uid === metadata.uid)) continue;
    const runs = revisionOf(set.spec.template, at.source) ?? `${at.name}, of no known revision`;
    ready.set(runs, (ready.get(runs) ?? 0) + count);
  }
  return { name: at.name, metadata, replicas: spec.replicas, revision, ready };
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
