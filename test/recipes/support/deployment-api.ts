import { bodyOf, listen, send } from '../../adapters/support/loopback';
import type { Loopback } from '../../adapters/support/loopback';

export const API_TOKEN = 'token-of-the-deployment-api';
const PATH = '/services/checkout';

interface Deployed {
  readonly weight: number;
  readonly serving: number;
  readonly ready: number;
  readonly wanted: number;
}

interface Wish {
  readonly weights?: Readonly<Record<string, number>>;
  readonly wanted?: Readonly<Record<string, number>>;
}

/** A deployment API as a team may have built one: what is set is served, and what is wanted is ready, at once. */
export class DeploymentApiStub {
  /** What carries the traffic does not follow for now. */
  lags = false;
  /** What it says to everybody who asks. */
  refusal: { readonly status: number; readonly message: string } | undefined;
  /** Changes so far. */
  changes = 0;
  private version = 1;
  private changedBy = 'jane';
  private revisions: Record<string, Deployed> = {};
  private server: Loopback | undefined;

  async start(): Promise<string> {
    this.server = await listen((request, response) => {
      void (async () => {
        const { method, url, headers } = request;
        const text = await bodyOf(request);
        if (headers.authorization !== `Bearer ${API_TOKEN}`) return send(response, 401, { message: 'who are you?' });
        if (this.refusal) return send(response, this.refusal.status, { message: this.refusal.message });
        if (url !== PATH) return send(response, 404, { message: 'no such service' });
        if (method === 'PATCH') {
          if (headers['if-match'] !== String(this.version)) return send(response, 412, { message: 'it has changed' });
          this.change('phased-rollback', JSON.parse(text) as Wish);
        }
        return send(response, 200, this.told());
      })();
    });
    return `${this.server.url}${PATH}`;
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }

  /** Everything is on v42, and nothing of v41 runs. */
  reset(): void {
    const whole = { weight: 100, serving: 100, ready: 4, wanted: 4 };
    const idle = { weight: 0, serving: 0, ready: 0, wanted: 0 };
    this.revisions = { v42: whole, v41: idle };
    [this.lags, this.refusal, this.changes] = [false, undefined, 0];
  }

  /** Whoever may does that. */
  change(by: string, { weights = {}, wanted = {} }: Wish): void {
    this.version += 1;
    this.changes += 1;
    this.changedBy = by;
    for (const [name, weight] of Object.entries(weights)) this.revisions[name] = { ...this.of(name), weight };
    for (const [name, count] of Object.entries(wanted))
      this.revisions[name] = { ...this.of(name), wanted: count, ready: count };
  }

  /** What is set, by revision. */
  weights(): Readonly<Record<string, number>> {
    return Object.fromEntries(Object.entries(this.revisions).map(([name, { weight }]) => [name, weight]));
  }

  wanted(revision: string): number {
    return this.of(revision).wanted;
  }

  private told(): object {
    if (!this.lags)
      for (const [name, each] of Object.entries(this.revisions))
        this.revisions[name] = { ...each, serving: each.weight };
    return { version: this.version, changedBy: this.changedBy, full: 4, revisions: this.revisions };
  }

  private of(name: string): Deployed {
    return this.revisions[name] ?? { weight: 0, serving: 0, ready: 0, wanted: 0 };
  }
}
