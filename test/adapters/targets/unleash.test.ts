import { join } from 'node:path';
import { weightOf } from '../../../src/domain/plan/census';
import { expectHarmless } from '../../cli/support/no-op';
import { describeDeploymentTarget } from '../../contract/deployment-target.contract';
import { prepare, shift, soon } from '../../contract/target-requests';
import { NOW } from '../../domain/report/support/views';
import { ADMIN_TOKEN, BACKEND_TOKEN, Unleash } from '../../support/unleash';
import { unleashModules } from '../../tools/unleash';
import { Product } from '../../workflows/support/product';
import { releasesSeen } from '../../workflows/support/seeing';
import { UnleashFlags, wayTo } from './support/unleash-flags';

const LONGEST_MS = 15 * 60_000;
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const unleash = new Unleash();
beforeAll(() => unleash.start(say), LONGEST_MS);
afterAll(() => unleash.stop());

const flag = (parameters?: object, strategy?: object): Promise<UnleashFlags> =>
  new UnleashFlags(unleash).make(parameters, strategy);

describeDeploymentTarget({
  name: 'unleash',
  async create() {
    const flags = await flag();
    const way = await wayTo(unleash);
    return {
      target: flags.target(way.url),
      name: 'eu',
      secrets: [ADMIN_TOKEN],
      shell: { UNLEASH_TOKEN: ADMIN_TOKEN },
      misbehave: (how) => way.misbehave(how),
      changes: async () => (await flags.changes()) + way.followed(),
      close: way.close,
    };
  },
  skip: [
    { reason: 'a flag is split in percent', tests: ['units'] },
    { reason: 'nothing is made ready, so that no number of it is kept', tests: ['room'] },
    { reason: 'Unleash does not tell which clients have heard of it', tests: ['lagging'] },
    { reason: 'to prepare only reads; a change that is not allowed is shown on its own', tests: ['refuse'] },
  ],
});

const USERS = Array.from({ length: 10_000 }, (_, at) => `user-${at}`);

interface Sdk {
  isEnabled(name: string, context: { userId: string }): boolean;
  once(event: 'ready', then: () => void): void;
  destroy(): void;
}
interface Features {
  readonly features: readonly { name: string; strategies: readonly { parameters: { rollout?: string } }[] }[];
}

/** For whom it is on, by Unleash's own client on what Unleash tells its clients. */
async function onFor(name: string, rollout: number): Promise<ReadonlySet<string>> {
  const { features } = await toldToClients(name, rollout);
  // Where the installed packages are is known only now, and nothing of them is a dependency.
  const modules = require(join(await unleashModules(say), 'unleash-client')) as {
    Unleash: new (config: object) => Sdk;
  };
  const settings = { url: unleash.url, appName: 'test', refreshInterval: 0, disableMetrics: true };
  const client = new modules.Unleash({
    ...settings,
    bootstrap: { data: features },
    skipInstanceCountWarning: true,
    storageProvider: { get: () => Promise.resolve(undefined), set: () => Promise.resolve() },
  });
  await new Promise<void>((resolve) => client.once('ready', resolve));
  const on = USERS.filter((userId) => client.isEnabled(name, { userId }));
  client.destroy();
  return new Set(on);
}

/** Unleash tells its clients of a change within a second or so. */
async function toldToClients(name: string, rollout: number): Promise<Features> {
  const deadline = AbortSignal.timeout(20_000);
  for (;;) {
    const answer = await fetch(`${unleash.url}/api/client/features`, {
      headers: { authorization: BACKEND_TOKEN },
      signal: deadline,
    });
    const told = (await answer.json()) as Features;
    const strategies = told.features.find((feature) => feature.name === name)?.strategies;
    if (strategies?.[0]?.parameters.rollout === String(rollout)) return told;
  }
}

