import type { TargetSubject } from '../../contract/deployment-target.contract';
import type { ControlPlane } from './control-plane';
import { eventually, freshName, podTemplate } from './fleet';
import { fronted } from './fronted';
import type { Fronted } from './fronted';

const APPS = '/apis/apps/v1/namespaces/default';

/** A Deployment as far as tests look at it. */
export interface Rolled {
  readonly metadata: { readonly generation: number; readonly annotations: Record<string, string> };
  readonly spec: { readonly replicas: number; readonly template: object };
  readonly status: Partial<
    Record<'observedGeneration' | 'replicas' | 'updatedReplicas' | 'availableReplicas', number>
  > & { readonly conditions?: readonly { readonly type: string; readonly reason: string }[] };
}

/** A ReplicaSet as far as tests look at it. */
interface Kept {
  readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  readonly status: { readonly replicas: number };
}

/** A shop of one Deployment that ran v41 and has been rolled to v42. */
export interface RolledShop extends Fronted, Pick<TargetSubject, 'changes' | 'setting'> {
  readonly shop: string;
  readonly path: string;
  readonly read: () => Promise<Rolled>;
  readonly change: (body: object) => Promise<void>;
  /** Rolls a revision out as whoever releases does. */
  readonly roll: (revision: string) => Promise<void>;
  /** Its ReplicaSets by revision. */
  readonly sets: () => Promise<ReadonlyMap<string, Kept>>;
  readonly untilRolledOut: () => Promise<void>;
}

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function rolledShop(
  plane: ControlPlane,
  change: {
    readonly marks?: object;
    readonly token?: string;
    readonly replicas?: number;
    readonly spec?: object;
    /** Where pods of v41 run; nobody plays a machine that is not there. */
    readonly oldNode?: string;
  } = {},
): Promise<RolledShop> {
  const { kube } = plane;
  const shop = freshName();
  const path = `${APPS}/deployments/${shop}`;
  const { replicas = 2, token } = change;
  const read = (): Promise<Rolled> => kube.get(path);
  const untilRolledOut = (): Promise<void> => eventually(async () => isRolledOut(await read()));
  const merge = async (body: object): Promise<void> => void (await kube.merge(path, body));
  const roll = (revision: string): Promise<void> => merge({ spec: { template: podTemplate(shop, revision) } });
  const old = podTemplate(shop, 'v41');
  await kube.create(`${APPS}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: shop, ...change.marks },
    spec: {
      replicas,
      selector: { matchLabels: { app: shop } },
      template: change.oldNode === undefined ? old : { ...old, spec: { ...old.spec, nodeName: change.oldNode } },
      ...change.spec,
    },
  });
  if (change.oldNode === undefined) await untilRolledOut();
  else await eventually(async () => (await read()).status.updatedReplicas === replicas);
  await roll('v42');
  await untilRolledOut();
  const base = await fronted(plane, { type: 'kubernetes-deployment', deployment: shop }, token);
  const templates = async (): Promise<number> =>
    Number((await read()).metadata.annotations['deployment.kubernetes.io/revision']);
  const first = await templates();
  return {
    ...base,
    shop,
    path,
    read,
    change: merge,
    roll,
    untilRolledOut,
    // Each roll-out is counted, also one to a ReplicaSet that is used again.
    changes: async () => (await templates()) - first,
    setting: async () => (await read()).spec,
    async sets() {
      const { items } = await kube.get<{ items: readonly Kept[] }>(`${APPS}/replicasets?labelSelector=app%3D${shop}`);
      return new Map(items.map((set) => [set.metadata.labels['app.kubernetes.io/version'] ?? '', set]));
    },
  };
}

function isRolledOut({ metadata, spec, status }: Rolled): boolean {
  const { observedGeneration, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  if (observedGeneration !== metadata.generation) return false;
  return [replicas, updatedReplicas, availableReplicas].every((count) => count === spec.replicas);
}
