import { Product } from '../workflows/support/product';
import { releasesSeen } from '../workflows/support/seeing';
import { podTemplate, untilReady } from './support/fleet';
import { Gateway } from './support/gateway';
import { rolledShop } from './support/rolled';
import { takenShop } from './support/routes';
import { controlPlane } from './support/suite';

const BOTH = ['v43 seen', 'v42 seen'];
let gateway: Gateway;
// Before the plane that it watches goes.
afterAll(() => gateway?.stop());
const plane = controlPlane({ definitions: ['gateway-api.yaml'] });
let product: Product;
beforeAll(async () => {
  gateway = new Gateway(plane.kube);
  product = await Product.open('seeing-kubernetes');
});
afterAll(() => product.close());

describe('a release that nobody records', () => {
  it('is seen on a Deployment that is rolled out', async () => {
    const shop = await rolledShop(plane);
    try {
      const seen = await releasesSeen(product, 'deployment', shop.stanza, (revision) => shop.roll(revision));
      expect(seen).toEqual(BOTH);
    } finally {
      await shop.close();
    }
  });

  it('is seen on an HTTPRoute, by what the Deployment runs that gets its traffic', async () => {
    const shop = await takenShop(plane);
    try {
      const seen = await releasesSeen(product, 'route', shop.stanza, async (revision) => {
        const green = `${shop.route}-green`;
        const body = { spec: { replicas: 2, template: podTemplate(green, revision) } };
        await plane.kube.merge(`/apis/apps/v1/namespaces/default/deployments/${green}`, body);
        await untilReady(plane.kube, green, 2);
        await shop.setWeights(0, 100);
      });
      expect(seen).toEqual(BOTH);
    } finally {
      await shop.close();
    }
  });
});
