import type { Kube } from '../../kubernetes/support/kube';

const GATEWAY_API = 'gateway.networking.k8s.io/v1';
const ROUTES = `/apis/${GATEWAY_API}/namespaces/default/httproutes`;
const APPS = '/apis/apps/v1/namespaces/default';

/** A pod of a Deployment that runs a revision on the machine's own network, where a process of the test plays its container. */
export interface PodOf {
  readonly app: string;
  readonly version: string;
  readonly port: number;
}

/** The template of its pods; without a scheduler it says itself where it runs. */
export function templateOf({ app, version, port }: PodOf) {
  return {
    metadata: { labels: { app, 'app.kubernetes.io/version': version } },
    spec: {
      hostNetwork: true,
      nodeName: 'node',
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'main',
          image: `registry.example/checkout:${version}`,
          ports: [{ name: 'http', containerPort: port }],
        },
      ],
    },
  };
}

/** A Deployment of two pods, with the Service before them. */
export async function deployWithService(kube: Kube, pod: PodOf): Promise<void> {
  const { app } = pod;
  await kube.create(`${APPS}/deployments`, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: app },
    spec: { replicas: 2, selector: { matchLabels: { app } }, template: templateOf(pod) },
  });
  await kube.create('/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: app },
    spec: { selector: { app }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  });
}

/** A gateway that listens there, of the class that this controller carries. */
export async function openGateway(kube: Kube, port: number, controllerName: string): Promise<void> {
  await kube.create(`/apis/${GATEWAY_API}/gatewayclasses`, {
    apiVersion: GATEWAY_API,
    kind: 'GatewayClass',
    metadata: { name: 'real' },
    spec: { controllerName },
  });
  await kube.create(`/apis/${GATEWAY_API}/namespaces/default/gateways`, {
    apiVersion: GATEWAY_API,
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: { gatewayClassName: 'real', listeners: [{ name: 'web', protocol: 'HTTP', port }] },
  });
}

/** A route of the paths below its name, split between Services as given. */
export async function openRoute(kube: Kube, name: string, shares: Readonly<Record<string, number>>): Promise<void> {
  const backendRefs = Object.entries(shares).map(([name, weight]) => ({ name, port: 80, weight }));
  await kube.create(ROUTES, {
    apiVersion: GATEWAY_API,
    kind: 'HTTPRoute',
    metadata: { name },
    spec: {
      parentRefs: [{ name: 'edge' }],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }], backendRefs }],
    },
  });
}

interface Route {
  readonly spec: {
    readonly rules: readonly {
      readonly backendRefs: readonly { readonly name: string; readonly port: number; readonly weight: number }[];
    }[];
  };
}

/** The weights of a route by Service. */
export async function weightsOf(kube: Kube, name: string): Promise<Readonly<Record<string, number>>> {
  const { spec } = await kube.get<Route>(`${ROUTES}/${name}`);
  const refs = spec.rules.flatMap(({ backendRefs }) => backendRefs);
  return Object.fromEntries(refs.map((ref) => [ref.name, ref.weight]));
}

/** What whoever releases does to a Deployment: another template. */
export async function rollOut(kube: Kube, pod: PodOf): Promise<void> {
  await kube.merge(`${APPS}/deployments/${pod.app}`, { spec: { template: templateOf(pod) } });
}

/** What a Deployment runs by its template, once all of its pods are of it; undefined until then. */
export async function rolledOut(kube: Kube, name: string): Promise<string | undefined> {
  const { metadata, spec, status } = await kube.get<{
    readonly metadata: { readonly generation: number };
    readonly spec: {
      readonly replicas: number;
      readonly template: { readonly metadata: { readonly labels: Readonly<Record<string, string>> } };
    };
    readonly status: Partial<
      Record<'observedGeneration' | 'replicas' | 'updatedReplicas' | 'availableReplicas', number>
    >;
  }>(`${APPS}/deployments/${name}`);
  const counts = [status.replicas, status.updatedReplicas, status.availableReplicas];
  const isDone = status.observedGeneration === metadata.generation && counts.every((count) => count === spec.replicas);
  return isDone ? spec.template.metadata.labels['app.kubernetes.io/version'] : undefined;
}
