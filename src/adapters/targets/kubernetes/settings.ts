import { z } from 'zod';

/** A name as Kubernetes allows it, so that it can stand in an address as it is. */
export const nameField = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/, 'must be a name of Kubernetes: a-z, 0-9, dash and dot');

const labelKey = z
  .string()
  .max(317)
  .regex(/^([a-z0-9]([-.a-z0-9]*[a-z0-9])?\/)?[A-Za-z0-9]([-._A-Za-z0-9]*[A-Za-z0-9])?$/, 'must be the key of a label');

/** Settings of every target that is an object in a Kubernetes cluster. */
export const clusterSettings = {
  kubeconfig: z
    .string()
    .min(1)
    .optional()
    .describe('path of a kubeconfig; without it KUBECONFIG, ~/.kube/config, or the service account of the pod'),
  context: z.string().min(1).optional().describe('context of the kubeconfig; its current one without'),
  namespace: nameField.default('default'),
  revision: z
    .union([
      z.strictObject({ label: labelKey.describe("label of the pods that holds the revision's name") }),
      z.strictObject({ image: nameField.describe("container whose image's digest, else tag, is the revision's name") }),
    ])
    .default({ label: 'app.kubernetes.io/version' })
    .describe('where the name of a revision stands'),
  owned: z
    .enum(['refuse', 'accept'])
    .default('refuse')
    .describe('whether to change what Argo CD, Flux or Helm manages, which they may put back'),
  timeoutMs: z.int().min(100).max(5_000).default(5_000).describe('longest single call'),
};

/** Where the API server is and with whose credentials it is asked. */
export interface ClusterSettings {
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** Where the name of a revision stands in the template of a pod. */
export type RevisionSource = { readonly label: string } | { readonly image: string };
