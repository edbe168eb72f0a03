import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, moved, prepare, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { weightOf } from '../../src/domain/plan/census';
import { autoscaling } from './support/autoscaler';
import { ORDINARY_TOKEN } from './support/control-plane';
import { controlPlane } from './support/suite';
import { BUILDS, builtAs, eventually, freshName, machineComes, podTemplate } from './support/fleet';
import { describeOwners } from './support/owners';
import { describeRights } from './support/rights';
import { brokenTemplate, statefulShop, untilSettled } from './support/stateful';
import type { StatefulShop, StatefulWishes } from './support/stateful';

const PAIR = { from: 'v42', to: 'v41' };
const plane = controlPlane();

/** Pods of v41 are for a machine that comes late. */
async function lateShop(): Promise<StatefulShop> {
  const oldNode = freshName();
  const shop = await statefulShop(plane, { oldNode });
  const misbehave: StatefulShop['misbehave'] = (how) =>
    how === 'lagging' ? Promise.resolve() : machineComes(plane.kube, oldNode);
  return { ...shop, misbehave };
}

describeDeploymentTarget({
  name: 'kubernetes-statefulset',
  slow: true,
  create: (units, part) => (part === 'lagging' ? lateShop() : statefulShop(plane, { replicas: units?.total ?? 4 })),
  skip: [{ reason: 'a StatefulSet is moved by the pod', tests: ['percent'] }],
});

