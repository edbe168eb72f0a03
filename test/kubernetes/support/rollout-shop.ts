import type { TargetSubject } from '../../contract/deployment-target.contract';
import type { ControlPlane } from './control-plane';
import { eventually, freshName, podTemplate } from './fleet';
import { fronted } from './fronted';
import type { Fronted } from './fronted';
import type { Kube } from './kube';

/** A Rollout as far as tests look at it. */
interface Rollout {
  readonly metadata: {
    readonly generation: number;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly template: object };
  readonly status?: {
    readonly observedGeneration?: string;
    readonly phase?: string;
    readonly abort?: boolean;
    readonly stableRS?: string;
    readonly currentPodHash?: string;
    readonly promoteFull?: boolean;
    readonly currentStepIndex?: number;
    readonly availableReplicas?: number;
  };
}

/** A shop that is a Rollout: it serves v42 whole, and v41 is kept; or it is on its way from v41 to v42. */
export interface RolloutShop extends Fronted, Pick<TargetSubject, 'changes' | 'setting'> {
  readonly rollout: string;
  readonly path: string;
  readonly read: () => Promise<Rollout>;
  /** Available pods by revision. */
  readonly pods: () => Promise<Readonly<Record<string, number>>>;
  /** Somebody else changes it, and its controller has heard of it. */
  readonly change: (spec: object) => Promise<void>;
  /** The same, whatever its controller has heard: for what must not take longer than a call. */
  readonly changeUnheard: (spec: object) => Promise<void>;
  /** Somebody else says so to its controller. */
  readonly say: (status: object) => Promise<void>;
  readonly untilPhase: (phase: string) => Promise<void>;
  /** Where it is routed, the weights of the old stable and of the canary. */
  readonly routes: () => Promise<readonly number[]>;
  /** Where it is routed, the weights of revisions, by what the Services behind the weights select. */
  readonly traffic: () => Promise<Readonly<Record<string, number>>>;
}

/** How the shop is made. */
export interface RolloutWishes {
  readonly replicas?: number;
  /** Where it stops on its way to v42: at its first step, half of it. */
  readonly half?: boolean;
  /** Where pods of v42 are to run; nobody plays a machine that is not there, and somebody has promoted it for all that. */
  readonly newNode?: string;
  readonly spec?: object;
  /** Blue and green instead of a canary, switched where a person says so. */
  readonly blueGreen?: object;
  /** A canary behind a VirtualService of Istio, of which `routes` tells the weights. */
  readonly routed?: boolean;
  /** And its pods follow the weights, instead of all of them staying until the end. */
  readonly dynamic?: boolean;
  readonly marks?: object;
  readonly token?: string;
}

/** Half, and then whatever a person says. */
const HALF_THEN_ASK = { steps: [{ setWeight: 50 }, { pause: {} }] };

/** Makes it, waits for its pods, and puts a front before the API server. */
export async function rolloutShop(plane: ControlPlane, wishes: RolloutWishes = {}): Promise<RolloutShop> {
  const { kube } = plane;
  const rollout = freshName();
  const path = `${ROLLOUTS}/${rollout}`;
  const read = (): Promise<Rollout> => kube.get<Rollout>(path);
  const untilPhase = async (phase: string): Promise<void> => {
    let seen: unknown;
    await eventually(async () => {
      const { metadata, status } = await read();
      seen = status;
      return status?.observedGeneration === String(metadata.generation) && status.phase === phase;
    }).catch((error: unknown) => {
      throw new Error(`${rollout} did not become ${phase}: ${JSON.stringify(seen)}`, { cause: error });
    });
  };
  await create(kube, rollout, wishes, untilPhase);
  const base = await fronted(plane, { type: 'argo-rollouts', rollout }, wishes.token);
  const first = (await read()).metadata.generation;
  return {
    ...base,
    rollout,
    path,
    read,
    untilPhase,
    changes: async () => (await read()).metadata.generation - first,
    pods: () => podsOf(kube, rollout),
    change: (spec) => tell(kube, path, { spec }),
    changeUnheard: async (spec) => void (await kube.merge(path, { spec })),
    say: (status) => tell(kube, path, { status }, 'status'),
    routes: async () => (await routeOf(kube, rollout)).map(({ weight }) => weight),
    traffic: () => trafficOf(kube, rollout),
  };
}

const ROLLOUTS = '/apis/argoproj.io/v1alpha1/namespaces/default/rollouts';
const VIRTUAL_SERVICES = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';

