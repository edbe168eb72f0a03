import { capacityOf, weightOf } from '../../src/domain/plan/census';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, made, prepare, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { autoscaling } from './support/autoscaler';
import { ORDINARY_TOKEN } from './support/control-plane';
import { controlPlane } from './support/suite';
import { BUILDS, builtAs, eventually, freshName, machineComes, podTemplate } from './support/fleet';
import { describeOwners } from './support/owners';
import { describeRights } from './support/rights';
import { rolledShop } from './support/rolled';
import type { RolledShop } from './support/rolled';

const PAIR = { from: 'v42', to: 'v41' };
const BACK = { desired: 100 };
const plane = controlPlane();

/** Pods of v41 are for a machine that comes late. */
async function lateShop(): Promise<RolledShop> {
  const oldNode = freshName();
  const shop = await rolledShop(plane, { oldNode });
  const misbehave: RolledShop['misbehave'] = (how) =>
    how === 'lagging' ? Promise.resolve() : machineComes(plane.kube, oldNode);
  return { ...shop, misbehave };
}

describeDeploymentTarget({
  name: 'kubernetes-deployment',
  create: (_units, part) => (part === 'lagging' ? lateShop() : rolledShop(plane)),
  shares: { some: 100, other: 0 },
  slow: true,
  skip: [{ reason: 'a Deployment is taken back as a whole', tests: ['percent', 'units'] }],
});

