import { weightOf } from '../../src/domain/plan/census';
import { expectHarmless } from '../cli/support/no-op';
import { describeDeploymentTarget } from '../contract/deployment-target.contract';
import { checked, made, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { NOW } from '../domain/report/support/views';
import { ORDINARY_TOKEN } from './support/control-plane';
import { deploymentPath } from './support/fleet';
import { meshedShop, to } from './support/mesh';
import type { MeshedShop } from './support/mesh';
import { describeOwners } from './support/owners';
import { describeRights } from './support/rights';
import { controlPlane } from './support/suite';

const plane = controlPlane({ definitions: ['istio.yaml'] });

describeDeploymentTarget({
  name: 'kubernetes-virtualservice',
  create: () => meshedShop(plane),
  skip: [
    { reason: 'a route is moved in percent', tests: ['units'] },
    { reason: 'its status does not tell which proxies follow it', tests: ['lagging'] },
  ],
});

describe('a VirtualService as a target', () => {
  let subject: MeshedShop;
  afterEach(() => subject.close());

  it('finds its destinations again in another order, and leaves the rest of them as it is', async () => {
    subject = await meshedShop(plane);
    const port = { number: 8080 };
    await subject.setRoutes([
      { destination: { host: subject.route, subset: 'two', port } },
      { destination: { host: subject.route, subset: 'one', port }, weight: 100 },
    ]);
    await made(() => subject.target.shift(shift({ desired: 25 }), soon()));
    expect(await subject.routes()).toEqual([
      { destination: { host: subject.route, subset: 'two', port }, weight: 25 },
      { destination: { host: subject.route, subset: 'one', port }, weight: 75 },
    ]);
  });

  it('never overwrites an order that somebody changes between its look and its change', async () => {
    subject = await meshedShop(plane);
    const { route, setRoutes } = subject;
    subject.front.beforeNextChange(() => setRoutes([to(route, 'two', 60), to(route, 'one', 40)]));
    expect((await settled(() => subject.target.shift(shift({ desired: 25 }), soon()))).outcome).toBe('conflict');
    expect(await subject.routes()).toEqual([to(route, 'two', 60), to(route, 'one', 40)]);
  });

  it('wants both destinations in a route that names one of them', async () => {
    subject = await meshedShop(plane);
    await subject.setRoutes([{ destination: { host: subject.route, subset: 'one' } }]);
    await expect(subject.target.observe(soon())).rejects.toMatchObject({
      code: 'TARGET_MISCONFIGURED',
      message: expect.stringContaining('rule 0 names only one of'),
    });
  });

  it('needs no more rights than its manifest gives', async () => {
    subject = await meshedShop(plane, { token: ORDINARY_TOKEN });
    await expect(subject.target.observe(soon())).rejects.toMatchObject({ code: 'TARGET_UNAUTHORIZED' });
    const revoke = await plane.grant('virtualservice-role.yaml');
    await ready(subject);
    expect((await checked(subject.target, { from: 'v42', to: 'v41' })).ok).toBe(true);
    await made(() => subject.target.shift(shift({ desired: 25 }), soon()));
    expect(weightOf(await readFrom(subject.target), 'v41')).toBe(25);
    await revoke();
  });
});

describe('doctor --try-shift on a VirtualService', () => {
  it('leaves its weights, its generation and the sizes of its Deployments as they are', async () => {
    const subject = await meshedShop(plane);
    try {
      await ready(subject);
      const earlier = shift({ epoch: NOW - 120_000, number: 9, desired: 25 });
      await made(() => subject.target.shift(earlier, soon()));
      expect(weightOf(await readFrom(subject.target), 'v41')).toBe(25);
      const read = async () => ({ changes: await subject.changes(), routes: await subject.routes() });
      await expectHarmless({ stanza: subject.stanza, share: 25, says: '25 %', read });
    } finally {
      await subject.close();
    }
  });
});

describeOwners(plane, {
  create: () => meshedShop(plane),
  objects: ({ path, route }) => [path, deploymentPath(`${route}-one`), deploymentPath(`${route}-two`)],
});

describeRights(plane, 'virtualservice-role.yaml', () => meshedShop(plane, { token: ORDINARY_TOKEN }));