describe('ten thousand users of an Unleash flag', () => {
  it(
    'go back step by step and never forth, and are where they were after an unwind',
    async () => {
      const flags = await flag();
      const target = flags.target();
      let before = await onFor(flags.flag, 100);
      expect(before.size).toBe(USERS.length);
      let number = 1;
      let expected = 0;
      for (const desired of [1, 5, 13, 25, 50, 75, 99, 100]) {
        number += 1;
        expect((await target.shift(shift({ number, desired, expected }), soon())).outcome).toBe('done');
        const after = await onFor(flags.flag, 100 - desired);
        expect(Math.abs(USERS.length - after.size - desired * 100)).toBeLessThan(200);
        expect([...after].filter((user) => !before.has(user))).toEqual([]);
        before = after;
        expected = desired;
      }
      expect(before.size).toBe(0);
      await target.shift(shift({ number: number + 1, desired: 0, expected: 100 }), soon());
      expect((await onFor(flags.flag, 100)).size).toBe(USERS.length);
    },
    LONGEST_MS,
  );
});

describe('an Unleash flag', () => {
  it('tells revisions by the parameters of its strategy, and else calls them on and off', async () => {
    const named = await (await flag()).target().observe(soon());
    expect(named.revisions).toEqual([
      { revision: 'v42', weight: 100, readyCapacity: 100, readyInstances: 1, knownAs: ['on'] },
      { revision: 'v41', weight: 0, readyCapacity: 100, readyInstances: 1, knownAs: ['off'] },
    ]);
    const plain = await flag({ 'revision.on': '', 'revision.off': '' });
    expect((await plain.target().observe(soon())).revisions.map(({ revision }) => revision)).toEqual(['on', 'off']);
  });

  it('goes back to what is on where the suspect is what it is without', async () => {
    const flags = await flag({ rollout: '0', 'revision.on': 'v41', 'revision.off': 'v42' });
    expect((await flags.target().shift(shift({ desired: 30 }), soon())).outcome).toBe('done');
    expect(await flags.ask('GET', flags.base)).toMatchObject({ strategies: [{ parameters: { rollout: '30' } }] });
  });

  it('sets whole percents, of which some are never none', async () => {
    const target = (await flag()).target();
    expect((await target.shift(shift({ desired: 0.2 }), soon())).outcome).toBe('done');
    expect(weightOf(await target.observe(soon()), 'v41')).toBe(1);
    expect((await target.shift(shift({ number: 3, desired: 12.5, expected: 1 }), soon())).outcome).toBe('done');
    expect(weightOf(await target.observe(soon()), 'v41')).toBe(13);
  });

  it('changes once what was carried out without an answer and is asked for again', async () => {
    const flags = await flag();
    const way = await wayTo(unleash);
    const target = flags.target(way.url);
    const lost = way.loseNextChange();
    expect((await target.shift(shift(), lost)).outcome).toBe('unknown');
    expect((await target.shift(shift(), soon())).outcome).toBe('alreadyInState');
    expect(await flags.changes()).toBe(1);
    await way.close();
  });

  it('is left as a person set it between the look and the change', async () => {
    const flags = await flag();
    const way = await wayTo(unleash);
    const meanwhile = flags.target(way.url);
    way.beforeChanges(() => flags.set('rollout', '60'));
    const result = await meanwhile.shift(shift(), soon());
    expect(result).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('v41 has 40 %') });
    expect(weightOf(await meanwhile.observe(soon()), 'v41')).toBe(40);
    await way.close();
  });

  it('says that somebody else changed what it had done', async () => {
    const flags = await flag();
    await flags.target().shift(shift(), soon());
    await flags.set('rollout', '100');
    expect(await flags.target().shift(shift(), soon())).toMatchObject({
      outcome: 'conflict',
      detail: expect.stringContaining('somebody else changed it'),
    });
  });

  it('keeps everything else of its strategy', async () => {
    const flags = await flag({}, { title: 'For all' });
    await flags.target().shift(shift(), soon());
    expect(await flags.ask('GET', flags.base)).toMatchObject({
      enabled: true,
      strategies: [{ title: 'For all', parameters: { rollout: '75', stickiness: 'userId', groupId: flags.flag } }],
    });
  });

  it('serves nobody where it is turned off, and is not moved then', async () => {
    const flags = await flag();
    await flags.ask('POST', `${flags.base}/off`);
    const target = flags.target();
    expect(weightOf(await target.observe(soon()), 'v41')).toBe(100);
    expect(await target.check({ from: 'v42', to: 'v41' }, soon())).toMatchObject({
      ok: false,
      detail: expect.stringContaining('turn it on'),
    });
    const result = await target.shift(shift({ desired: 50, expected: 100 }), soon());
    expect(result).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('turn it on') });
  });
});

