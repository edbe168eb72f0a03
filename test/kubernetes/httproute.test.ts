import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, made, moved, prepare, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { capacityOf, weightOf } from '../../src/domain/plan/census';
import { autoscaling } from './support/autoscaler';
import { ORDINARY_TOKEN } from './support/control-plane';
import { controlPlane } from './support/suite';
import { BUILDS, builtAs, deployment, deploymentPath, eventually, rollOut, untilReady } from './support/fleet';
import { Gateway } from './support/gateway';
import { freeze, httpRoutePath, takenShop, untilTaken } from './support/routes';
import { describeOwners } from './support/owners';
import { describeRights } from './support/rights';
import type { RoutedShop } from './support/routes';

const PAIR = { from: 'v42', to: 'v41' };
let gateway: Gateway;
// Before the plane that it watches goes.
afterAll(() => gateway?.stop());
const plane = controlPlane({ definitions: ['gateway-api.yaml'] });

beforeAll(() => {
  gateway = new Gateway(plane.kube);
});

describeDeploymentTarget({
  name: 'kubernetes-httproute',
  // Its gateway takes a share over in its own time.
  slow: true,
  async create() {
    const shop = await takenShop(plane);
    return {
      ...shop,
      misbehave(how) {
        if (how === 'lagging') gateway.ignore(shop.route);
        else gateway.heed(shop.route);
        return shop.misbehave(how);
      },
    };
  },
  skip: [{ reason: 'a route is moved in percent', tests: ['units'] }],
});

