import type { ControlPlane } from './control-plane';
import { eventually } from './fleet';
import type { Kube, KubeObject } from './kube';

const AUTOSCALERS = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
const LOADS = '/apis/external.metrics.k8s.io/v1beta1/namespaces/default/requests';
/** Of the load, what one pod is to have. */
const EACH = 10;

/**
 * Objects in the place where an adapter would serve a metric: what an autoscaler asks the API server for is what a test
 * has written there. The group is one of Kubernetes' own, which wants to know who approved it.
 */
const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: requests.external.metrics.k8s.io
  annotations: { api-approved.kubernetes.io: 'unapproved, for tests only' }
spec:
  group: external.metrics.k8s.io
  scope: Namespaced
  names: { kind: ExternalMetricValue, plural: requests, singular: request }
  versions:
    - name: v1beta1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
`;

/** A real HorizontalPodAutoscaler, with the real controller behind it. */
export interface Autoscaler {
  /** Gives it work for so many pods. */
  readonly load: (pods: number) => Promise<void>;
  /** Whoever owns it sets the fewest pods that it may leave. */
  readonly leaveAtLeast: (pods: number) => Promise<void>;
  /** Waits until it has scaled to so many, and wants no others. */
  readonly untilContent: (pods: number) => Promise<void>;
  /** Waits until it finds so many, wants fewer and may not take them away. */
  readonly untilHeldUp: (pods: number) => Promise<void>;
}

interface Scaler extends KubeObject {
  readonly status?: {
    readonly currentReplicas?: number;
    readonly desiredReplicas?: number;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string }[];
  };
}

/** Makes autoscalers of a plane: `load` is the work, in pods, that there is at first. */
export type Autoscale = (what: Scaled, load: number) => Promise<Autoscaler>;

/** The metric that they go by is defined once. */
export async function autoscaling(plane: ControlPlane): Promise<Autoscale> {
  await plane.define(DEFINITION);
  return (what, load) => autoscale(plane.kube, what, load);
}

/** What is scaled, between which bounds. */
interface Scaled {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

async function autoscale(
  kube: Kube,
  { apiVersion, kind, name, minReplicas, maxReplicas }: Scaled,
  pods: number,
): Promise<Autoscaler> {
  const labels = { app: name };
  const valueFor = (wanted: number) => ({ value: String(wanted * EACH), timestamp: new Date().toISOString() });
  await kube.create(LOADS, {
    apiVersion: 'external.metrics.k8s.io/v1beta1',
    kind: 'ExternalMetricValue',
    metadata: { name, labels },
    metricName: 'requests',
    metricLabels: labels,
    ...valueFor(pods),
  });
  // At once, and not after minutes in which it might have been needed again.
  const at = { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 100, periodSeconds: 1 }] };
  await kube.create(AUTOSCALERS, {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion, kind, name },
      minReplicas,
      maxReplicas,
      behavior: { scaleUp: at, scaleDown: at },
      metrics: [
        {
          type: 'External',
          external: {
            metric: { name: 'requests', selector: { matchLabels: labels } },
            target: { type: 'AverageValue', averageValue: String(EACH) },
          },
        },
      ],
    },
  });
  const status = async (): Promise<NonNullable<Scaler['status']>> =>
    (await kube.get<Scaler>(`${AUTOSCALERS}/${name}`)).status ?? {};
  return {
    load: async (wanted) => void (await kube.merge(`${LOADS}/${name}`, valueFor(wanted))),
    leaveAtLeast: async (fewest) =>
      void (await kube.merge(`${AUTOSCALERS}/${name}`, { spec: { minReplicas: fewest } })),
    untilContent: (count) =>
      eventually(async () => {
        const { currentReplicas, desiredReplicas } = await status();
        return currentReplicas === count && desiredReplicas === count;
      }),
    untilHeldUp: (count) =>
      eventually(async () => {
        const { currentReplicas, conditions = [] } = await status();
        const isHeldUp = conditions.some(({ reason, status: is }) => reason === 'TooFewReplicas' && is === 'True');
        return currentReplicas === count && isHeldUp;
      }),
  };
}
