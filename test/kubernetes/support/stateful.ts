import type { TargetSubject } from '../../contract/deployment-target.contract';
import type { ControlPlane } from './control-plane';
import { eventually, freshName, podTemplate } from './fleet';
import { fronted } from './fronted';
import type { Fronted } from './fronted';
import type { Kube } from './kube';

const APPS = '/apis/apps/v1/namespaces/default';
const PODS = '/api/v1/namespaces/default/pods';

/** A StatefulSet as far as tests look at it. */
interface StatefulSet {
  readonly metadata: { readonly generation: number };
  readonly spec: {
    readonly replicas: number;
    readonly template: object;
    readonly updateStrategy: { readonly type: string; readonly rollingUpdate?: { readonly partition?: number } };
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly currentRevision: string;
    readonly updateRevision: string;
  };
}

interface Pod {
  readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Record<string, string> };
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** A shop that is a StatefulSet: all of its pods run v42, and v41 is kept. */
export interface StatefulShop extends Fronted, Pick<TargetSubject, 'changes' | 'setting'> {
  readonly set: string;
  readonly path: string;
  readonly read: () => Promise<StatefulSet>;
  /** By place, from the lowest on: the revision, with a `!` where it is not ready. */
  readonly pods: () => Promise<readonly string[]>;
  /** Waits until the pods are these: of what is not gone back to, an effect waits for no pod to be ready. */
  readonly untilPods: (...pods: readonly string[]) => Promise<void>;
  /** The pods that are there, by their uids. */
  readonly uids: () => Promise<readonly string[]>;
  /** Somebody else changes it. */
  readonly change: (spec: object) => Promise<void>;
}

/** How the shop is made. */
export interface StatefulWishes {
  readonly replicas?: number;
  readonly policy?: 'OrderedReady' | 'Parallel';
  /** What it is to want besides, once its pods are there. */
  readonly spec?: object;
  readonly marks?: object;
  readonly token?: string;
  /** Where pods of v41 are to run, which have not run before; nobody plays a machine that is not there. */
  readonly oldNode?: string;
  /** The last version that is fully there, where v42 is not. */
  readonly served?: 'v41';
}

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function statefulShop(plane: ControlPlane, wishes: StatefulWishes = {}): Promise<StatefulShop> {
  const { kube } = plane;
  const set = freshName();
  const path = `${APPS}/statefulsets/${set}`;
  await create(kube, set, wishes);
  const base = await fronted(plane, { type: 'kubernetes-statefulset', statefulset: set }, wishes.token);
  const read = (): Promise<StatefulSet> => kube.get<StatefulSet>(path);
  const first = (await read()).metadata.generation;
  const pods = async (): Promise<readonly string[]> => (await podsOf(kube, set)).map(told);
  return {
    ...base,
    set,
    path,
    read,
    changes: async () => (await read()).metadata.generation - first,
    setting: async () => (await read()).spec,
    pods,
    untilPods: (...wanted) => eventually(async () => (await pods()).join() === wanted.join()),
    uids: async () => (await podsOf(kube, set)).map(({ metadata }) => metadata.uid),
    change: async (spec) => void (await kube.merge(path, { spec })),
  };
}

/** A template whose pods find no machine, and are never ready. */
export function brokenTemplate(app: string, revision: string): object {
  const template = podTemplate(app, revision) as { spec: object };
  return { ...template, spec: { ...template.spec, nodeName: 'nowhere' } };
}

async function create(kube: Kube, name: string, wishes: StatefulWishes): Promise<void> {
  const { replicas = 4, policy = 'Parallel', spec, marks = {}, served = 'v42', oldNode: nodeName } = wishes;
  const old = podTemplate(name, 'v41');
  const path = `${APPS}/statefulsets/${name}`;
  const empty = served === 'v42';
  await kube.create(`${APPS}/statefulsets`, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name, ...marks },
    spec: {
      replicas: empty ? 0 : replicas,
      serviceName: name,
      podManagementPolicy: policy,
      selector: { matchLabels: { app: name } },
      template: nodeName === undefined ? old : { ...old, spec: { ...old.spec, nodeName } },
    },
  });
  if (empty) {
    await untilSettled(kube, path, 0);
    await kube.merge(path, { spec: { replicas, template: podTemplate(name, 'v42') } });
  }
  await untilSettled(kube, path, replicas);
  if (spec) await kube.merge(path, { spec });
}

/** Until all of its pods run what it wants, and are ready. */
export async function untilSettled(kube: Kube, path: string, replicas: number): Promise<void> {
  await eventually(async () => {
    const { metadata, status } = await kube.get<StatefulSet>(path);
    const isSeen = status.observedGeneration === metadata.generation && status.updateRevision !== '';
    return isSeen && status.currentRevision === status.updateRevision && (status.readyReplicas ?? 0) === replicas;
  });
}

async function podsOf(kube: Kube, set: string): Promise<readonly Pod[]> {
  const { items } = await kube.get<{ items: Pod[] }>(`${PODS}?labelSelector=app%3D${set}`);
  const ordinal = ({ metadata }: Pod): number => Number(metadata.name.slice(set.length + 1));
  return items.toSorted((one, other) => ordinal(one) - ordinal(other));
}

function told({ metadata, status }: Pod): string {
  const revision = metadata.labels['app.kubernetes.io/version'] ?? '?';
  return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')
    ? revision
    : `${revision}!`;
}
