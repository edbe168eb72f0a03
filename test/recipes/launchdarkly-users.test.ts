import type { IncomingMessage } from 'node:http';
import { init } from '@launchdarkly/node-server-sdk';
import { TestData } from '@launchdarkly/node-server-sdk/integrations';
import { Configuration, FeatureFlagsApi } from 'launchdarkly-api-typescript';
import type { PatchWithComment } from 'launchdarkly-api-typescript';
import { weightOf } from '../../src/domain/plan/census';
import { moved, readFrom } from '../contract/target-requests';
import { freshFlag, LaunchDarklyStub, TOKEN } from './support/launchdarkly';
import { flagTarget } from './support/launchdarkly-target';

const USERS = Array.from({ length: 10_000 }, (_, at) => `user-${at}`);

const stub = new LaunchDarklyStub();
let url = '';
beforeAll(async () => void (url = await stub.start()));
afterAll(() => stub.stop());

describe('ten thousand users of a flag of LaunchDarkly', () => {
  const oldFirst = [
    { variation: 1, weight: 10_000 },
    { variation: 2, weight: 90_000 },
  ];

  it.each([
    ['of one that served one variation', 0, {}],
    [
      'of one that has a split and a seed of its own',
      10,
      { fallthrough: { rollout: { seed: 61, variations: oldFirst } } },
    ],
  ])("go back step by step and never forth, by LaunchDarkly's SDK: %s", async (_, share, change) => {
    stub.flag = freshFlag(change);
    const place = await flagTarget(url);
    const first = await served();
    let before = first;
    let number = 1;
    let expected = share;
    for (const desired of [12.5, 25, 60, 99.5, 100]) {
      number += 1;
      await moved(place, { number, desired, expected });
      const after = await served();
      expect(shareOf(after, 'v41')).toBeGreaterThan(desired - 2);
      expect(shareOf(after, 'v41')).toBeLessThan(desired + 2);
      expect(weightOf(await readFrom(place.target), 'v41')).toBe(desired);
      expect(USERS.filter((user) => before.get(user) === 'v41' && after.get(user) !== 'v41')).toEqual([]);
      before = after;
      expected = desired;
    }
    expect(shareOf(before, 'v41')).toBe(100);
    await moved(place, { number: number + 1, desired: share, expected });
    expect(await served()).toEqual(first);
    await place.relay.close();
  });
});

describe('what the recipe asks of LaunchDarkly', () => {
  it("is what LaunchDarkly's own client asks", async () => {
    stub.flag = freshFlag();
    const asked: Asked[] = [];
    const place = await flagTarget(url, (request, body) => asked.push(askedBy(request, body)));
    await moved(place, { desired: 25 });
    const own = asked.splice(0);

    const client = new FeatureFlagsApi(new Configuration({ apiKey: TOKEN, basePath: place.relay.url }));
    stub.flag = freshFlag();
    await client.getFeatureFlag('shop', 'checkout', 'production');
    await client.patchFeatureFlag('shop', 'checkout', own[1]?.body as PatchWithComment);
    await client.getFeatureFlag('shop', 'checkout', 'production');
    expect(own).toEqual(asked);
    await place.relay.close();
  });
});

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly type: string | undefined;
  readonly body: unknown;
}

/** The type of what is sent counts only where something is. */
function askedBy({ method, url: path, headers }: IncomingMessage, body: string): Asked {
  const sent = body === '' ? {} : { type: headers['content-type'], body: JSON.parse(body) as unknown };
  return { method, url: path, token: headers.authorization, type: undefined, body: undefined, ...sent };
}

/** Which variation each of them gets, by LaunchDarkly's own evaluation of what the flag says now. */
async function served(): Promise<ReadonlyMap<string, string>> {
  const { key, variations, environments } = stub.flag;
  const data = new TestData();
  const values = variations.map(({ value }) => value as unknown);
  await data.usePreconfiguredFlag({ key, ...environments.production, variations: values });
  const client = init('no-key', { updateProcessor: data.getFactory(), sendEvents: false, diagnosticOptOut: true });
  await client.waitForInitialization({ timeout: 10 });
  const each = USERS.map(async (user): Promise<[string, string]> => {
    const variation: unknown = await client.variation(key, { kind: 'user', key: user }, 'none');
    return [user, String(variation)];
  });
  const all = new Map(await Promise.all(each));
  client.close();
  return all;
}

function shareOf(users: ReadonlyMap<string, string>, variation: string): number {
  return ([...users.values()].filter((each) => each === variation).length * 100) / USERS.length;
}