describe('a Deployment as a target', () => {
  let shop: RolledShop;
  afterEach(() => shop.close());

  /** Asks as a caller does, until it is known how it ended. */
  function moved(change: Parameters<typeof shift>[0]) {
    return settled(() => shop.target.shift(shift(change), soon()));
  }

  /** The same, and wants it done. */
  function done(change: Parameters<typeof shift>[0]) {
    return made(() => shop.target.shift(shift(change), soon()));
  }

  it('goes back to the ReplicaSet that is still there, and from there to the very one it came from', async () => {
    shop = await rolledShop(plane, { marks: { annotations: { 'kubernetes.io/change-cause': 'shop 41' } } });
    await shop.change({ metadata: { annotations: { 'kubernetes.io/change-cause': 'shop 42' } } });
    const before = await shop.sets();
    const { template } = (await shop.read()).spec;
    await done(BACK);
    const back = await shop.sets();
    expect([...back].map(([revision, { metadata }]) => [revision, metadata.name])).toEqual(
      [...before].map(([revision, { metadata }]) => [revision, metadata.name]),
    );
    expect([back.get('v41')?.status.replicas, back.get('v42')?.status.replicas]).toEqual([2, 0]);
    expect((await shop.read()).metadata.annotations['kubernetes.io/change-cause']).toBe('shop 41');

    await done({ number: 3, desired: 0, expected: 100 });
    const again = await shop.sets();
    expect(again.size).toBe(2);
    expect(again.get('v42')?.metadata.name).toBe(before.get('v42')?.metadata.name);
    expect([again.get('v41')?.status.replicas, again.get('v42')?.status.replicas]).toEqual([0, 2]);
    expect((await shop.read()).spec.template).toEqual(template);
  });

  it('tells builds of one tag apart by their digests, and goes back to the very one', async () => {
    shop = await rolledShop(plane);
    for (const digest of [BUILDS.to, BUILDS.from]) {
      await shop.change({ spec: { template: builtAs(digest) } });
      await shop.untilRolledOut();
    }
    const target = shop.targetWith({ revision: { image: 'main' } });
    expect(weightOf(await readFrom(target), BUILDS.from)).toBe(100);
    expect((await checked(target, BUILDS)).ok).toBe(true);
    await made(() => target.shift(shift({ ...BACK, revision: BUILDS }), soon()));
    expect(weightOf(await readFrom(target), BUILDS.to)).toBe(100);
    expect((await shop.read()).spec.template).toMatchObject(builtAs(BUILDS.to));
  });

  it('tells the revisions by what metrics may call them, and is moved in one piece', async () => {
    shop = await rolledShop(plane);
    const reading = await readFrom(shop.target);
    expect(reading.units).toEqual({ total: 1, name: 'Deployment' });
    const set = (await shop.sets()).get('v42')?.metadata;
    const entry = reading.revisions.find(({ revision }) => revision === 'v42');
    expect(entry).toEqual({
      revision: 'v42',
      weight: 100,
      readyCapacity: 100,
      readyInstances: 2,
      knownAs: [set?.labels['pod-template-hash'], set?.name],
    });
    expect(await settled(() => shop.target.shift(shift({ desired: 25 }), soon()))).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('as a whole'),
    });
  });

  it('says what pods serve while it is rolled out, and is done only when no other pod is left', async () => {
    shop = await rolledShop(plane, { oldNode: 'nowhere', replicas: 4 });
    const result = await shop.target.shift(shift(BACK), soon());
    expect(result).toMatchObject({ outcome: 'unknown', detail: expect.stringMatching(/rolled out: \d of 4 pods/) });
    await eventually(async () => (await shop.read()).status.availableReplicas === 3);
    const reading = await readFrom(shop.target);
    expect([weightOf(reading, 'v42'), weightOf(reading, 'v41'), reading.uneven]).toEqual([100, 0, true]);
    expect([capacityOf(reading, 'v42'), capacityOf(reading, 'v41')]).toEqual([100, 0]);
    // Nothing of it has come, and the way back is open all the same.
    await done({ number: 3, desired: 0 });
    expect(weightOf(await readFrom(shop.target), 'v42')).toBe(100);
  });

  it('says so when a roll-out comes to a standstill', async () => {
    shop = await rolledShop(plane, { oldNode: 'nowhere', spec: { progressDeadlineSeconds: 1 } });
    const result = await moved(BACK);
    expect(result).toMatchObject({
      outcome: 'refused',
      detail: expect.stringMatching(/v41 has come to a standstill: ReplicaSet "shop-.*" has timed out progressing/),
    });
    // The next one is not to be as quick as that, and what was said of this one is not held against it.
    await shop.change({ spec: { progressDeadlineSeconds: 600 } });
    await done({ number: 3, desired: 0 });
  });

  it('takes a release back that is still being rolled out, whatever share it has come to meanwhile', async () => {
    shop = await rolledShop(plane, { replicas: 4 });
    // A pod that finds no machine is never ready, so that the roll-out stays half done.
    const { metadata, spec } = podTemplate(shop.shop, 'v43');
    await shop.change({ spec: { template: { metadata, spec: { ...spec, nodeName: 'nowhere' } } } });
    await eventually(async () => (await shop.read()).status.availableReplicas === 3);
    const pair = { from: 'v43', to: 'v42' };
    expect((await checked(shop.target, pair)).ok).toBe(true);
    await done({ ...BACK, revision: pair, expected: 50 });
    const reading = await readFrom(shop.target);
    expect(reading.revisions).toContainEqual(
      expect.objectContaining({ revision: 'v42', weight: 100, readyInstances: 4 }),
    );
  });

  it('refuses a revision of which no ReplicaSet is left, and says what to do', async () => {
    shop = await rolledShop(plane, { spec: { revisionHistoryLimit: 0 } });
    await eventually(async () => !(await shop.sets()).has('v41'));
    const detail = expect.stringMatching(
      /no ReplicaSet of v41 is left .*\(revisionHistoryLimit 0; there are: v42\): deploy/,
    );
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, detail });
    expect(await settled(() => shop.target.prepare(prepare(), soon()))).toMatchObject({ outcome: 'refused', detail });
    expect(await settled(() => shop.target.shift(shift(BACK), soon()))).toMatchObject({ outcome: 'refused', detail });
    expect(await shop.changes()).toBe(0);
  });

  it('refuses a Deployment that is paused, and says how to go on', async () => {
    shop = await rolledShop(plane);
    await shop.change({ spec: { paused: true } });
    const before = await shop.changes();
    const detail = expect.stringContaining(`kubectl rollout resume deployment/${shop.shop}`);
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, detail });
    expect(await settled(() => shop.target.shift(shift(BACK), soon()))).toMatchObject({ outcome: 'refused', detail });
    expect(await shop.changes()).toBe(before);
  });

  it('never overwrites what somebody rolls out between its look and its change', async () => {
    shop = await rolledShop(plane);
    shop.front.beforeNextChange(() => shop.roll('v43'));
    expect(await settled(() => shop.target.shift(shift(BACK), soon()))).toMatchObject({
      outcome: 'conflict',
      detail: expect.stringContaining('wants v43, which is neither v42 nor v41'),
    });
    await shop.untilRolledOut();
    expect(weightOf(await readFrom(shop.target), 'v43')).toBe(100);
  });

  it('says whose change it found when somebody rolls something out while it waits', async () => {
    shop = await rolledShop(plane, { oldNode: 'nowhere' });
    const waiting = shop.target.shift(shift(BACK), soon());
    await eventually(async () => (await shop.changes()) === 1);
    await shop.roll('v43');
    expect(await waiting).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('wants v43 by now') });
    expect(await settled(() => shop.target.shift(shift(BACK), soon()))).toMatchObject({
      outcome: 'conflict',
      detail: expect.stringContaining('since this effect was made'),
    });
  });

  it('makes again an effect whose answer was lost only if it was not made', async () => {
    shop = await rolledShop(plane);
    const lost = shop.front.loseNextChange();
    expect((await shop.target.shift(shift(BACK), lost)).outcome).toBe('unknown');
    expect((await moved(BACK)).outcome).toBe('alreadyInState');
    expect(await shop.changes()).toBe(1);
  });

  it('leaves to an autoscaler how many pods there are, more or fewer, before, while and after it goes back', async () => {
    shop = await rolledShop(plane);
    const what = { apiVersion: 'apps/v1', kind: 'Deployment', name: shop.shop, minReplicas: 2, maxReplicas: 6 };
    const scaler = await (await autoscaling(plane))(what, 2);
    await scaler.untilContent(2);
    shop.front.beforeNextChange(async () => {
      await scaler.load(4);
      await scaler.untilContent(4);
      await scaler.load(5);
    });
    await done(BACK);
    await scaler.untilContent(5);
    await shop.untilRolledOut();
    expect((await readFrom(shop.target)).revisions).toContainEqual(
      expect.objectContaining({ revision: 'v41', weight: 100, readyInstances: 5 }),
    );
    await scaler.load(3);
    await scaler.untilContent(3);
    await shop.untilRolledOut();
    expect((await moved(BACK)).outcome).toBe('alreadyInState');
    expect((await shop.read()).spec.replicas).toBe(3);
  });

  it('needs no more rights than its manifest gives, and says which are missing', async () => {
    shop = await rolledShop(plane, { token: ORDINARY_TOKEN });
    await expect(shop.target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_UNAUTHORIZED',
      message: expect.stringMatching(/User "phased-rollback" cannot (get|list) resource/),
    });
    const revoke = await plane.grant('deployment-role.yaml');
    await ready(shop);
    expect((await checked(shop.target, PAIR)).ok).toBe(true);
    await done(BACK);
    await revoke();
  });
});

describeOwners(plane, { create: () => rolledShop(plane), objects: ({ path }) => [path] });

describeRights(plane, 'deployment-role.yaml', () => rolledShop(plane, { token: ORDINARY_TOKEN }));
