import { bodyOf, listen, send } from '../../adapters/support/loopback';
import type { Loopback } from '../../adapters/support/loopback';

export const TOKEN = 'api-token-of-the-tests';
const PATH = '/api/v2/flags/shop/checkout?env=production';

interface Operation {
  readonly op: 'test' | 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

/** A flag of three variations as LaunchDarkly's API tells it. */
export interface FlagOfApi {
  readonly key: string;
  readonly variations: readonly object[];
  readonly customProperties: Record<string, unknown>;
  readonly environments: { readonly production: Record<string, unknown> & { version: number } };
}

/** Everybody gets v42. */
export function freshFlag(change: object = {}): FlagOfApi {
  const variations = ['v40', 'v41', 'v42'].map((name) => ({ _id: `id-${name}`, name, value: name }));
  const production = { on: true, version: 7, salt: 'salt', fallthrough: { variation: 2 }, offVariation: 0, ...change };
  return { key: 'checkout', variations, customProperties: {}, environments: { production } };
}

/** Our reading of LaunchDarkly's documents: one flag, and patches of it that hold or change nothing. */
export class LaunchDarklyStub {
  flag = freshFlag();
  private server: Loopback | undefined;

  async start(): Promise<string> {
    this.server = await listen((request, response) => {
      void (async () => {
        const { method, url, headers } = request;
        if (headers.authorization !== TOKEN) return send(response, 401, { message: 'Invalid access token' });
        if (url !== PATH) return send(response, 404, { message: 'Unknown feature flag key' });
        if (method === 'PATCH') {
          const { patch } = JSON.parse(await bodyOf(request)) as { readonly patch: readonly Operation[] };
          if (!patch.every((operation) => this.holds(operation)))
            return send(response, 409, { code: 'optimistic_locking_error', message: 'Conflict' });
          for (const operation of patch) this.change(operation);
        }
        return send(response, 200, this.flag);
      })();
    });
    return this.server.url;
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }

  private holds({ op, path, value }: Operation): boolean {
    if (op !== 'test') return true;
    const [place, key] = this.at(path);
    return JSON.stringify(place[key]) === JSON.stringify(value);
  }

  private change({ op, path, value }: Operation): void {
    if (op === 'test') return;
    const [place, key] = this.at(path);
    if (op === 'replace' && JSON.stringify(place[key]) !== JSON.stringify(value))
      this.flag.environments.production.version += 1;
    place[key] = value;
  }

  private at(path: string): readonly [Record<string, unknown>, string] {
    const keys = path.split('/').slice(1);
    const last = keys.pop() ?? '';
    // What is on the way to a leaf of the flag is an object.
    const place = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], this.flag);
    return [place as Record<string, unknown>, last];
  }
}
