import { TerminalError } from '../../../ports';
import { unchanged } from './annotate';
import type { ClusterApi, Patched } from './api';
import { scaleSchema } from './objects';

/** How a wish for pods ended; `enough` where as many are wanted already. */
export type Scaled = Patched | { readonly kind: 'enough'; readonly replicas: number };

/** Asks a Deployment for at least so many pods, never for fewer. As a dry run it only finds out whether it may. */
export async function scaleUp(
  api: ClusterApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  needed: number,
  signal: AbortSignal,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<Scaled> {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/scale`;
  const scale = await api.get(path, scaleSchema, signal);
  if (!scale) throw new TerminalError('TARGET_MISCONFIGURED', `there is no Deployment ${namespace}/${name}`);
  const { replicas } = scale.spec;
  if (replicas >= needed && !dryRun) return { kind: 'enough', replicas };
  const wanted = { op: 'add', path: '/spec/replicas', value: Math.max(replicas, needed) } as const;
  // A dry run changes nothing that somebody else could have changed meanwhile.
  return api.patch(path, dryRun ? [wanted] : [unchanged(scale.metadata), wanted], signal, { dryRun });
}
