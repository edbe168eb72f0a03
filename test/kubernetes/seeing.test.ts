import { Product } from '../workflows/support/product';
import type { Stanza } from '../workflows/support/product';
import { releasesSeen } from '../workflows/support/seeing';
import { deploymentPath, podTemplate, untilReady } from './support/fleet';
import { Gateway } from './support/gateway';
import { halvedShop } from './support/halves';
import { meshedShop, to } from './support/mesh';
import { rolledShop } from './support/rolled';
import { rolloutShop } from './support/rollout-shop';
import { takenShop } from './support/routes';
import { statefulShop } from './support/stateful';
import { controlPlane } from './support/suite';

let gateway: Gateway;
// Before the plane that it watches goes.
afterAll(() => gateway?.stop());
const plane = controlPlane({ definitions: ['gateway-api.yaml'], rollouts: true });
let product: Product;
beforeAll(async () => {
  gateway = new Gateway(plane.kube);
  product = await Product.open('seeing-kubernetes');
});
afterAll(() => product.close());

/** A target that serves v42, and how somebody who knows nothing of us releases there. */
interface Shop {
  readonly stanza: Stanza;
  readonly release: (revision: string) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function deployed(name: string, revision: string, replicas: number): Promise<void> {
  await plane.kube.merge(deploymentPath(name), { spec: { replicas, template: podTemplate(name, revision) } });
  await untilReady(plane.kube, name, replicas);
}

const SHOPS: Readonly<Record<string, () => Promise<Shop>>> = {
  'a Deployment that is rolled out': async () => {
    const shop = await rolledShop(plane);
    return { ...shop, release: shop.roll };
  },
  'an HTTPRoute, by what the Deployment runs that gets its traffic': async () => {
    const shop = await takenShop(plane);
    const release = async (revision: string): Promise<void> => {
      await deployed(`${shop.route}-green`, revision, 2);
      await shop.setWeights(0, 100);
    };
    return { ...shop, release };
  },
  'a VirtualService, by what the Deployment runs that gets its traffic': async () => {
    const shop = await meshedShop(plane);
    const { route } = shop;
    const release = async (revision: string): Promise<void> => {
      await deployed(`${route}-two`, revision, 2);
      await shop.setRoutes([to(route, 'one', 0), to(route, 'two', 100)]);
    };
    return { ...shop, release };
  },
  'two Deployments behind one Service, by their pods': async () => {
    const shop = await halvedShop(plane);
    const release = async (revision: string): Promise<void> => {
      await deployed(`${shop.shop}-green`, revision, 4);
      await shop.change('blue', { spec: { replicas: 0 } });
    };
    return { ...shop, release };
  },
  'a StatefulSet whose pods change where they are': async () => {
    const shop = await statefulShop(plane, { replicas: 3 });
    const release = async (revision: string): Promise<void> => {
      await shop.change({ template: podTemplate(shop.set, revision) });
      await shop.untilPods(revision, revision, revision);
    };
    return { ...shop, release };
  },
  'a Rollout that its own controller takes from step to step': async () => {
    const shop = await rolloutShop(plane);
    const release = async (revision: string): Promise<void> => {
      await shop.change({ template: podTemplate(shop.rollout, revision) });
      await shop.untilPhase('Paused');
      await shop.say({ promoteFull: true });
      await shop.untilPhase('Healthy');
    };
    return { ...shop, release };
  },
};

describe('a release that nobody records', () => {
  it.each(Object.entries(SHOPS))('is seen on %s', async (_where, make) => {
    const { stanza, release, close } = await make();
    try {
      expect(await releasesSeen(product, stanza.type, stanza, release)).toEqual(['v43 seen', 'v42 seen']);
    } finally {
      await close();
    }
  });
});
