import type { TargetSubject } from '../../contract/deployment-target.contract';
import type { ControlPlane } from './control-plane';
import { deploy, deployment, freshName } from './fleet';
import { fronted } from './fronted';
import type { Fronted } from './fronted';

const PATH = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';

interface Route {
  readonly destination: object;
  readonly weight?: number;
}

/** A shop of which Istio splits the requests between two subsets: `<name>-one` runs v42 and serves all, `<name>-two` v41. */
export interface MeshedShop extends Fronted, Pick<TargetSubject, 'changes' | 'setting'> {
  readonly route: string;
  /** The address of its VirtualService in the API. */
  readonly path: string;
  readonly routes: () => Promise<readonly Route[]>;
  /** Somebody else sets them. */
  readonly setRoutes: (routes: readonly Route[]) => Promise<void>;
}

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function meshedShop(
  plane: ControlPlane,
  { token }: { readonly token?: string } = {},
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
  const base = await fronted(
    plane,
    {
      type: 'kubernetes-virtualservice',
      route,
      backends: [
        { host: route, subset: 'one', deployment: one },
        { host: route, subset: 'two', deployment: two },
      ],
    },
    token,
  );
  const read = () => kube.get<{ metadata: { generation: number }; spec: { http: { route: Route[] }[] } }>(path);
  const generations = async (): Promise<number> => {
    const found = await Promise.all([read(), deployment(kube, one), deployment(kube, two)]);
    return found.reduce((sum, { metadata }) => sum + metadata.generation, 0);
  };
  const first = await generations();
  return {
    ...base,
    route,
    path,
    changes: async () => (await generations()) - first,
    setting: async () => (await read()).spec,
    routes: async () => (await read()).spec.http[0]?.route ?? [],
    setRoutes: async (routes) => void (await kube.merge(path, { spec: { http: [{ route: routes }] } })),
  };
}

/** That much to a subset. */
export function to(host: string, subset: string, weight: number) {
  return { destination: { host, subset }, weight };
}
