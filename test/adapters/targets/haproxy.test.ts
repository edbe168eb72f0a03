import { weightOf, capacityOf } from '../../../src/domain/plan/census';
import { createAdapters } from '../../../src/adapters';
import type { DeploymentTarget } from '../../../src/ports';
import { EPOCH, prepare, shift, soon, within } from '../../contract/target-requests';
import { testDependencies } from '../support/dependencies';
import { startLab, until } from './support/haproxy-lab';
import type { Lab, LabSettings } from './support/haproxy-lab';

const SLOTS = { blue: ['a1', 'a2'], green: ['b1', 'b2'] };
const PAIR = { from: 'v42', to: 'v41' };

/** Runs the body against a real HAProxy, which ends with it. */
async function inLab(settings: LabSettings, body: (lab: Lab, target: DeploymentTarget) => Promise<void>, own = {}) {
  const lab = await startLab(settings);
  try {
    await body(lab, targetOf(lab, own));
  } finally {
    await lab.close();
  }
}

function targetOf(lab: Lab, own: object = {}): DeploymentTarget {
  const address = lab.instances.map(({ relay }) => relay.address);
  const adapter = { type: 'haproxy', address, backend: 'checkout', slots: SLOTS, ...own };
  return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
}

async function shares(target: DeploymentTarget): Promise<readonly [number, number]> {
  const reading = await target.observe(soon());
  return [weightOf(reading, 'v42'), weightOf(reading, 'v41')];
}

/** What HAProxy itself says of each server. */
async function weightsIn({ say }: Lab['first']): Promise<Record<string, number>> {
  const rows = (await say('show servers state checkout')).split('\n');
  const names =
    rows
      .find((row) => row.startsWith('# '))
      ?.slice(2)
      .split(' ') ?? [];
  const [name, weight] = [names.indexOf('srv_name'), names.indexOf('srv_uweight')];
  const servers = rows.map((row) => row.split(' ')).filter((row) => /^[ab]\d$/.test(row[name] ?? ''));
  return Object.fromEntries(servers.map((row) => [row[name], Number(row[weight])]));
}

