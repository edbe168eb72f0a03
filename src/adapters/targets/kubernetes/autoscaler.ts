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

/**
 * Why so many pods would not stay: a HorizontalPodAutoscaler takes away what no traffic needs yet. Undefined where none
 * does.
 */
export async function takenAwayBy(
  api: ClusterApi,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  needed: number,
  signal: AbortSignal,
): Promise<Objection | undefined> {
  const path = `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`;
  const found = await api.get(path, autoscalersSchema, signal);
  const own = found?.items.find(
    ({ spec: { scaleTargetRef } }) => scaleTargetRef.kind === 'Deployment' && scaleTargetRef.name === name,
  );
  if (!own || own.spec.minReplicas >= needed) return undefined;
  const detail =
    `the HorizontalPodAutoscaler ${own.metadata.name} may take ${name} down to ${own.spec.minReplicas} pods, of which ` +
    `${needed} have to be there before traffic comes: set its minReplicas to ${needed} or more until it is over`;
  return { code: 'OWNED_BY_ANOTHER', detail };
}