describe('a StatefulSet as a target', () => {
  let shop: StatefulShop;
  const made = async (wishes?: StatefulWishes): Promise<StatefulShop> => (shop = await statefulShop(plane, wishes));
  afterEach(() => shop.close());
  /** Asks until that is what is still open: controllers may take longer than one call. */
  const untilOpen = (change: Parameters<typeof shift>[0], open: string): Promise<void> =>
    eventually(async () => {
      const result = await shop.target.shift(shift(change), soon());
      expect(result.outcome).toBe('unknown');
      return result.detail === open;
    });

  it('takes the highest places back first, one after the other, and is done when their pods are ready', async () => {
    await made({ policy: 'OrderedReady' });
    await ready(shop);
    expect(await shop.pods()).toEqual(['v42', 'v42', 'v42', 'v42']);
    await moved(shop, { desired: 50 });
    expect(await shop.pods()).toEqual(['v42', 'v42', 'v41', 'v41']);
    const reading = await readFrom(shop.target);
    expect(reading).not.toHaveProperty('uneven');
    expect(reading.revisions).toEqual(
      expect.arrayContaining([
        { revision: 'v42', weight: 50, readyCapacity: 100, readyInstances: 2 },
        { revision: 'v41', weight: 50, readyCapacity: 100, readyInstances: 2 },
      ]),
    );
  });

  it('puts everything back exactly as it was, from the middle', async () => {
    await made();
    const { spec } = await shop.read();
    const [lowest] = await shop.uids();
    await moved(shop, { desired: 75 });
    // No pod changes by itself that is below the partition: those are taken down, one at a time.
    await moved(shop, { number: 3, desired: 25, expected: 75 });
    await shop.untilPods('v42', 'v42', 'v42', 'v41');
    await moved(shop, { number: 4, desired: 0, expected: 25 });
    await shop.untilPods('v42', 'v42', 'v42', 'v42');
    expect((await shop.read()).spec).toEqual(spec);
    expect((await shop.uids())[0]).toBe(lowest);
  });

  it('puts everything back exactly as it was once all of it was moved, in parts and whole', async () => {
    await made({ spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } } });
    const { spec } = await shop.read();
    await moved(shop, { desired: 100 });
    await untilSettled(plane.kube, shop.path, 4);
    expect((await shop.read()).spec.updateStrategy.rollingUpdate?.partition).toBe(0);
    await moved(shop, { number: 3, desired: 25, expected: 100 });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(25);
    await shop.untilPods('v41', 'v42', 'v42', 'v42');
    await moved(shop, { number: 4, desired: 50, expected: 25 });
    expect(await shop.pods()).toEqual(['v41', 'v41', 'v42', 'v42']);
    // Below the partition that was there before nothing changes, so that it comes back last.
    await moved(shop, { number: 5, desired: 0, expected: 50 });
    await shop.untilPods('v42', 'v42', 'v42', 'v42');
    expect((await shop.read()).spec).toEqual(spec);
  });

  it('ends a rollout that a broken pod has stopped, which putting the template back would not', async () => {
    await made({ policy: 'OrderedReady', served: 'v41', replicas: 3 });
    await shop.change({ template: brokenTemplate(shop.set, 'v42') });
    await eventually(async () => (await shop.pods()).join() === 'v41,v41,v42!');
    const reading = await readFrom(shop.target);
    expect(reading).toMatchObject({ units: { total: 3, name: 'pods' }, uneven: true });
    expect(weightOf(reading, 'v42')).toBeCloseTo(33.33, 1);
    expect(await checked(shop.target, PAIR)).toEqual({
      ok: true,
      detail: expect.stringContaining(`${shop.set}-2 is not ready now (Pending)`),
    });
    await moved(shop, { desired: 100, expected: 66.6666 });
    expect(await shop.pods()).toEqual(['v41', 'v41', 'v41']);
    await untilSettled(plane.kube, shop.path, 3);
  });

  it('says that a broken pod stops the way back in parts, changes nothing, and takes everything back at once', async () => {
    await made({ policy: 'OrderedReady', served: 'v41', replicas: 2 });
    await shop.change({ replicas: 0 });
    await shop.change({ template: brokenTemplate(shop.set, 'v42') });
    await untilSettled(plane.kube, shop.path, 0);
    await shop.change({ replicas: 2 });
    await eventually(async () => (await shop.pods()).join() === 'v42!');
    const before = await shop.changes();
    expect(await shop.target.shift(shift({ desired: 50 }), soon())).toEqual({
      outcome: 'unknown',
      detail: expect.stringMatching(/-0 is not ready \(Pending\).*take everything back at once/),
    });
    expect(await shop.changes()).toBe(before);
    await moved(shop, { number: 3, desired: 100 });
    expect(await shop.pods()).toEqual(['v41', 'v41']);
  });

  it('tells what it waits for while a pod does not become ready, and calls nothing done', async () => {
    await made({ served: 'v41', replicas: 2 });
    await shop.change({ template: brokenTemplate(shop.set, 'v40') });
    await eventually(async () => (await shop.pods()).includes('v40!'));
    await shop.change({ template: podTemplate(shop.set, 'v42') });
    await eventually(async () => (await shop.pods()).join() === 'v42,v42');
    await untilSettled(plane.kube, shop.path, 2);
    const revision = { from: 'v42', to: 'v40' };
    const open = `${shop.set}-1 is not ready (Pending), and no other pod is taken down meanwhile`;
    await untilOpen({ revision, desired: 50 }, open);
    expect(await readFrom(shop.target)).toMatchObject({ uneven: true });
    // The way home is open all the same.
    await moved(shop, { revision, number: 3, desired: 0, expected: 50 });
    await shop.untilPods('v42', 'v42');
  });

  it('tells builds of one tag apart by their digests, pod by pod', async () => {
    await made({ replicas: 2 });
    for (const digest of [BUILDS.to, BUILDS.from]) {
      await shop.change({ template: builtAs(digest) });
      await untilSettled(plane.kube, shop.path, 2);
    }
    const target = shop.targetWith({ revision: { image: 'main' } });
    expect(weightOf(await readFrom(target), BUILDS.from)).toBe(100);
    await moved({ target }, { revision: BUILDS, desired: 50 });
    expect(weightOf(await readFrom(target), BUILDS.to)).toBe(50);
    expect((await shop.read()).spec.template).toMatchObject(builtAs(BUILDS.to));
  });

  it('refuses a revision that is kept no more, and says what to do', async () => {
    await made({ replicas: 1 });
    const { items } = await plane.kube.get<{ items: { metadata: { name: string }; revision: number }[] }>(
      `/apis/apps/v1/namespaces/default/controllerrevisions?labelSelector=app%3D${shop.set}`,
    );
    const oldest = items.toSorted((one, other) => one.revision - other.revision)[0]?.metadata.name;
    await plane.kube.delete(`/apis/apps/v1/namespaces/default/controllerrevisions/${oldest}`);
    const detail = expect.stringMatching(/keeps no ControllerRevision of v41 \(it keeps v42\).*revisionHistoryLimit/);
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, code: 'REVISION_UNKNOWN', detail });
    expect(await settled(() => shop.target.prepare(prepare(), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'REVISION_UNKNOWN',
      detail,
    });
    const asked = await settled(() => shop.target.shift(shift({ desired: 100 }), soon()));
    expect(asked).toMatchObject({ outcome: 'refused', code: 'REVISION_UNKNOWN', detail });
    expect(await shop.changes()).toBe(0);
  });

  it('refuses where pods change only as somebody deletes them', async () => {
    await made({ replicas: 1, spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } });
    const detail = expect.stringMatching(/update strategy OnDelete.*set spec.updateStrategy.type to RollingUpdate/);
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, code: 'UNSUPPORTED_SHAPE', detail });
    expect(await settled(() => shop.target.shift(shift({ desired: 100 }), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'UNSUPPORTED_SHAPE',
      detail,
    });
    expect(await shop.changes()).toBe(0);
  });

  it('never overwrites what somebody sets between its look and its change, or while it goes on', async () => {
    await made();
    shop.front.beforeNextChange(() => shop.change({ template: podTemplate(shop.set, 'v43') }));
    const between = await settled(() => shop.target.shift(shift({ desired: 25 }), soon()));
    // Whether the first pod of it is there already is up to the controller.
    expect(between).toMatchObject({
      outcome: 'conflict',
      code: 'THIRD_REVISION',
      detail: expect.stringMatching(/v43/),
    });
    await untilSettled(plane.kube, shop.path, 4);
    expect(await shop.pods()).toEqual(['v43', 'v43', 'v43', 'v43']);
    const revision = { from: 'v43', to: 'v42' };
    await moved(shop, { revision, number: 3, desired: 50 });
    await shop.change({ updateStrategy: { rollingUpdate: { partition: 4 } } });
    const again = await settled(() => shop.target.shift(shift({ revision, number: 3, desired: 50 }), soon()));
    expect(again).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('somebody has changed it') });
    expect((await shop.read()).spec.updateStrategy.rollingUpdate?.partition).toBe(4);
  });

  it('takes it for a change of somebody else that an autoscaler adds pods, and goes on from what is there', async () => {
    await made({ replicas: 2 });
    const what = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: shop.set, minReplicas: 2, maxReplicas: 4 };
    const scaler = await (await autoscaling(plane))(what, 2);
    await scaler.untilContent(2);
    await moved(shop, { desired: 50 });
    await scaler.load(4);
    await scaler.untilContent(4);
    // Those above the partition run what is gone back to.
    await shop.untilPods('v42', 'v41', 'v41', 'v41');
    expect(
      await settled(() => shop.target.shift(shift({ number: 3, desired: 100, expected: 50 }), soon())),
    ).toMatchObject({
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
      detail: expect.stringContaining('v41 serves 3 of 4 pods (75 %), not 2 of 4 pods (50 %)'),
    });
    await moved(shop, { number: 4, desired: 100, expected: 75 });
    expect(await shop.pods()).toEqual(['v41', 'v41', 'v41', 'v41']);
  });

  it('leaves alone what somebody has rolled out, of which no pod runs yet', async () => {
    await made({ replicas: 2 });
    await shop.change({
      template: podTemplate(shop.set, 'v43'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } },
    });
    await eventually(async () => {
      const { metadata, status } = await shop.read();
      return status.observedGeneration === metadata.generation;
    });
    const before = await shop.changes();
    const third = { code: 'THIRD_REVISION', detail: expect.stringContaining('is to run v43') };
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, ...third });
    expect(await settled(() => shop.target.shift(shift({ desired: 50 }), soon()))).toMatchObject({
      outcome: 'conflict',
      ...third,
    });
    expect(await shop.changes()).toBe(before);
    expect(await shop.pods()).toEqual(['v42', 'v42']);
  });

  it('lets a late change of its own fail at the server once a newer one is made', async () => {
    await made({ replicas: 2 });
    shop.front.beforeNextChange(
      async () => void (await moved({ target: shop.targetWith({}) }, { number: 3, desired: 100 })),
    );
    const late = await settled(() => shop.target.shift(shift({ number: 2, desired: 50 }), soon()));
    expect(late).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('after number 3') });
    expect(await shop.pods()).toEqual(['v41', 'v41']);
  });

  it('goes on with an effect whose answer was lost, and makes it once', async () => {
    await made({ replicas: 2 });
    const lost = shop.front.loseNextChange();
    expect((await shop.target.shift(shift({ desired: 50 }), lost)).outcome).toBe('unknown');
    await moved(shop, { desired: 50 });
    expect(await shop.pods()).toEqual(['v42', 'v41']);
    expect(await shop.changes()).toBe(1);
  });

  it('goes on to another share while pods are still on their way to the one before', async () => {
    await made({ served: 'v41', replicas: 4 });
    await shop.change({ template: brokenTemplate(shop.set, 'v40') });
    await eventually(async () => (await shop.pods()).includes('v40!'));
    await shop.change({ template: podTemplate(shop.set, 'v42') });
    await eventually(async () => (await shop.pods()).join() === 'v42,v42,v42,v42');
    await untilSettled(plane.kube, shop.path, 4);
    const revision = { from: 'v42', to: 'v40' };
    const open = `${shop.set}-3 is not ready (Pending), and no other pod is taken down meanwhile`;
    await untilOpen({ revision, desired: 100 }, open);
    expect(weightOf(await readFrom(shop.target), 'v40')).toBe(25);
    // Whoever asks next knows only what was there before, or what is wanted.
    await untilOpen({ revision, number: 3, desired: 50, expected: 100 }, open);
    expect((await shop.read()).spec.updateStrategy.rollingUpdate?.partition).toBe(2);
  });

  it('needs no more rights than its manifest gives, and says which are missing', async () => {
    await made({ replicas: 2, token: ORDINARY_TOKEN });
    await expect(shop.target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_UNAUTHORIZED',
      message: expect.stringMatching(/User "phased-rollback" cannot (get|list) resource/),
    });
    const revoke = await plane.grant('statefulset-role.yaml');
    await ready(shop);
    expect((await checked(shop.target, PAIR)).ok).toBe(true);
    await moved(shop, { desired: 100 });
    await moved(shop, { number: 3, desired: 50, expected: 100 });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(50);
    await revoke();
  });
});

describeOwners(plane, { create: () => statefulShop(plane, { replicas: 1 }), objects: ({ path }) => [path] });

describeRights(plane, 'statefulset-role.yaml', () => statefulShop(plane, { replicas: 1, token: ORDINARY_TOKEN }));
