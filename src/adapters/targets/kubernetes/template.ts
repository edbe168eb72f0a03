import { z } from 'zod';
import type { PatchOperation } from './api';
import type { Metadata } from './objects';

/** What the controller adds to tell the pods of a ReplicaSet; it is no part of what was rolled out. */
const HASH_LABEL = 'pod-template-hash';
/** Why a revision was rolled out; `kubectl rollout history` shows it. */
const CHANGE_CAUSE = 'kubernetes.io/change-cause';

/** A ReplicaSet with its whole template, to be written back. */
export const keptTemplateSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    template: z.looseObject({
      metadata: z.looseObject({ labels: z.record(z.string(), z.string()).default({}) }).default({ labels: {} }),
    }),
  }),
});

/** Gives a Deployment that template again, in the very words by which the controller knows the ReplicaSet again. */
export function templateOperations(
  { annotations }: Metadata,
  { metadata, spec }: z.infer<typeof keptTemplateSchema>,
): readonly PatchOperation[] {
  const { [HASH_LABEL]: _hash, ...labels } = spec.template.metadata.labels;
  const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
  return [{ op: 'replace', path: '/spec/template', value: template }, ...causeOperations(annotations, metadata)];
}

function causeOperations(
  now: Metadata['annotations'],
  { annotations: before }: Pick<Metadata, 'annotations'>,
): readonly PatchOperation[] {
  const path = `/metadata/annotations/${CHANGE_CAUSE.replace('/', '~1')}`;
  const cause = before[CHANGE_CAUSE];
  if (cause !== undefined) return [{ op: 'add', path, value: cause }];
  return now[CHANGE_CAUSE] === undefined ? [] : [{ op: 'remove', path }];
}
