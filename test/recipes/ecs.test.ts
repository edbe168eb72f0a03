import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capacityOf, weightOf } from '../../src/domain/plan/census';
import type { DeploymentTarget } from '../../src/ports';
import { EARLIER, moved, prepare, readFrom, ready, settled, shift, soon } from '../contract/target-requests';
import { describeWhere } from '../tools/installed';
import { Moto } from '../support/moto';
import { noMoto } from '../tools/moto';
import { CLUSTER, EcsShop, TASKS } from './support/ecs-shop';
import { startHttpRelay } from './support/http-relay';
import { awsTarget, describeAwsProgram } from './support/aws-subject';
import type { HttpRelay } from './support/http-relay';

const PROGRAM = join(__dirname, '..', '..', 'examples', 'recipes', 'ecs', 'target.js');
/** As ECS says it; load balancers speak another protocol. */
const FROZEN = {
  status: 403,
  type: 'AccessDeniedException',
  body: '{"message":"frozen by ops"}',
  of: (_: unknown, body: string): boolean => body.startsWith('{'),
};

describeWhere(noMoto(), 'ECS', () => {
  const moto = new Moto();
  const shop = new EcsShop(moto);
  const dir = mkdtempSync(join(tmpdir(), 'ecs-'));
  let places = 0;
  beforeAll(async () => {
    await moto.start();
    await shop.create();
  }, 600_000);
  afterAll(async () => {
    await moto.stop();
    rmSync(dir, { recursive: true });
  });

  interface Place {
    readonly relay: HttpRelay;
    readonly target: DeploymentTarget;
  }

  /** Everything on v42, which blue runs; green would run v41 and has no task. */
  async function fresh(): Promise<Place> {
    await shop.reset();
    let last = '';
    const relay = await startHttpRelay(moto.url, (_, body) => {
      const before = last;
      if (body.includes('Action=ModifyRule')) last = body;
      return last !== before;
    });
    const fence = join(dir, `${(places += 1)}.json`);
    const place = ['--cluster', CLUSTER, '--services', 'blue,green', '--rule', shop.rule, '--fence', fence];
    return { relay, target: awsTarget(relay.url, [PROGRAM, ...place]) };
  }

  describeAwsProgram({
    name: 'two ECS services',
    refusal: FROZEN,
    splits: 'a load balancer splits requests in percent',
    makesRoom: true,
    fresh,
  });

  describe('the rule before two ECS services', () => {
    let relay: HttpRelay;
    let target: DeploymentTarget;
    beforeEach(async () => ({ relay, target } = await fresh()));
    afterEach(() => relay.close());

    it('gets traffic for tasks that are healthy only, and no task of the other revision is stopped', async () => {
      expect(await settled(() => target.shift(shift(), soon()))).toMatchObject({
        outcome: 'refused',
        code: 'NO_CAPACITY',
      });
      await ready({ target }, { share: 25 });
      expect(capacityOf(await readFrom(target), 'v41')).toBe(25);
      // Late, it would start the others.
      const late = await settled(() => target.prepare(prepare({ ...EARLIER, number: 9 }), soon()));
      expect([late.outcome, await shop.scales()]).toEqual(['conflict', [TASKS, 1]]);
      await ready({ target }, { number: 2 });
      await moved({ target }, { desired: 100 });
      expect(await shop.scales()).toEqual([TASKS, TASKS]);
    });

    it('tells a share that weights can only come close to as it was asked for', async () => {
      await ready({ target });
      await moved({ target }, { desired: 39.99 });
      expect(weightOf(await readFrom(target), 'v41')).toBe(39.99);
      await moved({ target }, { desired: 39.99 });
      expect(relay.changes).toHaveLength(1);
    });

    it('is left alone where it keeps clients at a group, or somebody changed the weights', async () => {
      await ready({ target });
      await shop.route({ blue: 1, green: 0 }, true);
      const sticky = { outcome: 'refused', code: 'UNSUPPORTED_SHAPE' };
      expect(await settled(() => target.shift(shift(), soon()))).toMatchObject(sticky);
      await shop.route({ blue: 1, green: 1 });
      expect(await settled(() => target.shift(shift(), soon()))).toMatchObject({
        outcome: 'conflict',
        code: 'CHANGED_BY_OTHERS',
      });
      expect(relay.changes).toHaveLength(0);
    });
  });
});