describe('an HTTPRoute as a target', () => {
  let shop: RoutedShop;
  afterEach(() => shop.close());

  it('scales the idle Deployment to the share, and says it is ready when its pods are', async () => {
    shop = await takenShop(plane);
    await made(() => shop.target.prepare(prepare({ share: 50 }), soon()));
    expect((await deployment(plane.kube, `${shop.route}-green`)).spec.replicas).toBe(1);
    await untilReady(plane.kube, `${shop.route}-green`, 1);
    const reading = await readFrom(shop.target);
    expect([capacityOf(reading, 'v42'), capacityOf(reading, 'v41')]).toEqual([100, 50]);
    expect((await settled(() => shop.target.prepare(prepare({ number: 2, share: 25 }), soon()))).outcome).toBe(
      'alreadyInState',
    );
    expect((await deployment(plane.kube, `${shop.route}-green`)).spec.replicas).toBe(1);
  });

  it('makes again an effect whose answer was lost only if it was not made', async () => {
    shop = await takenShop(plane);
    const lost = shop.front.loseNextChange();
    expect((await shop.target.shift(shift({ desired: 25 }), lost)).outcome).toBe('unknown');
    expect(await shop.weights()).toEqual([[75, 25]]);
    expect((await settled(() => shop.target.shift(shift({ desired: 25 }), soon()))).outcome).toBe('alreadyInState');
    expect(await shop.changes()).toBe(1);
  });

  it('never overwrites what somebody sets between its look and its change', async () => {
    shop = await takenShop(plane);
    shop.front.beforeNextChange(() => shop.setWeights(40, 60));
    const result = await settled(() => shop.target.shift(shift({ desired: 25 }), soon()));
    expect(result).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('60 %, not 0 %') });
    expect(await shop.weights()).toEqual([[40, 60]]);
  });

  it('goes on where what came between concerns something else', async () => {
    shop = await takenShop(plane);
    shop.front.beforeNextChange(async () => {
      await plane.kube.merge(httpRoutePath(shop.route), { metadata: { annotations: { team: 'shop' } } });
    });
    await made(() => shop.target.shift(shift({ desired: 25 }), soon()));
    expect(await shop.weights()).toEqual([[75, 25]]);
  });

  it('lets a late change of its own fail at the server once a newer one is made', async () => {
    shop = await takenShop(plane);
    shop.front.beforeNextChange(async () => {
      await made(() => shop.targetWith({}).shift(shift({ number: 3, desired: 50 }), soon()));
    });
    const late = await settled(() => shop.target.shift(shift({ number: 2, desired: 25 }), soon()));
    expect(late).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('after number 3') });
    expect(await shop.weights()).toEqual([[50, 50]]);
  });

  it('counts a share as served only when the gateway has taken it over', async () => {
    shop = await takenShop(plane);
    gateway.ignore(shop.route);
    const result = await shop.target.shift(shift({ desired: 25 }), soon());
    expect(result).toMatchObject({ outcome: 'unknown', detail: expect.stringContaining('the gateway edge has not') });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(0);
    gateway.heed(shop.route);
    await untilTaken(plane, shop.route);
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(25);
    expect((await settled(() => shop.target.shift(shift({ desired: 25 }), soon()))).outcome).toBe('alreadyInState');
  });

  it.each([
    ['rejects', 'ResolvedRefs', 'ResolvedRefs is False: BackendNotFound no such Service'],
    [
      'takes over in part',
      'PartiallyInvalid',
      'only a part of it over (PartiallyInvalid): UnsupportedValue no such Service',
    ],
  ] as const)('does not take for served what the gateway %s', async (_how, type, words) => {
    shop = await takenShop(plane);
    gateway.complaints.set(shop.route, { type, message: 'no such Service' });
    await shop.setWeights(50, 50);
    await untilTaken(plane, shop.route);
    const message = expect.stringContaining(words);
    await expect(shop.target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', message });
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, code: 'NOT_TAKEN_UP', detail: message });
  });

  it('goes back exactly, also with shares that are no whole percent', async () => {
    shop = await takenShop(plane);
    await moved(shop, { desired: 12.5 });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(12.5);
    const back = shift({ number: 3, desired: 0, expected: 12.5 });
    await made(() => shop.target.shift(back, soon()));
    expect(await shop.weights()).toEqual([[100, 0]]);
  });

  it('says by which Service and Deployment a gateway may count what a revision serves', async () => {
    shop = await takenShop(plane);
    const { revisions } = await readFrom(shop.target);
    const named = revisions.map(({ revision, knownAs }) => [revision, knownAs]);
    expect(Object.fromEntries(named)).toEqual({ v42: [`${shop.route}-blue`], v41: [`${shop.route}-green`] });
  });

  it('tells builds of one tag apart by their digests', async () => {
    shop = await takenShop(plane);
    const target = shop.targetWith({ revision: { image: 'main' } });
    await plane.kube.merge(deploymentPath(`${shop.route}-blue`), { spec: { template: builtAs(BUILDS.from) } });
    await plane.kube.merge(deploymentPath(`${shop.route}-green`), { spec: { template: builtAs(BUILDS.to) } });
    await eventually(async () => weightOf(await readFrom(target), BUILDS.from) === 100);
    expect((await checked(target, BUILDS)).ok).toBe(true);
    await made(() => target.shift(shift({ revision: BUILDS, desired: 25 }), soon()));
    expect(weightOf(await readFrom(target), BUILDS.to)).toBe(25);
  });

  it('tells the revisions apart that run while a Deployment is being rolled', async () => {
    shop = await takenShop(plane);
    await ready(shop);
    await untilReady(plane.kube, `${shop.route}-green`, 2);
    await moved(shop, { desired: 50 });
    await rollOut(plane.kube, `${shop.route}-green`, 'v43', { stuck: true });
    const reading = await readFrom(shop.target);
    expect(reading.revisions).toContainEqual({ revision: 'v41', weight: 50, readyCapacity: 100, readyInstances: 2 });
    expect(reading.revisions).toContainEqual({ revision: 'v43', weight: 0, readyCapacity: 0, readyInstances: 0 });
    expect(
      await settled(() => shop.target.shift(shift({ number: 3, desired: 75, expected: 50 }), soon())),
    ).toMatchObject({
      outcome: 'refused',
      detail: expect.stringContaining('v41 is not what one of the two runs'),
    });
  });

  it('takes traffic away from a Deployment that is itself taken back meanwhile, and has nothing to do once it is', async () => {
    shop = await takenShop(plane);
    await ready(shop);
    await untilReady(plane.kube, `${shop.route}-green`, 2);
    await rollOut(plane.kube, `${shop.route}-blue`, 'v41', { stuck: true });
    expect((await checked(shop.target, PAIR)).ok).toBe(true);
    await made(() => shop.target.shift(shift({ desired: 25 }), soon()));
    expect(await shop.weights()).toEqual([[75, 25]]);
    await rollOut(plane.kube, `${shop.route}-blue`, 'v41', { stuck: false });
    await eventually(async () => weightOf(await readFrom(shop.target), 'v41') === 100);
    const detail = expect.stringContaining('both Deployments behind the HTTPRoute');
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: true, detail });
    const there = { outcome: 'alreadyInState', detail };
    expect(await settled(() => shop.target.prepare(prepare({ number: 3, share: 100 }), soon()))).toMatchObject(there);
    expect(await settled(() => shop.target.shift(shift({ number: 4, desired: 100 }), soon()))).toMatchObject(there);
    expect(await shop.weights()).toEqual([[75, 25]]);
    const back = await settled(() => shop.target.shift(shift({ number: 5, desired: 0 }), soon()));
    expect(back).toMatchObject({ outcome: 'refused', code: 'REVISION_UNKNOWN' });
  });

  it('changes the rule that is meant, and wants to be told which where they differ', async () => {
    shop = await takenShop(plane, {
      rules: (name) => [
        { name: 'main', backendRefs: [weighted(`${name}-blue`, 100), weighted(`${name}-green`, 0)] },
        { name: 'beta', backendRefs: [weighted(`${name}-blue`, 10), weighted(`${name}-green`, 90)] },
      ],
    });
    await expect(shop.target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_MISCONFIGURED',
      message: expect.stringContaining('the rule "main" and the rule "beta" split differently'),
    });
    const main = shop.targetWith({ rule: 'main' });
    await made(() => main.shift(shift({ desired: 25 }), soon()));
    expect(await shop.weights()).toEqual([
      [75, 25],
      [10, 90],
    ]);
    await expect(shop.targetWith({ rule: 'none' }).observe(soon())).rejects.toMatchObject({
      message: expect.stringContaining('it has no rule called "none"'),
    });
  });

  it('leaves alone, and names, what goes to a third Service', async () => {
    shop = await takenShop(plane, {
      rules: (name) => [
        { backendRefs: [weighted(`${name}-blue`, 60), weighted('canary', 40), weighted(`${name}-green`, 0)] },
      ],
    });
    expect(weightOf(await readFrom(shop.target), 'Service canary')).toBe(40);
    expect(await settled(() => shop.target.shift(shift({ desired: 25 }), soon()))).toMatchObject({
      outcome: 'conflict',
      detail: expect.stringContaining('the Service canary gets 40 %'),
    });
  });

  it('refuses to make room that an autoscaler takes away, and keeps it where that may not', async () => {
    shop = await takenShop(plane);
    const green = `${shop.route}-green`;
    const what = { apiVersion: 'apps/v1', kind: 'Deployment', name: green, minReplicas: 1, maxReplicas: 9 };
    const scaler = await (await autoscaling(plane))(what, 0);
    const scaled = (replicas: number) => plane.kube.merge(deploymentPath(green), { spec: { replicas } });
    // As it goes for whoever makes room all the same: nobody is served there yet.
    await scaled(2);
    await scaler.untilContent(1);
    await scaled(0);
    const before = await shop.changes();
    const detail = expect.stringContaining(`set its minReplicas to 2 or more`);
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, code: 'OWNED_BY_ANOTHER', detail });
    expect(await settled(() => shop.target.prepare(prepare(), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'OWNED_BY_ANOTHER',
      detail,
    });
    expect(await shop.changes()).toBe(before);
    await scaler.leaveAtLeast(2);
    expect((await checked(shop.target, PAIR)).ok).toBe(true);
    await made(() => shop.target.prepare(prepare(), soon()));
    await scaler.untilHeldUp(2);
    await untilReady(plane.kube, green, 2);
    expect(capacityOf(await readFrom(shop.target), 'v41')).toBe(100);
  });

  it('needs no more rights than its manifest gives, and says which are missing', async () => {
    shop = await takenShop(plane, { token: ORDINARY_TOKEN });
    await expect(shop.target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_UNAUTHORIZED',
      message: expect.stringMatching(/User "phased-rollback" cannot (get|list) resource/),
    });
    const revoke = await plane.grant('httproute-role.yaml');
    await ready(shop);
    expect((await checked(shop.target, PAIR)).ok).toBe(true);
    await made(() => shop.target.shift(shift({ desired: 25 }), soon()));
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(25);
    await revoke();
  });

  it('hands on why a policy of the cluster denies a change', async () => {
    shop = await takenShop(plane);
    await freeze(plane, shop.route);
    const detail = expect.stringContaining('frozen by ops');
    await eventually(async () => !(await checked(shop.target, PAIR)).ok);
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, code: 'NOT_ALLOWED', detail });
    expect(await settled(() => shop.target.shift(shift({ desired: 25 }), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'NOT_ALLOWED',
      detail,
    });
    expect(await shop.weights()).toEqual([[100, 0]]);
  });
});

describeOwners(plane, {
  create: () => takenShop(plane),
  objects: ({ route }) => [httpRoutePath(route), deploymentPath(`${route}-blue`), deploymentPath(`${route}-green`)],
});

describeRights(plane, 'httproute-role.yaml', () => takenShop(plane, { token: ORDINARY_TOKEN }));

function weighted(name: string, weight: number) {
  return { name, port: 80, weight };
}