async function create(
  kube: Kube,
  name: string,
  wishes: RolloutWishes,
  untilPhase: (phase: string) => Promise<void>,
): Promise<void> {
  const { replicas = 2, half = false, spec = {}, marks = {}, blueGreen, routed = false, newNode } = wishes;
  const services = blueGreen ? [name] : routed ? [`${name}-stable`, `${name}-canary`] : [];
  for (const each of services) await serve(kube, each, name);
  if (routed) await route(kube, name, services);
  const strategy = blueGreen
    ? { blueGreen: { activeService: name, autoPromotionEnabled: false, ...blueGreen } }
    : { canary: { ...HALF_THEN_ASK, ...(routed ? routedBy(name, wishes) : {}) } };
  await kube.create(ROLLOUTS, {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Rollout',
    metadata: { name, ...marks },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: podTemplate(name, 'v41'), strategy, ...spec },
  });
  await untilPhase('Healthy');
  const path = `${ROLLOUTS}/${name}`;
  const suspect = podTemplate(name, 'v42');
  const nodeName = newNode ?? suspect.spec.nodeName;
  await tell(kube, path, { spec: { template: { ...suspect, spec: { ...suspect.spec, nodeName } } } });
  await untilPhase(newNode === undefined ? 'Paused' : 'Progressing');
  if (half) return;
  await tell(kube, path, { status: { promoteFull: true } }, 'status');
  if (newNode !== undefined) return;
  await untilPhase('Healthy');
  // A promotion leaves the weights as they were: they follow when its controller looks again, which is after it is told.
  if (routed) await eventually(async () => (await trafficOf(kube, name))['v42'] === 100);
}

/** Longer than a controller takes that hears. */
const UNHEARD_MS = 2_000;

/**
 * Changes a Rollout, and waits until its controller has changed something, too. As a person does who sees nothing
 * happen, it touches what stays as it is: the controller may have put an older Rollout over the one that it was told of
 * (see `rollout-wake.ts`), and hears of it with the next change.
 */
async function tell(kube: Kube, path: string, body: object, part?: 'status'): Promise<void> {
  // Whatever is merged into a Rollout, a Rollout is the answer.
  let left = (await kube.merge(part === undefined ? path : `${path}/${part}`, body)) as Rollout;
  let since = Date.now();
  await eventually(async () => {
    const { resourceVersion } = left.metadata;
    if ((await kube.get<Rollout>(path)).metadata.resourceVersion !== resourceVersion) return true;
    if (Date.now() - since < UNHEARD_MS) return false;
    left = (await kube.merge(path, { metadata: { annotations: { touched: resourceVersion } } })) as Rollout;
    since = Date.now();
    return false;
  });
}

function routedBy(name: string, { dynamic = false }: RolloutWishes) {
  return {
    dynamicStableScale: dynamic,
    stableService: `${name}-stable`,
    canaryService: `${name}-canary`,
    trafficRouting: { istio: { virtualService: { name } } },
  };
}

async function serve(kube: Kube, name: string, app: string): Promise<void> {
  await kube.create('/api/v1/namespaces/default/services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app }, ports: [{ port: 80 }] },
  });
}

async function route(kube: Kube, name: string, hosts: readonly string[]): Promise<void> {
  await kube.create(VIRTUAL_SERVICES, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name },
    spec: {
      hosts: [name],
      http: [{ route: hosts.map((host, at) => ({ destination: { host }, weight: at === 0 ? 100 : 0 })) }],
    },
  });
}

async function routeOf(kube: Kube, name: string) {
  const { spec } = await kube.get<{
    spec: { http: { route: { destination: { host: string }; weight: number }[] }[] };
  }>(`${VIRTUAL_SERVICES}/${name}`);
  return spec.http[0]?.route ?? [];
}

async function trafficOf(kube: Kube, rollout: string): Promise<Record<string, number>> {
  const sets = await setsOf(kube, rollout);
  const found: Record<string, number> = {};
  for (const { destination, weight } of await routeOf(kube, rollout)) {
    if (weight === 0) continue;
    const path = `/api/v1/namespaces/default/services/${destination.host}`;
    const { spec } = await kube.get<{ spec: { selector: Record<string, string> } }>(path);
    const hash = spec.selector['rollouts-pod-template-hash'];
    const revision = sets.find((set) => set.hash === hash)?.revision ?? '?';
    found[revision] = (found[revision] ?? 0) + weight;
  }
  return found;
}

async function podsOf(kube: Kube, rollout: string): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const { revision, available } of await setsOf(kube, rollout))
    found[revision] = (found[revision] ?? 0) + available;
  return found;
}

async function setsOf(kube: Kube, rollout: string) {
  const { items } = await kube.get<{
    items: {
      spec: { template: { metadata: { labels: Record<string, string> } } };
      status: { availableReplicas?: number };
    }[];
  }>(`/apis/apps/v1/namespaces/default/replicasets?labelSelector=app%3D${rollout}`);
  return items.map(({ spec, status }) => {
    const { labels } = spec.template.metadata;
    const [revision = '?', hash = '?'] = [labels['app.kubernetes.io/version'], labels['rollouts-pod-template-hash']];
    return { revision, hash, available: status.availableReplicas ?? 0 };
  });
}
