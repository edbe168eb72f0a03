import { made, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { beginByHand, scriptFor, stepByHand, untold } from './support/by-hand';
import { eventually, podTemplate } from './support/fleet';
import { Gateway } from './support/gateway';
import { rolledShop } from './support/rolled';
import type { RolledShop } from './support/rolled';
import { takenShop } from './support/routes';
import type { RoutedShop } from './support/routes';
import { controlPlane } from './support/suite';

let gateway: Gateway;
// Before the plane that it watches goes.
afterAll(() => gateway?.stop());
const plane = controlPlane({ definitions: ['gateway-api.yaml'] });

beforeAll(() => {
  gateway = new Gateway(plane.kube);
});

function deploymentPath({ route }: RoutedShop, which = 'green'): string {
  return `/apis/apps/v1/namespaces/default/deployments/${route}-${which}`;
}

describe('steps by hand of a route', () => {
  let shop: RoutedShop;
  afterEach(() => shop.close());

  it('speaks by hand to the cluster of its settings only, unless the person names a context', async () => {
    shop = await takenShop(plane);
    const shell = plane.shell();
    await expect(beginByHand(shop.target, shell)).rejects.toMatchObject({
      stderr: expect.stringContaining(`eu is at ${shop.front.url}: choose that cluster, or set CONTEXT_eu`),
    });
    const direct = shop.targetWith({ kubeconfig: shell['KUBECONFIG'] });
    expect(await beginByHand(direct, shell)).toContain('eu: kubectl speaks to https://127.0.0.1');
  });

  it('stops a step by hand before it moves anybody to what was rolled out anew since', async () => {
    shop = await takenShop(plane);
    const script = await scriptFor(shop.target);
    await plane.kube.merge(deploymentPath(shop), {
      spec: { template: { metadata: { labels: { 'app.kubernetes.io/version': 'v43' } } } },
    });
    await eventually(async () => {
      const { metadata } = await plane.kube.get<{ metadata: { annotations: Record<string, string> } }>(
        deploymentPath(shop),
      );
      return metadata.annotations['deployment.kubernetes.io/revision'] === '2';
    });
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining('was rolled out anew since this was written: it is at 2, not 1'),
    });
    expect(await shop.weights()).toEqual([[100, 0]]);
  });

  it('takes a step by hand for a foreign change, and lets a late effect of before stay late', async () => {
    shop = await takenShop(plane);
    await ready(shop);
    await made(() => shop.target.shift(shift({ desired: 25 }), soon()));
    const script = await scriptFor(shop.target);
    await stepByHand(script, 100, shop.shell);
    expect(await shop.weights()).toEqual([[0, 100]]);
    const next = await settled(() => shop.target.shift(shift({ number: 3, expected: 25, desired: 50 }), soon()));
    expect(next).toMatchObject({ outcome: 'conflict', code: 'CHANGED_BY_OTHERS' });
    expect((await settled(() => shop.target.shift(shift({ desired: 25 }), soon()))).outcome).toBe('conflict');
    expect(await shop.weights()).toEqual([[0, 100]]);
  });

  it('tells no steps of a route that others manage, with the ways out, unless told to', async () => {
    shop = await takenShop(plane);
    await plane.kube.merge(deploymentPath(shop), {
      metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:apps/Deployment:default/x' } },
    });
    await expect(scriptFor(shop.target)).rejects.toEqual(
      untold(/^eu: the Deployment .*-green is managed by Argo CD, application shop.*"owned: accept"/),
    );
    expect((await scriptFor(shop.targetWith({ owned: 'accept' }))).steps).toHaveLength(1);
  });

  it('tells no steps beside a third Service that has a share', async () => {
    const weighted = (name: string, weight: number) => ({ name, port: 80, weight });
    shop = await takenShop(plane, {
      rules: (name) => [
        { backendRefs: [weighted(`${name}-blue`, 60), weighted('canary', 40), weighted(`${name}-green`, 0)] },
      ],
    });
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/^eu: the Service canary gets 40 %/));
  });

  it('tells no steps where nobody knows how many pods carry the traffic', async () => {
    shop = await takenShop(plane);
    await plane.kube.merge(deploymentPath(shop, 'blue'), { spec: { replicas: 0 } });
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/neither Deployment wants a pod.*set "replicas"/));
    expect((await scriptFor(shop.targetWith({ replicas: 2 }))).steps).toHaveLength(1);
  });
});