describe('the haproxy target', () => {
  it('moves real requests, and all of them at the end', () =>
    inLab({}, async ({ first }, target) => {
      await target.shift(shift({ desired: 25 }), soon());
      expect(Math.abs((await first.served('v41')) - 25)).toBeLessThanOrEqual(3);
      await target.shift(shift({ number: 3, desired: 100, expected: 25 }), soon());
      expect(await first.served('v41', 40)).toBe(100);
    }));

  it('sets all weights with one line, those that rise before those that fall', () =>
    inLab({}, async ({ first }, target) => {
      await target.shift(shift({ desired: 25 }), soon());
      const [line] = first.relay.lines.filter((each) => each.includes(' weight '));
      const set = [...(line ?? '').matchAll(/set server checkout\/(\w+) weight (\d+)/g)].map((match) =>
        match.slice(1).join(' '),
      );
      expect(set).toEqual(['b1 25', 'b2 25', 'a1 75', 'a2 75']);
    }));

  it('puts weights back by an unwind that people had set by hand, and those of the file where it was told of none', () =>
    inLab({}, async ({ first }, target) => {
      await first.say('set server checkout/a1 weight 120', 'set server checkout/a2 weight 40');
      await target.shift(shift({ desired: 25 }), soon());
      await target.shift(shift({ number: 3, desired: 100, expected: 25 }), soon());
      expect((await target.shift(shift({ number: 4, desired: 0, expected: 100 }), soon())).outcome).toBe('done');
      expect(await weightsIn(first)).toEqual({ a1: 120, a2: 40, b1: 0, b2: 0 });

      const next = { epoch: EPOCH + 1, rollback: 'rollback/prod/checkout/2' };
      await first.say('set server checkout/a1 weight 30', 'set server checkout/b2 weight 10');
      await target.shift(shift({ ...next, desired: 50, expected: 12.5 }), soon());
      await first.reload();
      await first.say(...['a1', 'a2', 'b1', 'b2'].map((name) => `set server checkout/${name} weight 50`));
      await target.shift(shift({ ...next, number: 3, desired: 0, expected: 50 }), soon());
      expect(await weightsIn(first)).toEqual({ a1: 100, a2: 100, b1: 0, b2: 0 });
    }));

  it('puts a share back that was there before, with the weights that made it', () =>
    inLab({}, async ({ first }, target) => {
      await first.say('set server checkout/a1 weight 90', 'set server checkout/b2 weight 10');
      const [, before] = await shares(target);
      await target.shift(shift({ desired: 60, expected: before }), soon());
      expect((await target.shift(shift({ number: 3, desired: before, expected: 60 }), soon())).outcome).toBe('done');
      expect(await weightsIn(first)).toEqual({ a1: 90, a2: 100, b1: 0, b2: 10 });
    }));

  it('calls a change unknown that was made and not answered, and finds it made when it is asked again', () =>
    inLab({}, async ({ first }, target) => {
      const lost = first.relay.loseNextChange();
      expect((await target.shift(shift({ desired: 25 }), lost)).outcome).toBe('unknown');
      expect((await target.shift(shift({ desired: 25 }), soon())).outcome).toBe('alreadyInState');
      expect(first.relay.changes()).toBe(1);
    }));

  it('ends with its signal before a HAProxy that stands still, which then knows no half of it', () =>
    inLab({}, async ({ first }, target) => {
      await first.freeze(true);
      await expect(target.shift(shift({ desired: 25 }), within(300))).rejects.toMatchObject({
        code: 'TARGET_UNREACHABLE',
      });
      await first.freeze(false);
      expect(await shares(target)).toEqual([100, 0]);
    }));

  it('does not carry an effect out again that was done and has been changed since', () =>
    inLab({}, async ({ first }, target) => {
      await target.shift(shift({ desired: 25 }), soon());
      await first.say(...['a1', 'a2'].map((name) => `set server checkout/${name} weight 100`));
      await first.say(...['b1', 'b2'].map((name) => `set server checkout/${name} weight 0`));
      expect(await target.shift(shift({ desired: 25 }), soon())).toMatchObject({
        outcome: 'conflict',
        detail: expect.stringContaining('v41 serves 0 % since'),
      });
      expect(await shares(target)).toEqual([100, 0]);
    }));

  it.each([
    ['static-rr', 'balance static-rr'],
    ['a hash by the table', 'balance source'],
  ])('takes all or nothing of %s, and says what would take shares', (_name, line) =>
    inLab({ backend: [line], options: { b1: 'weight 100', b2: 'weight 100' } }, async ({ first }, target) => {
      await first.say('set server checkout/b1 weight 0', 'set server checkout/b2 weight 0');
      const part = await target.shift(shift({ desired: 25 }), soon());
      expect(part).toMatchObject({ outcome: 'refused', detail: expect.stringContaining('balance roundrobin') });
      expect(await shares(target)).toEqual([100, 0]);
      expect((await target.shift(shift({ number: 3, desired: 100 }), soon())).outcome).toBe('done');
      expect(await first.served('v41', 20)).toBe(100);
    }),
  );

  it('finds before anything moves what would keep weights from telling where users are', () =>
    inLab({ backend: ['balance static-rr', 'cookie SRV insert'], unchecked: true }, async (_lab, target) => {
      const { ok, detail } = await target.check(PAIR, soon());
      expect(ok).toBe(false);
      expect(detail).toContain('only knows servers that are used');
      expect(detail).toContain('by the cookie SRV');
      expect(detail).toContain('nothing says whether b1, b2 run');
    }));

  it.each([
    [{ backend: 'chekout' }, 'has no backend chekout; did you mean "checkout"?'],
    [{ slots: { blue: ['a1', 'a2'], green: ['b1', 'b3'] } }, 'has no server b3; did you mean "b1"?'],
    [{ slots: { blue: ['a1'], green: ['b1', 'b2'] } }, 'server a2 of checkout takes traffic and is in no slot'],
  ])('names what the policy gets wrong: %j', (own, message) =>
    inLab(
      {},
      async (_lab, target) => {
        await expect(target.observe(soon())).rejects.toMatchObject({
          code: 'TARGET_MISCONFIGURED',
          message: expect.stringContaining(message),
        });
      },
      own,
    ),
  );

  it('lets servers in that were taken out, without traffic, and asks for what it cannot start', () =>
    inLab({ options: { b1: 'weight 50 disabled', b2: 'weight 50 disabled' } }, async ({ first, apps }, target) => {
      expect(capacityOf(await target.observe(soon()), 'v41')).toBe(0);
      expect((await target.prepare(prepare(), soon())).outcome).toBe('done');
      await until('both are ready', async () => capacityOf(await target.observe(soon()), 'v41') === 100);
      expect(await shares(target)).toEqual([100, 0]);
      expect(await first.served('v42', 20)).toBe(100);
      await apps.b1?.stop();
      await until('b1 is down', async () => capacityOf(await target.observe(soon()), 'v41') === 50);
      expect(await target.prepare(prepare({ number: 2 }), soon())).toMatchObject({
        outcome: 'refused',
        detail: expect.stringContaining('b1 of checkout do not run'),
      });
    }));

  it('sends nothing to a revision of which no server is ready, since one at weight 0 is no fallback', () =>
    inLab({}, async ({ first, apps }, target) => {
      await Promise.all([apps.b1?.stop(), apps.b2?.stop()]);
      await until('both are down', async () => capacityOf(await target.observe(soon()), 'v41') === 0);
      expect(await target.shift(shift({ desired: 100 }), soon())).toMatchObject({
        outcome: 'refused',
        detail: expect.stringContaining('no server of v41 is ready (b1, b2)'),
      });
      expect(await first.served('v42', 20)).toBe(100);
    }));

  it('takes weights that a reload has lost for no share of its own, and overwrites nothing', () =>
    inLab({}, async ({ first }, target) => {
      await target.shift(shift({ desired: 25 }), soon());
      await first.reload();
      expect(await shares(target)).toEqual([100, 0]);
      const next = await target.shift(shift({ number: 3, desired: 50, expected: 25 }), soon());
      expect(next).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('serves 0 %, not 25 %') });
      expect((await target.shift(shift({ number: 4, desired: 25, expected: 0 }), soon())).outcome).toBe('done');
    }));

  it('finds its weights again after a reload that was told to keep them', () => {
    const global = ['server-state-file DIR/state'];
    const backend = ['balance roundrobin', 'load-server-state-from-file global'];
    return inLab({ global, backend }, async ({ first }, target) => {
      await target.shift(shift({ desired: 25 }), soon());
      await first.keepState();
      await first.reload();
      expect(await shares(target)).toEqual([75, 25]);
    });
  });

  it('puts back the one of two that lost its weights, and says that they differ', () =>
    inLab({ instances: 2 }, async ({ instances: [, second] }, target) => {
      await target.shift(shift({ desired: 50 }), soon());
      await second?.reload();
      const reading = await target.observe(soon());
      expect(reading).toMatchObject({ uneven: true });
      expect(weightOf(reading, 'v41')).toBe(25);
      expect((await target.shift(shift({ number: 3, desired: 50, expected: 0 }), soon())).outcome).toBe('done');
      expect(await shares(target)).toEqual([50, 50]);
      expect(Math.abs(((await second?.served('v41', 100)) ?? 0) - 50)).toBeLessThanOrEqual(3);
    }));

  it('reads no census of one of two alone', () =>
    inLab({ instances: 2 }, async ({ instances: [, second] }, target) => {
      await second?.relay.misbehave('gone');
      await expect(target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', retryable: true });
    }));
});

