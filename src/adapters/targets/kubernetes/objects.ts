import { z } from 'zod';

const textsField = z.record(z.string(), z.string()).default({});

/** What every object says of itself. */
export const metadataSchema = z.object({
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.int().default(0),
  labels: textsField,
  annotations: textsField,
});

/** The metadata of an object. */
export type Metadata = z.infer<typeof metadataSchema>;

/** The document of an answer that is no object. */
export const statusSchema = z.object({ kind: z.literal('Status'), message: z.string().min(1) });

/** What tells the revision of a pod's template. */
export const templateSchema = z.object({
  metadata: z.object({ labels: textsField }).default({ labels: {} }),
  spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string().default('') })) }),
});

/** A pod's template. */
export type PodTemplate = z.infer<typeof templateSchema>;

/** A Deployment. */
export const deploymentSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    replicas: z.int().default(1),
    paused: z.boolean().default(false),
    revisionHistoryLimit: z.int().default(10),
    selector: z.object({ matchLabels: textsField }).default({ matchLabels: {} }),
    template: templateSchema,
  }),
  status: z
    .object({
      observedGeneration: z.int().default(0),
      replicas: z.int().default(0),
      updatedReplicas: z.int().default(0),
      availableReplicas: z.int().default(0),
      conditions: z
        .array(
          z.object({
            type: z.string(),
            reason: z.string().default(''),
            message: z.string().default(''),
            lastUpdateTime: z.string().default(''),
          }),
        )
        .default([]),
    })
    .prefault({}),
});

/** A Deployment. */
export type Deployment = z.infer<typeof deploymentSchema>;

/** ReplicaSets, as a list. */
export const replicaSetsSchema = z.object({
  items: z.array(
    z.object({
      metadata: metadataSchema.extend({
        ownerReferences: z.array(z.object({ uid: z.string(), controller: z.boolean().default(false) })).default([]),
      }),
      spec: z.object({ replicas: z.int().default(1), template: templateSchema }),
      status: z.object({ availableReplicas: z.int().default(0) }).default({ availableReplicas: 0 }),
    }),
  ),
});

/** A ReplicaSet. */
export type ReplicaSet = z.infer<typeof replicaSetsSchema>['items'][number];

/** How many pods an object with a `scale` wants. */
export const scaleSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z.object({ replicas: z.int().default(0) }).default({ replicas: 0 }),
});
