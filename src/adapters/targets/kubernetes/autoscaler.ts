import { z } from 'zod';
import type { Objection } from '../../../domain/plan/objection';
import type { ClusterApi } from './api';
import { metadataSchema } from './objects';

const autoscalersSchema = z.object({
  items: z.array(
    z.object({
      metadata: metadataSchema,
      spec: z.object({
        scaleTargetRef: z.object({ kind: z.string(), name: z.string() }),
        minReplicas: z.int().default(1),
      }),
    }),
  ),
});

/** The HorizontalPodAutoscaler of a Deployment; undefined where it has none. */
export async function scaledBy(
  api: ClusterApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly minReplicas: number } | undefined> {
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
  const found = await api.get(path, autoscalersSchema, signal);
  const own = found?.items.find(
    ({ spec: { scaleTargetRef } }) => scaleTargetRef.kind === 'Deployment' && scaleTargetRef.name === name,
  );
  return own && { name: own.metadata.name, minReplicas: own.spec.minReplicas };
}

/**
 * Why so many pods would not stay: a HorizontalPodAutoscaler takes away what no traffic needs yet. Undefined where none
 * does.
 */
export async function takenAwayBy(
  api: ClusterApi,
  at: { readonly namespace: string; readonly name: string },
  needed: number,
  signal: AbortSignal,
): Promise<Objection | undefined> {
  const own = await scaledBy(api, at, signal);
  if (!own || own.minReplicas >= needed) return undefined;
  const detail =
    `the HorizontalPodAutoscaler ${own.name} may take ${at.name} down to ${own.minReplicas} pods, of which ` +
    `${needed} have to be there before traffic comes: set its minReplicas to ${needed} or more until it is over`;
  return { code: 'OWNED_BY_ANOTHER', detail };
}
