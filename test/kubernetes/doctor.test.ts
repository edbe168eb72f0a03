import { expectHarmless } from '../cli/support/no-op';
import { made, ready, shift, soon } from '../contract/target-requests';
import { NOW } from '../domain/report/support/views';
import { Gateway } from './support/gateway';
import { rolledShop } from './support/rolled';
import { httpRoutePath, takenShop } from './support/routes';
import { deployment } from './support/fleet';
import { controlPlane } from './support/suite';

let gateway: Gateway;
// Before the plane that it watches goes.
afterAll(() => gateway?.stop());
const plane = controlPlane({ definitions: ['gateway-api.yaml'] });
beforeAll(() => {
  gateway = new Gateway(plane.kube);
});

interface Listed {
  readonly items: readonly { readonly metadata: { readonly uid: string } }[];
}

/** The pods of an app by what Kubernetes itself knows them by: one that is started anew is another one. */
async function podsOf(app: string): Promise<readonly string[]> {
  const { items } = await plane.kube.get<Listed>(`/api/v1/namespaces/default/pods?labelSelector=app%3D${app}`);
  return items.map(({ metadata }) => metadata.uid).toSorted();
}

describe('doctor --try-shift on Kubernetes', () => {
  it('rolls nothing out on a Deployment: its spec, its number of roll-outs and its pods are the same', async () => {
    const shop = await rolledShop(plane);
    try {
      const read = async () => {
        const { spec } = await shop.read();
        return { spec, rolled: await shop.changes(), pods: await podsOf(shop.shop) };
      };
      expect((await read()).pods).toHaveLength(2);
      await expectHarmless({ stanza: shop.stanza, share: 0, says: '0 of 1 Deployment (0 %)', read });
    } finally {
      await shop.close();
    }
  });

  it('leaves the weights, the spec and the generation of an HTTPRoute and the sizes of its Deployments as they are', async () => {
    const shop = await takenShop(plane);
    try {
      await ready(shop);
      const earlier = shift({ epoch: NOW - 120_000, number: 9, desired: 25 });
      await made(() => shop.target.shift(earlier, soon()));
      const read = async () => {
        const route = await plane.kube.get<{ metadata: { generation: number }; spec: object }>(
          httpRoutePath(shop.route),
        );
        const each = [`${shop.route}-blue`, `${shop.route}-green`];
        const sizes = await Promise.all(
          each.map(async (name) => (await deployment(plane.kube, name)).metadata.generation),
        );
        return { generation: route.metadata.generation, spec: route.spec, weights: await shop.weights(), sizes };
      };
      expect((await read()).weights).toEqual([[75, 25]]);
      await expectHarmless({ stanza: shop.stanza, share: 25, says: '25 %', read });
    } finally {
      await shop.close();
    }
  });
});
