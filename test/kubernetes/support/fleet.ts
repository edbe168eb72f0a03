import { setTimeout as pause } from 'node:timers/promises';
import type { Kube } from './kube';

const APPS = '/apis/apps/v1/namespaces/default';
let serial = 0;

/** A name that no other test has. */
export function freshName(): string {
  serial += 1;
  return `shop-${process.pid}-${serial}`;
}

/** A pod's template; without a scheduler it says itself where it runs. */
export function podTemplate(app: string, revision: string) {
  return {
    metadata: { labels: { app, 'app.kubernetes.io/version': revision } },
    spec: {
      nodeName: 'node',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: `registry.example/shop:${revision}` }],
    },
  };
}

/** A pair of builds that were pushed under one tag. */
export const BUILDS = { from: `sha256:${'42'.repeat(32)}`, to: `sha256:${'41'.repeat(32)}` };

/** What rolls such a build out when it is merged into a template: nothing but the image's digest changes. */
export function builtAs(digest: string) {
  return { spec: { containers: [{ name: 'main', image: `registry.example/shop:stable@${digest}` }] } };
}

/** A Deployment as somebody would have written it. */
export async function deploy(
  kube: Kube,
  { name, revision, replicas, marks = {} }: { name: string; revision: string; replicas: number; marks?: object },
): Promise<void> {
  await kube.create(`${APPS}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, ...marks },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name, revision) },
  });
  await untilReady(kube, name, replicas);
}

/** Rolls another revision out; one that is stuck has pods that find no machine and are never ready. */
export async function rollOut(
  kube: Kube,
  name: string,
  revision: string,
  { stuck }: { stuck: boolean },
): Promise<void> {
  const labels = { 'app.kubernetes.io/version': revision };
  const template = { metadata: { labels }, spec: { nodeName: stuck ? 'nowhere' : 'node' } };
  await kube.merge(deploymentPath(name), { spec: { template } });
}

/** A machine that was not there comes, and its pods are played. */
export async function machineComes(kube: Kube, name: string): Promise<void> {
  await kube.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
  });
}

interface Scaled {
  readonly metadata: { readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: { readonly availableReplicas?: number; readonly observedGeneration?: number };
}

/** The address of a Deployment in the API. */
export function deploymentPath(name: string): string {
  return `${APPS}/deployments/${name}`;
}

export function deployment(kube: Kube, name: string): Promise<Scaled> {
  return kube.get(deploymentPath(name));
}

export async function untilReady(kube: Kube, name: string, replicas: number): Promise<void> {
  await eventually(async () => {
    const { status, metadata } = await deployment(kube, name);
    return status.observedGeneration === metadata.generation && (status.availableReplicas ?? 0) === replicas;
  });
}

/** Controllers share two processors with much else. */
const PATIENCE_MS = 120_000;

/** Until it is so, and not for ever. */
export async function eventually(look: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`it did not become so within ${PATIENCE_MS / 1_000} s`);
    await pause(50);
  }
}

interface Pod {
  readonly spec: { readonly containers: readonly { readonly image: string }[] };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** The one tag that all pods of an app run and are ready with; else undefined. */
export async function runningTag(kube: Kube, app: string): Promise<string | undefined> {
  const { items } = await kube.get<{ items: readonly Pod[] }>(
    `/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`,
  );
  const isReady = items.every(({ status }) =>
    status.conditions?.some((is) => is.type === 'Ready' && is.status === 'True'),
  );
  const tags = new Set(items.map(({ spec }) => spec.containers[0]?.image.split(':').at(-1)));
  return isReady && tags.size === 1 ? [...tags][0] : undefined;
}
