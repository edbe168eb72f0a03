import type { FeatureFlagConfig, Rollout } from 'launchdarkly-api-typescript';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { moved, settled, shift, soon } from '../contract/target-requests';
import type { HttpRelay } from './support/http-relay';
import { freshFlag, LaunchDarklyStub, TOKEN } from './support/launchdarkly';
import { flagTarget } from './support/launchdarkly-target';
import type { FlagTarget } from './support/launchdarkly-target';
import { misbehaving, NOT_OF_A_PROGRAM, NOTHING_TO_MAKE_READY } from './support/program';

const FROZEN = { status: 403, body: '{"code":"forbidden","message":"frozen by ops"}' };
const TELLTALE = { status: 403, body: JSON.stringify({ message: `I know ${TOKEN}` }) };

const stub = new LaunchDarklyStub();
let url = '';
beforeAll(async () => void (url = await stub.start()));
afterAll(() => stub.stop());

/** Everybody gets v42. */
function fresh(
  change: Partial<FeatureFlagConfig> = {},
  onCall?: Parameters<typeof flagTarget>[1],
): Promise<FlagTarget> {
  stub.flag = freshFlag(change);
  return flagTarget(url, onCall);
}

describeDeploymentTarget({
  name: 'a flag of LaunchDarkly',
  slow: true,
  async create() {
    const { relay, target } = await fresh();
    return {
      target,
      name: 'eu',
      secrets: [TOKEN],
      shell: { LAUNCHDARKLY_ACCESS_TOKEN: TOKEN },
      misbehave: misbehaving(relay, { refuse: FROZEN, telltale: TELLTALE }),
      changes: async () => relay.changes.length,
      close: relay.close,
    };
  },
  skip: [
    ...NOT_OF_A_PROGRAM,
    { reason: 'a flag splits users in percent', tests: ['units'] },
    NOTHING_TO_MAKE_READY,
    { reason: 'LaunchDarkly does not tell which clients have heard of it', tests: ['lagging'] },
  ],
});

describe('the default rule of a flag', () => {
  let relay: HttpRelay | undefined;
  afterEach(() => relay?.close());

  it('keeps the order of its variations and what else its rollout says, so that users stay where they are', async () => {
    const variations = [
      { variation: 2, weight: 90_000 },
      { variation: 0, weight: 0 },
      { variation: 1, weight: 10_000 },
    ];
    const place = await fresh({ fallthrough: { rollout: { contextKind: 'account', bucketBy: 'key', variations } } });
    ({ relay } = place);
    await moved(place, { desired: 33.333, expected: 10 });
    expect(stub.flag.environments.production).toMatchObject({
      version: 8,
      fallthrough: {
        rollout: {
          contextKind: 'account',
          bucketBy: 'key',
          variations: [
            { variation: 2, weight: 66_667 },
            { variation: 0, weight: 0 },
            { variation: 1, weight: 33_333 },
          ],
        },
      },
    });
  });

  it.each([
    ['is off', { on: false, offVariation: 2 }, 'turn it on'],
    ['has rules', { rules: [{ _id: 'r', variation: 1, clauses: [], trackEvents: false }] }, 'past its default rule'],
    ['has targets', { targets: [{ variation: 1, values: ['somebody'] }] }, 'past its default rule'],
    ['has an experiment', { fallthrough: { rollout: experiment() } }, 'experiment'],
  ])('is left alone where the flag %s', async (_, change, words) => {
    const place = await fresh(change);
    ({ relay } = place);
    const no = { outcome: 'refused', code: 'UNSUPPORTED_SHAPE', detail: expect.stringContaining(words) };
    expect(await settled(() => place.target.shift(shift(), soon()))).toMatchObject(no);
    expect(relay.changes).toHaveLength(0);
  });

  it('is left alone where it serves a third variation', async () => {
    const place = await fresh({ fallthrough: { variation: 0 } });
    ({ relay } = place);
    expect(await settled(() => place.target.shift(shift(), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'THIRD_REVISION',
    });
  });

  it.each([409, 400] as const)('is read again where somebody was quicker and that is said by %s', async (status) => {
    let changes = 0;
    const place = await fresh({}, ({ method }) => {
      if (method !== 'PATCH') return;
      changes += 1;
      if (changes === 1) stub.flag.environments.production.version += 1;
    });
    ({ relay } = place);
    stub.conflict = status;
    await moved(place, { desired: 25 });
    expect(changes).toBe(2);
    expect(stub.flag.environments.production.version).toBe(9);
  });

  it('is not known to be changed while LaunchDarkly says that others change it, and is once it does not', async () => {
    const place = await fresh();
    ({ relay } = place);
    await relay.misbehave({ status: 409, body: '{"message":"Conflict"}', of: ({ method }) => method !== 'GET' });
    expect(await place.target.shift(shift(), AbortSignal.timeout(2_000))).toMatchObject({ outcome: 'unknown' });
    await relay.misbehave(undefined);
    await moved(place, { desired: 25 });
  });

  it('is left alone where LaunchDarkly does not take the change, as a scheduled one would fail by it', async () => {
    const place = await fresh();
    ({ relay } = place);
    const body = '{"code":"invalid_request","message":"would break a scheduled change"}';
    await relay.misbehave({ status: 400, body, of: ({ method }) => method === 'PATCH' });
    expect(await settled(() => place.target.shift(shift(), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'OTHER',
      detail: expect.stringContaining('would break a scheduled change'),
      wayOut: expect.stringContaining('cancel the scheduled change'),
    });
  });
});

function experiment(): Rollout {
  const variations = [{ variation: 2, weight: 100_000 }];
  return { variations, experimentAllocation: { defaultVariation: 2, canReshuffle: false } };
}