describe('steps by hand of a Deployment', () => {
  let shop: RolledShop;
  afterEach(() => shop.close());

  it('puts back by hand the very template of before and why it was rolled out, and leaves our marks', async () => {
    shop = await rolledShop(plane);
    const cause = `shop 42's "second"`;
    await shop.change({ metadata: { annotations: { 'kubernetes.io/change-cause': cause } } });
    await ready(shop);
    await shop.untilRolledOut();
    const { metadata, spec } = await shop.read();
    const names = async () => [...(await shop.sets())].map(([revision, set]) => [revision, set.metadata.name]);
    const before = await names();
    const script = await scriptFor(shop.target, [0, 100]);
    await stepByHand(script, 100, shop.shell);
    const { annotations } = (await shop.read()).metadata;
    expect(annotations).not.toHaveProperty(['kubernetes.io/change-cause']);
    expect(annotations['phased-rollback/prepare']).toBe(metadata.annotations['phased-rollback/prepare']);
    await stepByHand(script, 0, shop.shell);
    const back = await shop.read();
    expect(back.spec).toEqual(spec);
    expect(back.metadata.annotations['kubernetes.io/change-cause']).toBe(cause);
    expect(await names()).toEqual(before);
  });

  it('keeps what a template says from those who are given the script', async () => {
    shop = await rolledShop(plane);
    const { metadata, spec } = podTemplate(shop.shop, 'v42');
    const [main] = spec.containers;
    const env = [{ name: 'PASSWORD', value: `hun'ter "2" %s \\n é` }];
    await shop.change({ spec: { template: { metadata, spec: { ...spec, containers: [{ ...main, env }] } } } });
    await shop.untilRolledOut();
    const { template } = (await shop.read()).spec;
    const script = await scriptFor(shop.target, [0, 100]);
    expect(JSON.stringify(script)).not.toContain('hun');
    const said = [await stepByHand(script, 100, shop.shell), await stepByHand(script, 0, shop.shell)];
    expect(said.join()).not.toContain('hun');
    expect((await shop.read()).spec.template).toEqual(template);
  });

  it('stops a step by hand where a third revision was rolled out since', async () => {
    shop = await rolledShop(plane);
    const script = await scriptFor(shop.target);
    await shop.roll('v43');
    await shop.untilRolledOut();
    const before = await shop.changes();
    await expect(stepByHand(script, 100, shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining(`${shop.shop} was rolled out anew since this was written: it is at 3`),
    });
    expect(await shop.changes()).toBe(before);
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/wants v43, which is neither v42 nor v41/));
  });

  it('waits by hand until no other pod is left, and takes a Deployment back that wants none', async () => {
    shop = await rolledShop(plane, { replicas: 4 });
    const script = await scriptFor(shop.target, [0, 100]);
    await stepByHand(script, 100, shop.shell);
    const sets = await shop.sets();
    expect([sets.get('v41')?.status.replicas, sets.get('v42')?.status.replicas]).toEqual([4, 0]);
    await shop.change({ spec: { replicas: 0 } });
    await stepByHand(script, 0, shop.shell);
    expect((await shop.read()).spec.replicas).toBe(0);
    expect((await readFrom(shop.target)).revisions).toContainEqual(
      expect.objectContaining({ revision: 'v42', weight: 100 }),
    );
  });

  it('tells no steps of a Deployment that others manage or that is paused, with the ways out', async () => {
    shop = await rolledShop(plane, { marks: { annotations: { 'meta.helm.sh/release-name': 'shop' } } });
    await expect(scriptFor(shop.target)).rejects.toEqual(untold(/managed by Helm, release shop.*"owned: accept"/));
    const accepting = shop.targetWith({ owned: 'accept' });
    expect((await scriptFor(accepting)).steps).toHaveLength(1);
    await shop.change({ spec: { paused: true } });
    await expect(scriptFor(accepting)).rejects.toEqual(untold(/is paused.*kubectl rollout resume/));
  });
});
