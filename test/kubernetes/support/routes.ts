import type { TargetSubject } from '../../contract/deployment-target.contract';
import type { ControlPlane } from './control-plane';
import { deploy, deployment, eventually, freshName } from './fleet';
import { fronted } from './fronted';
import type { Fronted } from './fronted';

const HTTP_ROUTES = '/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes';

interface Rule {
  readonly name?: string;
  readonly backendRefs: readonly { readonly name: string; readonly weight: number }[];
}

/** A shop behind an HTTPRoute: `<name>-blue` runs v42 and serves everything, `<name>-green` is to run v41. */
export interface RoutedShop extends Fronted, Pick<TargetSubject, 'changes' | 'setting'> {
  readonly route: string;
  readonly weights: () => Promise<readonly (readonly number[])[]>;
  /** Somebody else sets them. */
  readonly setWeights: (blue: number, green: number) => Promise<void>;
}

export function httpRoutePath(name: string): string {
  return `${HTTP_ROUTES}/${name}`;
}

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function routedShop(
  plane: ControlPlane,
  change: { readonly rules?: (name: string) => readonly Rule[]; readonly marks?: object; readonly token?: string } = {},
): Promise<RoutedShop> {
  const { kube } = plane;
  const route = freshName();
  const [blue, green] = [`${route}-blue`, `${route}-green`];
  await Promise.all([
    deploy(kube, { name: blue, revision: 'v42', replicas: 2 }),
    deploy(kube, { name: green, revision: 'v41', replicas: 0 }),
  ]);
  const split = (one: number, other: number): Rule[] => [{ backendRefs: [backend(blue, one), backend(green, other)] }];
  await kube.create(HTTP_ROUTES, {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: route, ...change.marks },
    spec: { parentRefs: [{ name: 'edge' }], rules: change.rules?.(route) ?? split(100, 0) },
  });
  const base = await fronted(
    plane,
    {
      type: 'kubernetes-httproute',
      route,
      backends: [{ service: blue }, { service: green }],
    },
    change.token,
  );
  const first = await generations(plane, route);
  return {
    ...base,
    route,
    changes: async () => (await generations(plane, route)) - first,
    setting: async () => (await kube.get<{ spec: object }>(httpRoutePath(route))).spec,
    weights: async () => {
      const { spec } = await kube.get<{ spec: { rules: readonly Rule[] } }>(httpRoutePath(route));
      return spec.rules.map(({ backendRefs }) => backendRefs.map(({ weight }) => weight));
    },
    setWeights: async (one, other) =>
      void (await kube.merge(httpRoutePath(route), { spec: { rules: split(one, other) } })),
  };
}

/** A shop whose route a gateway has taken over; one has to watch. */
export async function takenShop(
  plane: ControlPlane,
  change: Parameters<typeof routedShop>[1] = {},
): Promise<RoutedShop> {
  const shop = await routedShop(plane, change);
  await untilTaken(plane, shop.route);
  return shop;
}

/** Waits until a gateway has taken a route over as it now is. */
export async function untilTaken({ kube }: ControlPlane, route: string): Promise<void> {
  await eventually(async () => {
    const { metadata, status } = await kube.get<{
      metadata: { generation: number };
      status?: { parents?: { conditions: { observedGeneration: number }[] }[] };
    }>(httpRoutePath(route));
    return status?.parents?.[0]?.conditions[0]?.observedGeneration === metadata.generation;
  });
}

function backend(name: string, weight: number) {
  return { name, port: 80, weight };
}

/** A generation is counted up with every change of what an object wants. */
async function generations({ kube }: ControlPlane, route: string): Promise<number> {
  const found = await Promise.all([
    kube.get<{ metadata: { generation: number } }>(httpRoutePath(route)),
    deployment(kube, `${route}-blue`),
    deployment(kube, `${route}-green`),
  ]);
  return found.reduce((sum, { metadata }) => sum + metadata.generation, 0);
}

/** A policy of the cluster lets nobody change that route any more. */
export async function freeze({ kube }: ControlPlane, route: string): Promise<void> {
  const admission = '/apis/admissionregistration.k8s.io/v1';
  await kube.create(`${admission}/validatingadmissionpolicies`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: route },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['gateway.networking.k8s.io'],
            apiVersions: ['v1'],
            operations: ['UPDATE'],
            resources: ['httproutes'],
          },
        ],
      },
      validations: [{ expression: `object.metadata.name != '${route}'`, message: 'frozen by ops' }],
    },
  });
  await kube.create(`${admission}/validatingadmissionpolicybindings`, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: route },
    spec: { policyName: route, validationActions: ['Deny'] },
  });
}
