import { capacityOf, weightOf } from '../../src/domain/plan/census';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, moved, prepare, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { autoscaling } from './support/autoscaler';
import { ORDINARY_TOKEN } from './support/control-plane';
import { controlPlane } from './support/suite';
import { deploymentPath, eventually, freshName, machineComes } from './support/fleet';
import { halvedShop } from './support/halves';
import type { HalvedShop } from './support/halves';
import { describeOwners } from './support/owners';
import { describeRights } from './support/rights';

const PAIR = { from: 'v42', to: 'v41' };
const plane = controlPlane();

/** Pods of v41 are for a machine that comes late. */
async function lateShop(): Promise<HalvedShop> {
  const nodeName = freshName();
  const shop = await halvedShop(plane);
  await shop.change('green', { spec: { template: { spec: { nodeName } } } });
  const misbehave: HalvedShop['misbehave'] = (how) =>
    how === 'lagging' ? Promise.resolve() : machineComes(plane.kube, nodeName);
  return { ...shop, misbehave };
}

describeDeploymentTarget({
  name: 'kubernetes-replicas',
  slow: true,
  create: (units, part) => (part === 'lagging' ? lateShop() : halvedShop(plane, { replicas: units?.total ?? 4 })),
  skip: [{ reason: 'it is moved by the pod', tests: ['percent'] }],
});

describe('two Deployments behind one Service as a target', () => {
  let shop: HalvedShop;
  afterEach(() => shop.close());

  it('moves pods there and back, as many as there were, and nothing beforehand', async () => {
    shop = await halvedShop(plane);
    await ready(shop);
    expect(await shop.sizes()).toEqual([4, 0]);
    await moved(shop, { desired: 50 });
    expect(await shop.sizes()).toEqual([2, 2]);
    const reading = await readFrom(shop.target);
    expect(reading.units).toEqual({ total: 4, name: 'pods' });
    expect(reading.revisions).toEqual([
      { revision: 'v42', weight: 50, readyCapacity: 100, readyInstances: 2, knownAs: [`${shop.shop}-blue`] },
      { revision: 'v41', weight: 50, readyCapacity: 100, readyInstances: 2, knownAs: [`${shop.shop}-green`] },
    ]);
    await moved(shop, { number: 3, desired: 100, expected: 50 });
    expect(await shop.sizes()).toEqual([0, 4]);
    await moved(shop, { number: 4, desired: 0, expected: 100 });
    expect(await shop.sizes()).toEqual([4, 0]);
  });

  it('takes no pod away before those that come instead are ready', async () => {
    shop = await halvedShop(plane);
    // A pod that finds no machine is never ready.
    await shop.change('green', { spec: { template: { spec: { nodeName: 'nowhere' } } } });
    const result = await shop.target.shift(shift({ desired: 50 }), soon());
    expect(result).toEqual({ outcome: 'unknown', detail: `0 of 2 pods of ${shop.shop}-green are ready` });
    expect(await shop.sizes()).toEqual([4, 2]);
    const reading = await readFrom(shop.target);
    expect([weightOf(reading, 'v42'), weightOf(reading, 'v41'), reading.uneven]).toEqual([100, 0, true]);
    expect([capacityOf(reading, 'v42'), capacityOf(reading, 'v41')]).toEqual([100, 0]);
    expect(reading.units?.total).toBe(4);
    // The way back is open from there.
    await moved(shop, { number: 3, desired: 0 });
    expect(await shop.sizes()).toEqual([4, 0]);
  });

  it('goes on where an earlier attempt came no further', async () => {
    shop = await halvedShop(plane);
    await shop.change('green', { spec: { template: { spec: { nodeName: 'nowhere' } } } });
    expect((await shop.target.shift(shift({ desired: 50 }), soon())).outcome).toBe('unknown');
    expect(await shop.sizes()).toEqual([4, 2]);
    await shop.change('green', { spec: { template: { spec: { nodeName: 'node' } } } });
    expect((await moved(shop, { desired: 50 })).outcome).toBe('done');
    expect(await shop.sizes()).toEqual([2, 2]);
  });

  it('lets a move that is late take nothing away once a newer one is made', async () => {
    shop = await halvedShop(plane);
    await shop.change('green', { spec: { template: { spec: { nodeName: 'nowhere' } } } });
    const late = settled(() => shop.target.shift(shift({ desired: 50 }), soon()));
    await eventually(async () => (await shop.sizes())[1] === 2);
    const newer = shop.targetWith({});
    await settled(() => newer.shift(shift({ number: 3, desired: 0 }), soon()));
    expect(await late).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('after number 3') });
    expect(await shop.sizes()).toEqual([4, 0]);
  });

  it('never overwrites what somebody scales between its look and its change', async () => {
    shop = await halvedShop(plane);
    await moved(shop, { desired: 25 });
    shop.front.beforeNextChange(() => shop.change('blue', { spec: { replicas: 7 } }));
    const result = await settled(() => shop.target.shift(shift({ number: 3, desired: 50, expected: 25 }), soon()));
    expect(result).toMatchObject({ outcome: 'conflict', detail: expect.stringMatching(/somebody/) });
    expect(await shop.sizes()).toEqual([7, 1]);
  });

  it('moves pods of a Deployment that is paused, which holds up roll-outs and no sizes', async () => {
    shop = await halvedShop(plane);
    await shop.change('green', { spec: { paused: true } });
    await moved(shop, { desired: 50 });
    expect(await shop.sizes()).toEqual([2, 2]);
  });

  it('takes as many pods as it is told to where the two want others', async () => {
    shop = await halvedShop(plane);
    const target = shop.targetWith({ replicas: 6 });
    expect((await settled(() => target.shift(shift({ desired: 50 }), soon()))).outcome).toBe('done');
    expect(await shop.sizes()).toEqual([3, 3]);
  });

  it('refuses what an autoscaler sizes, with the ways out', async () => {
    shop = await halvedShop(plane);
    const blue = `${shop.shop}-blue`;
    const what = { apiVersion: 'apps/v1', kind: 'Deployment', name: blue, minReplicas: 1, maxReplicas: 9 };
    const scaler = await (await autoscaling(plane))(what, 6);
    await scaler.untilContent(6);
    const why = {
      code: 'OWNED_BY_ANOTHER',
      detail: expect.stringMatching(
        /HorizontalPodAutoscaler .* sets how many pods .*-blue has.*: split by a route instead/,
      ),
    };
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, ...why });
    expect(await settled(() => shop.target.prepare(prepare(), soon()))).toMatchObject({ outcome: 'refused', ...why });
    expect(await settled(() => shop.target.shift(shift(), soon()))).toMatchObject({ outcome: 'refused', ...why });
    expect(await shop.sizes()).toEqual([6, 0]);
  });

  it('needs no more rights than its manifest gives', async () => {
    shop = await halvedShop(plane, { token: ORDINARY_TOKEN });
    await expect(shop.target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNAUTHORIZED' });
    const revoke = await plane.grant('replicas-role.yaml');
    await ready(shop);
    expect((await checked(shop.target, PAIR)).ok).toBe(true);
    await moved(shop, { desired: 50 });
    await revoke();
  });
});

describeOwners(plane, {
  create: () => halvedShop(plane),
  objects: ({ shop }) => [deploymentPath(`${shop}-blue`), deploymentPath(`${shop}-green`)],
});

describeRights(plane, 'replicas-role.yaml', () => halvedShop(plane, { token: ORDINARY_TOKEN }));
