import { moved, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { scriptFor, stepByHand, untold } from './support/by-hand';
import { eventually, podTemplate } from './support/fleet';
import { halvedShop } from './support/halves';
import type { HalvedShop } from './support/halves';
import { brokenTemplate, statefulShop, untilSettled } from './support/stateful';
import type { StatefulShop } from './support/stateful';
import { controlPlane } from './support/suite';

const plane = controlPlane();

describe('steps by hand of two Deployments split by pods', () => {
  let shop: HalvedShop;
  afterEach(() => shop.close());

  it('takes no pod away by hand before those that come instead are ready, and goes on from where it was stopped', async () => {
    shop = await halvedShop(plane);
    const script = await scriptFor(shop.target, [0, 50, 100]);
    await stepByHand(script, 100, shop.shell);
    expect(await shop.sizes()).toEqual([0, 4]);
    // As a step leaves it that was stopped while it waited for pods.
    await shop.change('blue', { spec: { replicas: 2 } });
    await stepByHand(script, 50, shop.shell);
    expect(await shop.sizes()).toEqual([2, 2]);
    await stepByHand(script, 0, shop.shell);
    expect(await shop.sizes()).toEqual([4, 0]);
  });

  it('stops a step by hand where one of the two was rolled out anew since', async () => {
    shop = await halvedShop(plane);
    const script = await scriptFor(shop.target);
    await shop.change('green', { spec: { template: podTemplate(`${shop.shop}-green`, 'v43') } });
    await eventually(async () => (await readFrom(shop.target)).revisions.some(({ revision }) => revision === 'v43'));
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining(`${shop.shop}-green was rolled out anew since this was written: it is at`),
    });
    expect(await shop.sizes()).toEqual([4, 0]);
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/v41 is not what one of the two runs/));
  });

  it('stops a step by hand where somebody has scaled one of the two to what no step sets', async () => {
    shop = await halvedShop(plane);
    const script = await scriptFor(shop.target, [0, 100]);
    await shop.change('blue', { spec: { replicas: 7 } });
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining(`${shop.shop}-blue was scaled since this was written: it wants 7 pods`),
    });
    expect(await shop.sizes()).toEqual([7, 0]);
  });

  it('takes a step by hand for a foreign change', async () => {
    shop = await halvedShop(plane);
    await ready(shop);
    await stepByHand(await scriptFor(shop.target, [50]), 50, shop.shell);
    expect(await settled(() => shop.target.shift(shift({ desired: 25 }), soon()))).toMatchObject({
      outcome: 'conflict',
      code: 'CHANGED_BY_OTHERS',
    });
    expect(await shop.sizes()).toEqual([2, 2]);
  });

  it('tells no steps of what an autoscaler sizes, others manage or wants no pods, with the ways out', async () => {
    shop = await halvedShop(plane);
    const autoscalers = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: `${shop.shop}-blue` };
    await plane.kube.create(autoscalers, {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: shop.shop },
      spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 9 },
    });
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/HorizontalPodAutoscaler.*split by a route instead/));
    await plane.kube.delete(`${autoscalers}/${shop.shop}`);
    await shop.change('blue', { metadata: { annotations: { 'meta.helm.sh/release-name': 'shop' } } });
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/managed by Helm, release shop.*"owned: accept"/));
    await shop.change('blue', { spec: { replicas: 0 } });
    const accepting = (settings: object) => shop.targetWith({ owned: 'accept', ...settings });
    await expect(scriptFor(accepting({}))).rejects.toEqual(untold(/neither Deployment wants a pod.*set "replicas"/));
    expect((await scriptFor(accepting({ replicas: 4 }))).steps).toHaveLength(1);
  });
});