describe('a release of a flag that nobody records', () => {
  it('is seen by the revision that its strategy gives a side of it', async () => {
    process.env['UNLEASH_TOKEN'] = ADMIN_TOKEN;
    const product = await Product.open('seeing-unleash');
    try {
      const flags = await flag();
      const seen = await releasesSeen(product, 'unleash', flags.stanza, (revision) =>
        flags.set('revision.on', revision),
      );
      expect(seen).toEqual(['v43 seen', 'v42 seen']);
    } finally {
      delete process.env['UNLEASH_TOKEN'];
      await product.close();
    }
  });
});

describe('doctor --try-shift on an Unleash flag', () => {
  it('leaves its rollout, the rest of its strategy and the revisions of its sides as they are', async () => {
    const flags = await flag();
    const earlier = shift({ epoch: NOW - 120_000, number: 9, desired: 25 });
    expect((await flags.target().shift(earlier, soon())).outcome).toBe('done');
    await expectHarmless({
      stanza: flags.stanza,
      share: 25,
      says: '25 %',
      read: async () => ({ ...(await flags.strategy()), changes: await flags.changes() }),
      secrets: { UNLEASH_TOKEN: ADMIN_TOKEN },
    });
  });
});

describe('an Unleash flag that cannot be moved', () => {
  it.each([
    ['random', { stickiness: 'random' }, {}, 'stickiness is random'],
    ['one revision twice', { 'revision.on': 'v41' }, {}, 'same revision'],
    [
      'constraints',
      {},
      { constraints: [{ contextName: 'userId', operator: 'IN', values: ['1'] }] },
      'a flag of their own',
    ],
    ['another strategy', {}, { name: 'remoteAddress', parameters: { IPs: '::1' } }, 'replace it by a gradual rollout'],
  ])('says why and what to do: %s', async (_name, parameters, strategy, way) => {
    const target = (await flag(parameters, strategy)).target();
    const problem = { code: 'TARGET_MISCONFIGURED', message: expect.stringContaining(way) };
    await expect(target.observe(soon())).rejects.toMatchObject(problem);
    await expect(target.shift(shift(), soon())).rejects.toMatchObject(problem);
  });

  it('says so of two strategies, and of one without a share', async () => {
    const two = await flag();
    await two.addStrategy({ name: 'flexibleRollout', parameters: { rollout: '50' } });
    await expect(two.target().observe(soon())).rejects.toMatchObject({
      message: expect.stringContaining('leave it one'),
    });
    const all = await flag({}, { name: 'default', parameters: { 'revision.on': 'v42', 'revision.off': 'v41' } });
    expect(weightOf(await all.target().observe(soon()), 'v42')).toBe(100);
    expect(await all.target().shift(shift(), soon())).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('a gradual rollout'),
    });
  });

  it('refuses a revision that neither side is, also to prepare it', async () => {
    const revision = { from: 'v42', to: 'v13' };
    const result = await (await flag()).target().prepare(prepare({ revision }), soon());
    expect(result).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('revision.on') });
  });

  it('hands on why Unleash does not allow a change', async () => {
    const flags = await flag();
    const way = await wayTo(unleash);
    await way.misbehave('refuse');
    expect(await flags.target(way.url).shift(shift(), soon())).toMatchObject({
      outcome: 'refused',
      code: 'NOT_ALLOWED',
      detail: expect.stringContaining('not allowed: frozen by ops'),
      wayOut: expect.stringContaining('by hand'),
    });
    await way.close();
  });

  it('is not read with a token of the wrong kind, or none', async () => {
    const flags = await flag();
    const unauthorized = { code: 'TARGET_UNAUTHORIZED', retryable: false };
    await expect(flags.target(unleash.url, BACKEND_TOKEN).observe(soon())).rejects.toMatchObject(unauthorized);
    await expect(flags.target(unleash.url, '*:*.none').observe(soon())).rejects.toMatchObject(unauthorized);
  });

  it('is named where there is no such flag, or environment', async () => {
    const flags = await flag();
    const missing = { code: 'TARGET_MISCONFIGURED', message: expect.stringContaining('Could not find') };
    const elsewhere = flags.target(unleash.url, ADMIN_TOKEN, { environment: 'nowhere' });
    await expect(elsewhere.observe(soon())).rejects.toMatchObject(missing);
  });
});
