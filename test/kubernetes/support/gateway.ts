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

interface Complaint {
  readonly type: 'ResolvedRefs' | 'PartiallyInvalid';
  readonly message: string;
}

/** Accepts routes as a gateway's controller does; there is none that could run here. */
export class Gateway {
  /** Routes that it does not look at. */
  readonly ignored = new Set<string>();
  /** What it says of routes that it does not take over, or not whole. */
  readonly complaints = new Map<string, Complaint>();
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
    const complaint = this.complaints.get(name);
    const said = (type: string, status: string, reason: string, message: string) => ({
      type,
      status,
      observedGeneration,
      lastTransitionTime: new Date().toISOString(),
      reason,
      message,
    });
    const conditions = ['Accepted', 'ResolvedRefs'].map((type) =>
      complaint?.type === type
        ? said(type, 'False', 'BackendNotFound', complaint.message)
        : said(type, 'True', type, ''),
    );
    // Its rules that hold are accepted; that others do not stands beside that.
    if (complaint?.type === 'PartiallyInvalid')
      conditions.push(said(complaint.type, 'True', 'UnsupportedValue', complaint.message));
    return { parentRef: { name: 'edge' }, controllerName: 'phased-rollback.test/gateway', conditions };
  }
}
