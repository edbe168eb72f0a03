import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, moved, prepare, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { weightOf } from '../../src/domain/plan/census';
import { autoscaling } from './support/autoscaler';
import { ORDINARY_TOKEN } from './support/control-plane';
import { hardOfHearing } from './support/ear';
import type { HardOfHearing } from './support/ear';
import { BUILDS, builtAs, eventually, podTemplate } from './support/fleet';
import { describeOwners } from './support/owners';
import { describeRights } from './support/rights';
import { controlPlane } from './support/suite';
import { rolloutShop } from './support/rollout-shop';
import type { RolloutShop, RolloutWishes } from './support/rollout-shop';

const PAIR = { from: 'v42', to: 'v41' };
const plane = controlPlane({ rollouts: true });

describeDeploymentTarget({
  name: 'argo-rollouts',
  slow: true,
  shares: { some: 100, other: 0 },
  create: () => rolloutShop(plane),
  skip: [
    { reason: 'a Rollout is taken back whole', tests: ['units'] },
    { reason: 'v41 has run here before, so that its pods always come', tests: ['lagging'] },
  ],
});

describe('a Rollout as a target', () => {
  let shop: RolloutShop;
  const made = async (wishes?: RolloutWishes): Promise<RolloutShop> => (shop = await rolloutShop(plane, wishes));
  afterEach(() => shop.close());

  it('gives a finished one the earlier template back and promotes it past its own steps, and back again', async () => {
    await made();
    await moved(shop, { desired: 100 });
    expect(await shop.pods()).toEqual({ v41: 2, v42: 0 });
    // What its status counts comes after the ReplicaSets that have it.
    await shop.untilPhase('Healthy');
    expect((await shop.read()).status).toMatchObject({ currentStepIndex: 2 });
    await moved(shop, { number: 3, desired: 0, expected: 100 });
    expect(await shop.pods()).toEqual({ v41: 0, v42: 2 });
    expect((await shop.read()).spec.template).toMatchObject({ metadata: { labels: { app: shop.rollout } } });
  });

  it('aborts one that is under way, whose spec stays as it is, and takes the abort back to the same step', async () => {
    await made({ half: true });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(50);
    expect(await checked(shop.target, PAIR)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('under way'),
    });
    const { spec } = await shop.read();
    await moved(shop, { desired: 100, expected: 50 });
    expect(await shop.pods()).toEqual({ v41: 2, v42: 0 });
    expect((await shop.read()).status).toMatchObject({ abort: true });
    await moved(shop, { number: 3, desired: 50, expected: 100 });
    expect(await shop.pods()).toEqual({ v41: 1, v42: 1 });
    await shop.untilPhase('Paused');
    expect(await shop.read()).toMatchObject({ spec, status: { currentStepIndex: 1 } });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(50);
    expect(await shop.changes()).toBe(0);
  });

  it('aborts one that somebody promotes past its steps and whose pods do not come', async () => {
    await made({ newNode: 'that-is-not-there' });
    expect((await shop.read()).status).toMatchObject({ promoteFull: true });
    await moved(shop, { desired: 100, expected: 100 });
    const { status } = await shop.read();
    expect(status).toMatchObject({ abort: true });
    expect(status?.promoteFull ?? false).toBe(false);
    expect(await shop.changes()).toBe(0);
  });

  it('aborts also what Argo CD manages, which keeps the spec', async () => {
    const marks = { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:argoproj.io/Rollout:x/y' } };
    await made({ half: true, marks });
    await moved(shop, { desired: 100, expected: 50 });
    expect(await shop.changes()).toBe(0);
  });

  it('goes back from a build that only its digest names to what has a tag', async () => {
    await made();
    await shop.change({ template: builtAs(BUILDS.from) });
    await shop.untilPhase('Paused');
    const target = shop.targetWith({ revision: { image: 'main' } });
    expect(weightOf(await readFrom(target), BUILDS.from)).toBe(50);
    const revision = { from: BUILDS.from, to: 'v42' };
    await moved({ target }, { revision, desired: 100, expected: 50 });
    expect(weightOf(await readFrom(target), 'v42')).toBe(100);
  });

  it('switches a blue-green one back, whose active pods are what is served', async () => {
    await made({ blueGreen: {} });
    expect(weightOf(await readFrom(shop.target), 'v42')).toBe(100);
    await moved(shop, { desired: 100 });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(100);
    await shop.untilPhase('Healthy');
  });

  it('aborts a blue-green one that is judged after its switch, and promotes it where that is taken back', async () => {
    await plane.kube.create('/apis/argoproj.io/v1alpha1/namespaces/default/analysistemplates', {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'AnalysisTemplate',
      metadata: { name: 'judged-in-an-hour' },
      spec: { metrics: [{ name: 'late', initialDelay: '1h', provider: { web: { url: 'http://127.0.0.1:9' } } }] },
    });
    const postPromotionAnalysis = { templates: [{ templateName: 'judged-in-an-hour' }] };
    await made({ half: true, blueGreen: { postPromotionAnalysis } });
    await shop.say({ pauseConditions: null });
    await eventually(async () => weightOf(await readFrom(shop.target), 'v42') === 100);
    await moved(shop, { desired: 100 });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(100);
    expect((await shop.read()).status).toMatchObject({ abort: true });
    await moved(shop, { number: 3, desired: 0, expected: 100 });
    expect(weightOf(await readFrom(shop.target), 'v42')).toBe(100);
    expect(await shop.changes()).toBe(0);
  });

  it('reads one behind a router by what that is told, aborts it and puts it back to its step', async () => {
    await made({ half: true, routed: true });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(50);
    await moved(shop, { desired: 100, expected: 50 });
    expect(await shop.routes()).toEqual([100, 0]);
    await moved(shop, { number: 3, desired: 50, expected: 100 });
    expect(await shop.routes()).toEqual([50, 50]);
  });

  it.each([
    { pods: 'stay until the end', dynamic: false },
    { pods: 'follow the weights', dynamic: true },
  ])('takes one behind a router back that was finished already, and there again, where pods $pods', async (each) => {
    await made({ routed: true, dynamic: each.dynamic });
    expect(await shop.traffic()).toEqual({ v42: 100 });
    expect(weightOf(await readFrom(shop.target), 'v42')).toBe(100);
    await moved(shop, { desired: 100 });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(100);
    expect(await shop.traffic()).toEqual({ v41: 100 });
    await moved(shop, { number: 3, desired: 0, expected: 100 });
    expect(weightOf(await readFrom(shop.target), 'v42')).toBe(100);
    expect(await shop.traffic()).toEqual({ v42: 100 });
  });

  it('aborts one behind a router whose pods follow the weights, and puts it back to its step', async () => {
    await made({ half: true, routed: true, dynamic: true });
    await moved(shop, { desired: 100, expected: 50 });
    expect(await shop.traffic()).toEqual({ v41: 100 });
    await moved(shop, { number: 3, desired: 50, expected: 100 });
    expect(await shop.traffic()).toEqual({ v41: 50, v42: 50 });
  });

  it('refuses what its own analysis has aborted, what is paused, and a template that is not its own', async () => {
    await made();
    await shop.change({ template: podTemplate(shop.rollout, 'v41') });
    await shop.untilPhase('Paused');
    await shop.say({ abort: true });
    await shop.untilPhase('Degraded');
    const aborted = await settled(() => shop.target.shift(shift({ desired: 100 }), soon()));
    expect(aborted).toMatchObject({
      outcome: 'refused',
      code: 'UNSUPPORTED_SHAPE',
      detail: expect.stringContaining('has aborted that'),
      wayOut: expect.stringContaining('kubectl argo rollouts retry'),
    });
    await shop.change({ template: podTemplate(shop.rollout, 'v42'), paused: true });
    await eventually(async () => (await shop.read()).status?.abort !== true);
    const detail = expect.stringContaining('is paused by spec.paused');
    const paused = { code: 'UNSUPPORTED_SHAPE', detail, wayOut: expect.stringContaining('take spec.paused away') };
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, ...paused });
    expect(await settled(() => shop.target.prepare(prepare(), soon()))).toMatchObject({
      outcome: 'refused',
      ...paused,
    });
  });

  it('refuses a revision that is kept no more, and says what to do', async () => {
    await made({ spec: { revisionHistoryLimit: 0 } });
    await eventually(async () => !('v41' in (await shop.pods())));
    const detail = expect.stringMatching(/keeps no ReplicaSet of v41 \(it keeps v42\)/);
    const no = { code: 'REVISION_UNKNOWN', detail, wayOut: expect.stringContaining('revisionHistoryLimit') };
    expect(await checked(shop.target, PAIR)).toMatchObject({ ok: false, ...no });
    expect(await settled(() => shop.target.prepare(prepare(), soon()))).toMatchObject({ outcome: 'refused', ...no });
    expect(await settled(() => shop.target.shift(shift({ desired: 100 }), soon()))).toMatchObject({
      outcome: 'refused',
      ...no,
    });
  });

  it('never overwrites what somebody sets between its look and its change, or while it goes on', async () => {
    await made();
    shop.front.beforeNextChange(() => shop.changeUnheard({ template: podTemplate(shop.rollout, 'v43') }));
    const between = await settled(() => shop.target.shift(shift({ desired: 100 }), soon()));
    expect(between).toMatchObject({
      outcome: 'conflict',
      code: 'THIRD_REVISION',
      detail: expect.stringContaining('v43'),
    });
    expect(JSON.stringify((await shop.read()).spec.template)).toContain('v43');
  });

  it('never takes back what somebody tells its controller while it goes on, and has no share but all and none', async () => {
    await made({ half: true });
    expect(await settled(() => shop.target.shift(shift({ desired: 75, expected: 50 }), soon()))).toMatchObject({
      outcome: 'refused',
      code: 'UNSUPPORTED_SHAPE',
      detail: expect.stringContaining('has no 75 %'),
      wayOut: expect.stringContaining('phases of 100 %'),
    });
    expect((await shop.read()).metadata.annotations?.['phased-rollback/shift']).toBeUndefined();
    await moved(shop, { desired: 100, expected: 50 });
    await shop.say({ abort: false, currentStepIndex: 1 });
    await shop.untilPhase('Paused');
    // It calls itself paused before the pods of the suspect are there, which is not yet what an effect would find changed.
    await eventually(async () => (await shop.pods())['v42'] === 1 && (await shop.pods())['v41'] === 1);
    const next = await settled(() => shop.target.shift(shift({ number: 3, desired: 50, expected: 100 }), soon()));
    expect(next).toMatchObject({ outcome: 'conflict', code: 'CHANGED_BY_OTHERS' });
    expect(await shop.pods()).toEqual({ v41: 1, v42: 1 });
  });

  it('lets a late change of its own fail at the server once a newer one is made', async () => {
    await made();
    let newer: Promise<unknown> | undefined;
    shop.front.beforeNextChange(async () => {
      newer = moved({ target: shop.targetWith({}) }, { number: 3, desired: 100 });
      await eventually(async () => (await shop.read()).metadata.annotations?.['phased-rollback/shift'] !== undefined);
    });
    const late = await settled(() => shop.target.shift(shift({ number: 2, desired: 100 }), soon()));
    await newer;
    expect(late).toMatchObject({ outcome: 'conflict', detail: expect.stringContaining('after number 3') });
    expect(await shop.changes()).toBe(1);
  });

  it('leaves to an autoscaler how many pods there are, also while it goes back', async () => {
    await made();
    const { rollout: name } = shop;
    const what = { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name, minReplicas: 2, maxReplicas: 4 };
    const scaler = await (await autoscaling(plane))(what, 2);
    await scaler.untilContent(2);
    // The first change puts the template back, the second one is to tell the controller.
    shop.front.beforeNextChange(async () =>
      shop.front.beforeNextChange(async () => {
        await scaler.load(3);
        await scaler.untilContent(3);
      }),
    );
    await moved(shop, { desired: 100 });
    await shop.untilPhase('Healthy');
    expect(await shop.pods()).toEqual({ v41: 3, v42: 0 });
  });

  it('goes on with an effect whose answer was lost, and makes it once', async () => {
    await made();
    const lost = shop.front.loseNextChange();
    expect((await shop.target.shift(shift({ desired: 100 }), lost)).outcome).toBe('unknown');
    await moved(shop, { desired: 100 });
    expect(await shop.pods()).toEqual({ v41: 2, v42: 0 });
    expect(await shop.changes()).toBe(1);
  });

  it('needs no more rights than its manifest gives, and says which are missing', async () => {
    await made({ token: ORDINARY_TOKEN });
    await expect(shop.target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_UNAUTHORIZED',
      message: expect.stringMatching(/User "phased-rollback" cannot (get|list) resource/),
    });
    const revoke = await plane.grant('rollout-role.yaml');
    await ready(shop);
    expect((await checked(shop.target, PAIR)).ok).toBe(true);
    await moved(shop, { desired: 100 });
    expect(weightOf(await readFrom(shop.target), 'v41')).toBe(100);
    await revoke();
  });
});

describeOwners(plane, {
  create: () => rolloutShop(plane),
  objects: ({ path }) => [path],
});

describeRights(plane, 'rollout-role.yaml', () => rolloutShop(plane, { token: ORDINARY_TOKEN }));

describe('a controller of Rollouts that has lost what it was told', () => {
  let other: HardOfHearing;
  let shop: RolloutShop;
  beforeAll(async () => {
    other = await hardOfHearing(plane);
  });
  afterEach(() => shop.close());
  afterAll(() => other.close());

  it('is woken where it has put an older Rollout over an abort', async () => {
    shop = await rolloutShop(plane, { half: true, marks: other.marks });
    const isTold = async (): Promise<boolean> => (await shop.read()).status?.abort === true;
    await other.lose(shop, () => moved(shop, { desired: 100, expected: 50 }), isTold);
    expect(await shop.pods()).toEqual({ v41: 2, v42: 0 });
    expect((await shop.read()).metadata.annotations).toHaveProperty(['phased-rollback/woken']);
  });
});
