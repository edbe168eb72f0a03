import { setTimeout as pause } from 'node:timers/promises';
import type { Kube } from './kube';

interface Parent {
  readonly parentRef: { readonly name: string };
  readonly controllerName: string;
  readonly conditions: readonly Readonly<Record<string, unknown>>[];
}
interface HttpRoute {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly generation: number };
  readonly status?: { readonly parents?: readonly Parent[] };
}

/** Accepts routes as a gateway's controller does; there is none that could run here. */
export class Gateway {
  /** Routes that it does not look at. */
  readonly ignored = new Set<string>();
  /** What it says of routes that it rejects. */
  readonly rejected = new Map<string, string>();
  private readonly kube: Kube;
  private readonly work: Promise<void>;
  private open = true;

  constructor(kube: Kube) {
    this.kube = kube;
    this.work = this.go();
  }

  async stop(): Promise<void> {
    this.open = false;
    await this.work;
  }

  private async go(): Promise<void> {
    while (this.open) {
      const { items } = await this.kube.get<{ items: readonly HttpRoute[] }>(
        '/apis/gateway.networking.k8s.io/v1/httproutes',
      );
      for (const route of items) {
        const { name, namespace, generation } = route.metadata;
        const seen = route.status?.parents?.[0]?.conditions[0]?.['observedGeneration'];
        if (this.ignored.has(name) || seen === generation) continue;
        await this.kube.merge(`/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}/status`, {
          status: { parents: [this.parent(name, generation)] },
        });
      }
      await pause(30);
    }
  }

  private parent(name: string, observedGeneration: number): Parent {
    const rejection = this.rejected.get(name);
    const conditions = ['Accepted', 'ResolvedRefs'].map((type) => ({
      type,
      status: rejection === undefined || type === 'Accepted' ? 'True' : 'False',
      observedGeneration,
      lastTransitionTime: new Date().toISOString(),
      reason: rejection === undefined ? type : 'BackendNotFound',
      message: rejection ?? '',
    }));
    return { parentRef: { name: 'edge' }, controllerName: 'phased-rollback.test/gateway', conditions };
  }
}
