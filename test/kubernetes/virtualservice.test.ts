import { createAdapters } from '../../src/adapters';
import { weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import type { TargetSubject } from '../contract/deployment-target.contract';
import { ready, shift, soon } from '../contract/target-requests';
import { ADMIN_TOKEN, ORDINARY_TOKEN } from './support/control-plane';
import { controlPlane } from './support/suite';
import { deploy, deployment, freshName } from './support/fleet';
import { startFront } from './support/front';
import type { Front } from './support/front';

const PATH = '/apis/networking.istio.io/v1/namespaces/default/virtualservices';
const plane = controlPlane({ definitions: ['istio.yaml'] });

interface Route {
  readonly destination: object;
  readonly weight?: number;
}

interface Shop extends TargetSubject {
  readonly route: string;
  readonly front: Front;
  readonly routes: () => Promise<readonly Route[]>;
  readonly setRoutes: (routes: readonly Route[]) => Promise<void>;
}

/** A shop of which Istio splits the requests between two subsets, each with a Deployment of its own. */
async function shop({ token = ADMIN_TOKEN }: { readonly token?: string } = {}): Promise<Shop> {
  const { kube } = plane;
  const route = freshName();
  const [one, two] = [`${route}-one`, `${route}-two`];
  await Promise.all([
    deploy(kube, { name: one, revision: 'v42', replicas: 2 }),
    deploy(kube, { name: two, revision: 'v41', replicas: 0 }),
  ]);
  await kube.create(PATH, {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: route },
    spec: { hosts: [route], http: [{ route: [to(route, 'one', 100), to(route, 'two', 0)] }] },
  });
  const front = await startFront(kube, token);
  const adapter = {
    type: 'kubernetes-virtualservice',
    kubeconfig: plane.kubeconfig({ token, server: front.url }),
    route,
    backends: [
      { host: route, subset: 'one', deployment: one },
      { host: route, subset: 'two', deployment: two },
    ],
  };
  const target: DeploymentTarget = createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
  const read = () =>
    kube.get<{ metadata: { generation: number }; spec: { http: { route: Route[] }[] } }>(`${PATH}/${route}`);
  const generations = async (): Promise<number> => {
    const found = await Promise.all([read(), deployment(kube, one), deployment(kube, two)]);
    return found.reduce((sum, { metadata }) => sum + metadata.generation, 0);
  };
  const first = await generations();
  return {
    target,
    name: 'eu',
    secrets: [token],
    // The target speaks to the front, a person to the server itself.
    shell: { ...plane.shell(), CONTEXT_eu: 'test' },
    route,
    front,
    misbehave: front.misbehave,
    changes: async () => (await generations()) - first,
    setting: async () => (await read()).spec,
    routes: async () => (await read()).spec.http[0]?.route ?? [],
    setRoutes: async (routes) => void (await kube.merge(`${PATH}/${route}`, { spec: { http: [{ route: routes }] } })),
    close: front.close,
  };
}

function to(host: string, subset: string, weight: number) {
  return { destination: { host, subset }, weight };
}

describeDeploymentTarget({
  name: 'kubernetes-virtualservice',
  create: () => shop(),
  skip: [
    { reason: 'a route is moved in percent', tests: ['units'] },
    { reason: 'its status does not tell which proxies follow it', tests: ['lagging'] },
  ],
});

describe('a VirtualService as a target', () => {
  let subject: Shop;
  afterEach(() => subject.close());

  it('finds its destinations again in another order, and leaves the rest of them as it is', async () => {
    subject = await shop();
    const port = { number: 8080 };
    await subject.setRoutes([
      { destination: { host: subject.route, subset: 'two', port } },
      { destination: { host: subject.route, subset: 'one', port }, weight: 100 },
    ]);
    expect((await subject.target.shift(shift({ desired: 25 }), soon())).outcome).toBe('done');
    expect(await subject.routes()).toEqual([
      { destination: { host: subject.route, subset: 'two', port }, weight: 25 },
      { destination: { host: subject.route, subset: 'one', port }, weight: 75 },
    ]);
  });

  it('never overwrites an order that somebody changes between its look and its change', async () => {
    subject = await shop();
    const { route, setRoutes } = subject;
    subject.front.beforeNextChange(() => setRoutes([to(route, 'two', 60), to(route, 'one', 40)]));
    expect((await subject.target.shift(shift({ desired: 25 }), soon())).outcome).toBe('conflict');
    expect(await subject.routes()).toEqual([to(route, 'two', 60), to(route, 'one', 40)]);
  });

  it('wants both destinations in a route that names one of them', async () => {
    subject = await shop();
    await subject.setRoutes([{ destination: { host: subject.route, subset: 'one' } }]);
    await expect(subject.target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_MISCONFIGURED',
      message: expect.stringContaining('rule 0 names only one of'),
    });
  });

  it('needs no more rights than its manifest gives', async () => {
    subject = await shop({ token: ORDINARY_TOKEN });
    await expect(subject.target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNAUTHORIZED' });
    const revoke = await plane.grant('virtualservice-role.yaml');
    await ready(subject);
    expect((await subject.target.check({ from: 'v42', to: 'v41' }, soon())).ok).toBe(true);
    expect((await subject.target.shift(shift({ desired: 25 }), soon())).outcome).toBe('done');
    expect(weightOf(await subject.target.observe(soon()), 'v41')).toBe(25);
    await revoke();
  });
});
