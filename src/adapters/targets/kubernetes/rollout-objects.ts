import { z } from 'zod';
import { metadataSchema, templateSchema } from './objects';

const weightField = z.object({ weight: z.number().default(0), podTemplateHash: z.string().default('') });
const strategyField = z.object({ antiAffinity: z.looseObject({}).optional() });

/** A Rollout of Argo Rollouts. */
export const rolloutSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    replicas: z.int().default(1),
    paused: z.boolean().default(false),
    /** Not there where another object has it, which `workloadRef` names. */
    template: templateSchema.optional(),
    workloadRef: z.object({ kind: z.string(), name: z.string() }).optional(),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }).default({ matchLabels: {} }),
    strategy: z.object({ canary: strategyField.optional(), blueGreen: strategyField.optional() }).default({}),
  }),
  status: z
    .object({
      observedGeneration: z.string().default('0'),
      abort: z.boolean().default(false),
      /** Set once the controller has taken an abort up, and taken away with it. */
      abortedAt: z.string().optional(),
      promoteFull: z.boolean().default(false),
      phase: z.string().default(''),
      message: z.string().default(''),
      stableRS: z.string().default(''),
      currentPodHash: z.string().default(''),
      currentStepIndex: z.int().optional(),
      canary: z
        .object({
          weights: z
            .object({ canary: weightField, stable: weightField, additional: z.array(weightField).default([]) })
            .optional(),
        })
        .default({}),
      blueGreen: z.object({ activeSelector: z.string().default('') }).default({ activeSelector: '' }),
    })
    .prefault({}),
});

/** ReplicaSets of Rollouts, as a list. */
export const rolloutSetsSchema = z.object({
  items: z.array(
    z.object({
      metadata: metadataSchema.extend({ ownerReferences: z.array(z.object({ uid: z.string() })).default([]) }),
      spec: z.object({ replicas: z.int().default(1), template: templateSchema }),
      status: z.object({ availableReplicas: z.int().default(0) }).default({ availableReplicas: 0 }),
    }),
  ),
});

/** The template of one of them, to be written back. */
export const rolledTemplateSchema = z.object({
  spec: z.object({
    template: z.looseObject({ metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }) }),
  }),
});
