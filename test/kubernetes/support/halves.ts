import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget } from '../../../src/ports';
import { testDependencies } from '../../adapters/support/dependencies';
import type { TargetSubject } from '../../contract/deployment-target.contract';
import { ADMIN_TOKEN } from './control-plane';
import type { ControlPlane } from './control-plane';
import { deploy, deployment, deploymentPath, freshName } from './fleet';
import { startFront } from './front';
import type { Front } from './front';

/** A shop whose pods one Service selects: `<name>-blue` has v42 and all the pods, `<name>-green` has v41 and none. */
export interface HalvedShop extends TargetSubject {
  readonly shop: string;
  readonly front: Front;
  /** Pods that blue and green want. */
  readonly sizes: () => Promise<readonly number[]>;
  /** Somebody else changes one of them. */
  readonly change: (which: 'blue' | 'green', body: object) => Promise<void>;
  /** What a policy file says of it. */
  readonly stanza: { readonly type: string } & Readonly<Record<string, unknown>>;
  /** The same target with other settings. */
  readonly targetWith: (settings: object) => DeploymentTarget;
}

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function halvedShop(
  plane: ControlPlane,
  change: { readonly replicas?: number; readonly marks?: object; readonly token?: string } = {},
): Promise<HalvedShop> {
  const { kube } = plane;
  const { replicas = 4, token = ADMIN_TOKEN, marks = {} } = change;
  const shop = freshName();
  const names = [`${shop}-blue`, `${shop}-green`] as const;
  await Promise.all([
    deploy(kube, { name: names[0], revision: 'v42', replicas, marks }),
    deploy(kube, { name: names[1], revision: 'v41', replicas: 0 }),
  ]);
  const front = await startFront(kube, token);
  const adapter = {
    type: 'kubernetes-replicas',
    kubeconfig: plane.kubeconfig({ token, server: front.url }),
    deployments: names,
  };
  const targetWith = (settings: object): DeploymentTarget =>
    createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter: { ...adapter, ...settings } });
  const read = () => Promise.all(names.map((name) => deployment(kube, name)));
  return {
    target: targetWith({}),
    stanza: adapter,
    name: 'eu',
    secrets: [token],
    // The target speaks to the front, a person to the server itself.
    shell: { ...plane.shell(), CONTEXT_eu: 'test' },
    shop,
    front,
    targetWith,
    sizes: async () => (await read()).map(({ spec }) => spec.replicas),
    setting: async () => (await read()).map(({ spec }) => spec),
    change: async (which, body) => void (await kube.merge(deploymentPath(`${shop}-${which}`), body)),
    misbehave: front.misbehave,
    // A move is two changes: of the pods that come, and of those that go.
    changes: () => Promise.resolve(Math.ceil(front.changesOf('/spec/replicas') / 2)),
    close: front.close,
  };
}
