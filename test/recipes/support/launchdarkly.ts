import { applyPatch, JsonPatchError } from 'fast-json-patch';
import type { Operation } from 'fast-json-patch';
import type { FeatureFlag, FeatureFlagConfig } from 'launchdarkly-api-typescript';
import { bodyOf, listen, send } from '../../adapters/support/loopback';
import type { Loopback } from '../../adapters/support/loopback';

export const TOKEN = 'api-token-of-the-tests';
const FLAG_PATH = '/api/v2/flags/shop/checkout';

/** A flag in one environment, of the shape that LaunchDarkly's own client expects. */
export interface FlagOfApi extends FeatureFlag {
  environments: { readonly production: FeatureFlagConfig };
}

/** Everybody gets v42, the last of three variations. */
export function freshFlag(change: Partial<FeatureFlagConfig> = {}): FlagOfApi {
  const link = { href: FLAG_PATH, type: 'application/json' };
  return {
    key: 'checkout',
    name: 'Checkout',
    kind: 'multivariate',
    _version: 3,
    creationDate: 0,
    variations: ['v40', 'v41', 'v42'].map((name) => ({ _id: `id-${name}`, name, value: name })),
    temporary: false,
    tags: [],
    _links: { self: link },
    experiments: { baselineIdx: 0, items: [] },
    customProperties: {},
    archived: false,
    environments: {
      production: {
        on: true,
        archived: false,
        salt: 'salt',
        sel: 'sel',
        lastModified: 0,
        version: 7,
        targets: [],
        contextTargets: [],
        rules: [],
        fallthrough: { variation: 2 },
        offVariation: 0,
        prerequisites: [],
        _site: link,
        _environmentName: 'Production',
        trackEvents: false,
        trackEventsFallthrough: false,
        ...change,
      },
    },
  };
}

/** One flag: its shape is of LaunchDarkly's client, what a patch does of RFC 6902, when it holds of their documents. */
export class LaunchDarklyStub {
  flag = freshFlag();
  /** How a patch is answered that tests for what is not so; the documents name both for changes that conflict. */
  conflict: 400 | 409 = 409;
  private server: Loopback | undefined;

  async start(): Promise<string> {
    this.server = await listen((request, response) => {
      void (async () => {
        const { method, url, headers } = request;
        if (headers.authorization !== TOKEN) return send(response, 401, said('unauthorized', 'Invalid access token'));
        if (method === 'GET' && url === `${FLAG_PATH}?env=production`) return send(response, 200, this.flag);
        if (method !== 'PATCH' || url !== FLAG_PATH)
          return send(response, 404, said('not_found', 'Unknown feature flag key'));
        const { patch } = JSON.parse(await bodyOf(request)) as { readonly patch: readonly Operation[] };
        try {
          this.flag = patched(this.flag, patch);
        } catch (error) {
          if (!(error instanceof JsonPatchError)) throw error;
          return send(response, this.conflict, said('optimistic_locking_error', 'Conflict'));
        }
        return send(response, 200, this.flag);
      })();
    });
    return this.server.url;
  }

  async stop(): Promise<void> {
    await this.server?.close();
  }
}

const said = (code: string, message: string): object => ({ code, message });

/** The environment is at a new version only where something of it has changed. */
function patched(flag: FlagOfApi, patch: readonly Operation[]): FlagOfApi {
  const { newDocument } = applyPatch(structuredClone(flag), patch, true);
  const { production } = newDocument.environments;
  newDocument._version += 1;
  if (JSON.stringify(production) !== JSON.stringify(flag.environments.production)) production.version += 1;
  return newDocument;
}
