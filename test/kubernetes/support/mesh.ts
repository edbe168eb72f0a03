import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget } from '../../../src/ports';
import { testDependencies } from '../../adapters/support/dependencies';
import type { TargetSubject } from '../../contract/deployment-target.contract';
import { ADMIN_TOKEN } from './control-plane';
import type { ControlPlane } from './control-plane';
import { deploy, deployment, freshName } from './fleet';
import { startFront } from './front';
import type { Front } from './front';

const PATH = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';

interface Route {
  readonly destination: object;
  readonly weight?: number;
}

/** A shop of which Istio splits the requests between two subsets: `<name>-one` runs v42 and serves all, `<name>-two` v41. */
export interface MeshedShop extends TargetSubject {
  readonly route: string;
  /** The address of its VirtualService in the API. */
  readonly path: string;
  readonly front: Front;
  readonly routes: () => Promise<readonly Route[]>;
  /** Somebody else sets them. */
  readonly setRoutes: (routes: readonly Route[]) => Promise<void>;
  /** What a policy file says of it. */
  readonly stanza: { readonly type: string } & Readonly<Record<string, unknown>>;
  /** The same target with other settings. */
  readonly targetWith: (settings: object) => DeploymentTarget;
}

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function meshedShop(
  plane: ControlPlane,
  { token = ADMIN_TOKEN }: { readonly token?: string } = {},
): Promise<MeshedShop> {
  const { kube } = plane;
  const route = freshName();
  const path = `${PATH}/${route}`;
  const [one, two] = [`${route}-one`, `${route}-two`];
  await Promise.all([
    deploy(kube, { name: one, revision: 'v42', replicas: 2 }),
    deploy(kube, { name: two, revision: 'v41', replicas: 0 }),
  ]);
  await kube.create(PATH, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: route },
    spec: { hosts: [route], http: [{ route: [to(route, 'one', 100), to(route, 'two', 0)] }] },
  });
  const front = await startFront(kube, token);
  const adapter = {
    type: 'kubernetes-virtualservice',
    kubeconfig: plane.kubeconfig({ token, server: front.url }),
    route,
    backends: [
      { host: route, subset: 'one', deployment: one },
      { host: route, subset: 'two', deployment: two },
    ],
  };
  const targetWith = (settings: object): DeploymentTarget =>
    createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter: { ...adapter, ...settings } });
  const read = () => kube.get<{ metadata: { generation: number }; spec: { http: { route: Route[] }[] } }>(path);
  const generations = async (): Promise<number> => {
    const found = await Promise.all([read(), deployment(kube, one), deployment(kube, two)]);
    return found.reduce((sum, { metadata }) => sum + metadata.generation, 0);
  };
  const first = await generations();
  return {
    target: targetWith({}),
    stanza: adapter,
    name: 'eu',
    secrets: [token],
    // The target speaks to the front, a person to the server itself.
    shell: { ...plane.shell(), CONTEXT_eu: 'test' },
    route,
    path,
    front,
    targetWith,
    misbehave: front.misbehave,
    changes: async () => (await generations()) - first,
    setting: async () => (await read()).spec,
    routes: async () => (await read()).spec.http[0]?.route ?? [],
    setRoutes: async (routes) => void (await kube.merge(path, { spec: { http: [{ route: routes }] } })),
    close: front.close,
  };
}

/** That much to a subset. */
export function to(host: string, subset: string, weight: number) {
  return { destination: { host, subset }, weight };
}