describe('revisions of a haproxy target', () => {
  it.each([
    { path: '/version' },
    { path: '/', header: 'X-Revision' },
    { path: '/version.json', json: 'build.revision' },
  ])('are asked for by a probe: %j', (probe) =>
    inLab({ recorded: {} }, async (_lab, target) => expect(await shares(target)).toEqual([100, 0]), { probe }),
  );

  it('stay known of servers that died after they said it', () =>
    inLab(
      { recorded: {} },
      async ({ apps }, target) => {
        expect(await shares(target)).toEqual([100, 0]);
        await Promise.all(Object.values(apps).map((app) => app.stop()));
        expect(await shares(target)).toEqual([100, 0]);
      },
      { probe: { path: '/version' } },
    ));

  it('are no guess where a server takes traffic and nobody says what it runs', () =>
    inLab({ recorded: {} }, async (_lab, target) => {
      await expect(target.observe(soon())).rejects.toMatchObject({
        code: 'TARGET_ANSWER_UNREADABLE',
        message: expect.stringContaining('set-var proc.revision_checkout_blue str(<revision>)'),
      });
    }));

  it('are missing of a slot without traffic, and the dry run says what would be needed', () =>
    inLab({ recorded: { blue: 'v42' } }, async (_lab, target) => {
      expect((await target.observe(soon())).revisions.map(({ revision }) => revision)).toEqual(['v42']);
      const { ok, detail } = await target.check(PAIR, soon());
      expect(ok).toBe(false);
      expect(detail).toContain(
        'no server of checkout runs v41 (blue: v42; green: HAProxy has no proc.revision_checkout_green',
      );
    }));

  it('of a slot that is being deployed keep traffic where it is', () =>
    inLab(
      { recorded: {} },
      async ({ apps }, target) => {
        apps.b2?.deploy('v43');
        expect(await target.shift(shift(), soon())).toMatchObject({
          outcome: 'refused',
          detail: expect.stringContaining('slot green runs more than one revision (b1 v41, b2 v43)'),
        });
      },
      { probe: { path: '/version' } },
    ));
});
