import { ready, shift, soon } from '../contract/target-requests';
import { beginByHand, runByHand, scriptFor } from './support/by-hand';
import { eventually } from './support/fleet';
import { Gateway } from './support/gateway';
import { takenShop } from './support/routes';
import type { RoutedShop } from './support/routes';
import { controlPlane } from './support/suite';

let gateway: Gateway;
// Before the plane that it watches goes.
afterAll(() => gateway?.stop());
const plane = controlPlane();

beforeAll(() => {
  gateway = new Gateway(plane.kube);
});

function deploymentPath({ route }: RoutedShop): string {
  return `/apis/apps/v1/namespaces/default/deployments/${route}-green`;
}

describe('steps by hand on Kubernetes', () => {
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
    await expect(runByHand([...script.begin, ...(script.steps[0]?.lines ?? [])], shop.shell)).rejects.toMatchObject({
      stderr: expect.stringContaining('was rolled out anew since this was written: it is at 2, not 1'),
    });
    expect(await shop.weights()).toEqual([[100, 0]]);
  });

  it('takes a step by hand for a foreign change, and lets a late effect of before stay late', async () => {
    shop = await takenShop(plane);
    await ready(shop);
    expect((await shop.target.shift(shift({ desired: 25 }), soon())).outcome).toBe('done');
    const script = await scriptFor(shop.target);
    await runByHand([...script.begin, ...(script.steps[0]?.lines ?? [])], shop.shell);
    expect(await shop.weights()).toEqual([[0, 100]]);
    const next = await shop.target.shift(shift({ number: 3, expected: 25, desired: 50 }), soon());
    expect(next).toMatchObject({ outcome: 'conflict', code: 'CHANGED_BY_OTHERS' });
    expect((await shop.target.shift(shift({ desired: 25 }), soon())).outcome).toBe('conflict');
    expect(await shop.weights()).toEqual([[0, 100]]);
  });
});
