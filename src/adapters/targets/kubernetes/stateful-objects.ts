import { z } from 'zod';
import { metadataSchema, templateSchema } from './objects';

const ownersField = z.array(z.object({ uid: z.string() })).default([]);

/** A StatefulSet. */
export const statefulSetSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    replicas: z.int().default(1),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).default({ matchLabels: {} }),
    template: templateSchema,
    podManagementPolicy: z.string().default('OrderedReady'),
    ordinals: z.object({ start: z.int().default(0) }).default({ start: 0 }),
    updateStrategy: z.object({
      type: z.string().default('RollingUpdate'),
      rollingUpdate: z.object({ partition: z.int().default(0) }).default({ partition: 0 }),
    }),
  }),
  status: z
    .object({
      observedGeneration: z.int().default(0),
      currentRevision: z.string().default(''),
      updateRevision: z.string().default(''),
    })
    .default({ observedGeneration: 0, currentRevision: '', updateRevision: '' }),
});

/** ControllerRevisions, as a list: the templates that a StatefulSet has had and still keeps. */
export const controllerRevisionsSchema = z.object({
  items: z.array(
    z.object({
      metadata: metadataSchema.extend({ ownerReferences: ownersField }),
      revision: z.int(),
      data: z.object({ spec: z.object({ template: templateSchema }) }),
    }),
  ),
});

/** One of them with its whole template, to be written back. */
export const keptTemplateSchema = z.object({
  data: z.object({ spec: z.object({ template: z.record(z.string(), z.unknown()) }) }),
});

const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
});

const containerSchema = z.object({
  state: z.object({ waiting: z.object({ reason: z.string().default('') }).optional() }).default({}),
});

/** Pods, as a list. */
export const podsSchema = z.object({
  items: z.array(
    z.object({
      metadata: metadataSchema.extend({ ownerReferences: ownersField, deletionTimestamp: z.string().optional() }),
      status: z
        .object({
          phase: z.string().default('Unknown'),
          conditions: z.array(conditionSchema).default([]),
          containerStatuses: z.array(containerSchema).default([]),
        })
        .default({ phase: 'Unknown', conditions: [], containerStatuses: [] }),
    }),
  ),
});

/** A pod. */
export type Pod = z.infer<typeof podsSchema>['items'][number];
