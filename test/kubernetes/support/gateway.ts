import type { Kube } from './kube';

const HTTP_ROUTES = '/apis/gateway.networking.k8s.io/v1/httproutes';

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

/** Accepts routes as a gateway's controller does, by hearing of each change; there is none that could run here. */
export class Gateway {
  /** What it says of routes that it does not take over, or not whole. */
  readonly complaints = new Map<string, Complaint>();
  private readonly ignored = new Set<string>();
  private readonly known = new Map<string, HttpRoute>();
  private readonly kube: Kube;
  private readonly stopped = new AbortController();
  private readonly work: Promise<void>;
  private last: Promise<void> = Promise.resolve();

  constructor(kube: Kube) {
    this.kube = kube;
    this.work = this.go();
  }

  /** It does not look at that route any more. */
  ignore(name: string): void {
    this.ignored.add(name);
  }

  /** It looks at it again, and takes it over as it now is. */
  heed(name: string): void {
    this.ignored.delete(name);
    this.take(name);
  }

  /** Ends when all is said that was begun; fails where something of it was. */
  async stop(): Promise<void> {
    this.stopped.abort();
    await this.work;
    await this.last;
  }

  private async go(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      for await (const { type, object } of this.kube.watch<HttpRoute>(HTTP_ROUTES, signal)) {
        const { name } = object.metadata;
        if (type === 'DELETED') this.known.delete(name);
        else this.known.set(name, object);
        this.take(name);
      }
    }
  }

  /** One after the other, each as it is by then. */
  private take(name: string): void {
    this.last = this.last.then(async () => {
      const route = this.known.get(name);
      if (!route || this.ignored.has(name)) return;
      const { namespace, generation } = route.metadata;
      if (route.status?.parents?.[0]?.conditions[0]?.['observedGeneration'] === generation) return;
      await this.kube.merge(`/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/${name}/status`, {
        status: { parents: [this.parent(name, generation)] },
      });
    });
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