describe('steps by hand of a StatefulSet', () => {
  let shop: StatefulShop;
  afterEach(() => shop.close());

  it('moves places by hand there and back, those below the partition too, and puts the partition back that was there', async () => {
    shop = await statefulShop(plane, { spec: { updateStrategy: { rollingUpdate: { partition: 3 } } } });
    const { spec } = await shop.read();
    const script = await scriptFor(shop.target, [0, 25, 50, 100]);
    await stepByHand(script, 50, shop.shell);
    expect(await shop.pods()).toEqual(['v42', 'v42', 'v41', 'v41']);
    await stepByHand(script, 25, shop.shell);
    await shop.untilPods('v42', 'v42', 'v42', 'v41');
    await stepByHand(script, 100, shop.shell);
    expect(await shop.pods()).toEqual(['v41', 'v41', 'v41', 'v41']);
    await stepByHand(script, 50, shop.shell);
    await shop.untilPods('v41', 'v41', 'v42', 'v42');
    await stepByHand(script, 0, shop.shell);
    await shop.untilPods('v42', 'v42', 'v42', 'v42');
    expect((await shop.read()).spec).toEqual(spec);
  });

  it('knows after an effect of ours which partition was there before', async () => {
    shop = await statefulShop(plane, { spec: { updateStrategy: { rollingUpdate: { partition: 2 } } } });
    await moved(shop, { desired: 75 });
    expect((await shop.read()).spec.updateStrategy.rollingUpdate?.partition).toBe(1);
    await stepByHand(await scriptFor(shop.target, [0]), 0, shop.shell);
    await shop.untilPods('v42', 'v42', 'v42', 'v42');
    expect((await shop.read()).spec.updateStrategy.rollingUpdate?.partition).toBe(2);
  });

  it('ends by hand a rollout that a broken pod has stopped', async () => {
    shop = await statefulShop(plane, { policy: 'OrderedReady', served: 'v41', replicas: 3 });
    await shop.change({ template: brokenTemplate(shop.set, 'v42') });
    await eventually(async () => (await shop.pods()).join() === 'v41,v41,v42!');
    await stepByHand(await scriptFor(shop.target), 100, shop.shell);
    expect(await shop.pods()).toEqual(['v41', 'v41', 'v41']);
    await untilSettled(plane.kube, shop.path, 3);
  });

  it('keeps what a template says from those who are given the script', async () => {
    shop = await statefulShop(plane, { replicas: 1 });
    const { metadata, spec } = podTemplate(shop.set, 'v42');
    const env = [{ name: 'PASSWORD', value: `hun'ter "2" %s \\n é` }];
    await shop.change({ template: { metadata, spec: { ...spec, containers: [{ ...spec.containers[0], env }] } } });
    await untilSettled(plane.kube, shop.path, 1);
    const { template } = (await shop.read()).spec;
    const script = await scriptFor(shop.target, [0, 100]);
    expect(JSON.stringify(script)).not.toContain('hun');
    const said = [await stepByHand(script, 100, shop.shell), await stepByHand(script, 0, shop.shell)];
    expect(said.join()).not.toContain('hun');
    expect((await shop.read()).spec.template).toEqual(template);
  });

  it('stops a step by hand where a third revision was rolled out, or the set was scaled, since', async () => {
    shop = await statefulShop(plane, { replicas: 2 });
    const script = await scriptFor(shop.target, [50, 100]);
    await shop.change({ replicas: 3 });
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining(`${shop.set} was scaled since this was written: it wants 3 pods, not 2`),
    });
    await shop.change({ replicas: 2, template: podTemplate(shop.set, 'v43') });
    await untilSettled(plane.kube, shop.path, 2);
    for (const weight of [50, 100])
      await expect(stepByHand(script, weight, shop.shell)).rejects.toMatchObject({
        stderr: expect.stringContaining(`${shop.set} was rolled out anew since this was written: it is at`),
      });
    expect(await shop.pods()).toEqual(['v43', 'v43']);
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/pods of v43 run beside v42 and v41/));
  });

  it('tells no steps of a set that others manage or that wants no pods, with the ways out', async () => {
    const marks = { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } };
    shop = await statefulShop(plane, { replicas: 1, marks });
    await expect(scriptFor(shop.target)).rejects.toEqual(
      untold(/managed by Flux, kustomization shop.*"owned: accept"/),
    );
    const accepting = shop.targetWith({ owned: 'accept' });
    expect((await scriptFor(accepting)).steps).toHaveLength(1);
    await shop.change({ replicas: 0 });
    await expect(scriptFor(accepting)).rejects.toEqual(untold(/wants no pods: scale it up first/));
  });
});
