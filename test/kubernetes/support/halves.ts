import type { TargetSubject } from '../../contract/deployment-target.contract';
import type { ControlPlane } from './control-plane';
import { deploy, deployment, deploymentPath, freshName } from './fleet';
import { fronted } from './fronted';
import type { Fronted } from './fronted';

/** A shop whose pods one Service selects: `<name>-blue` has v42 and all the pods, `<name>-green` has v41 and none. */
export interface HalvedShop extends Fronted, Pick<TargetSubject, 'changes' | 'setting'> {
  readonly shop: string;
  /** Pods that blue and green want. */
  readonly sizes: () => Promise<readonly number[]>;
  /** Somebody else changes one of them. */
  readonly change: (which: 'blue' | 'green', body: object) => Promise<void>;
}

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function halvedShop(
  plane: ControlPlane,
  change: { readonly replicas?: number; readonly marks?: object; readonly token?: string } = {},
): Promise<HalvedShop> {
  const { kube } = plane;
  const { replicas = 4, token, marks = {} } = change;
  const shop = freshName();
  const names = [`${shop}-blue`, `${shop}-green`] as const;
  await Promise.all([
    deploy(kube, { name: names[0], revision: 'v42', replicas, marks }),
    deploy(kube, { name: names[1], revision: 'v41', replicas: 0 }),
  ]);
  const base = await fronted(plane, { type: 'kubernetes-replicas', deployments: names }, token);
  const read = () => Promise.all(names.map((name) => deployment(kube, name)));
  return {
    ...base,
    shop,
    sizes: async () => (await read()).map(({ spec }) => spec.replicas),
    setting: async () => (await read()).map(({ spec }) => spec),
    change: async (which, body) => void (await kube.merge(deploymentPath(`${shop}-${which}`), body)),
    // A move is two changes: of the pods that come, and of those that go.
    changes: () => Promise.resolve(Math.ceil(base.front.changesOf('/spec/replicas') / 2)),
  };
}
