import { createAdapters } from '../../../src/adapters';
import { capacityOf, weightOf } from '../../../src/domain/plan/census';
import type { DeploymentTarget } from '../../../src/ports';
import { EARLIER, prepare, shift, soon } from '../../contract/target-requests';
import { testDependencies } from '../support/dependencies';
import { startLab, until } from './support/haproxy-lab';
import type { Lab } from './support/haproxy-lab';

const LATE = { outcome: 'conflict', code: 'LATE_EFFECT' };

async function inLab(instances: number, body: (lab: Lab, target: DeploymentTarget) => Promise<void>): Promise<void> {
  const lab = await startLab({ instances });
  const address = lab.instances.map(({ relay }) => relay.address);
  const adapter = { type: 'haproxy', address, backend: 'checkout', slots: { blue: ['a1', 'a2'], green: ['b1', 'b2'] } };
  try {
    await body(lab, createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter }));
  } finally {
    await lab.close();
  }
}

const shareOf = async (target: DeploymentTarget): Promise<number> => weightOf(await target.observe(soon()), 'v41');

describe('the number of the newest effect in HAProxy', () => {
  it('is gone with a reload, and is there again with the next effect, also one that has nothing to move', () =>
    inLab(1, async ({ first }, target) => {
      expect((await target.shift(shift({ number: 5 }), soon())).outcome).toBe('done');
      await first.reload();
      expect(await shareOf(target)).toBe(0);
      const next = await target.shift(shift({ number: 6, desired: 0, expected: 25 }), soon());
      expect(next.outcome).toBe('alreadyInState');
      expect(await target.shift(shift({ number: 4, desired: 50, expected: 0 }), soon())).toMatchObject(LATE);
      expect(await shareOf(target)).toBe(0);
    }));

  it('is kept by the other one of two while one was reloaded, and by both after the next effect', () =>
    inLab(2, async ({ instances: [one, two] }, target) => {
      expect((await target.shift(shift({ number: 5 }), soon())).outcome).toBe('done');
      await two?.reload();
      const late = shift({ number: 4, desired: 50, expected: 0 });
      expect(await target.shift(late, soon())).toMatchObject(LATE);
      expect((await target.shift(shift({ number: 6, desired: 25, expected: 0 }), soon())).outcome).toBe('done');
      await one?.reload();
      expect(await target.shift(late, soon())).toMatchObject(LATE);
    }));

  it('is kept of room that HAProxy cannot make, so that nothing older is asked of a hook, and it itself is again', () =>
    inLab(1, async ({ apps }, target) => {
      await Promise.all([apps['b1']?.stop(), apps['b2']?.stop()]);
      await until('v41 is down', async () => capacityOf(await target.observe(soon()), 'v41') === 0);
      const none = { outcome: 'refused', code: 'NO_CAPACITY' };
      expect(await target.prepare(prepare({ number: 5 }), soon())).toMatchObject(none);
      for (const late of [prepare({ number: 4 }), prepare({ ...EARLIER, number: 9 })])
        expect(await target.prepare(late, soon())).toMatchObject(LATE);
      expect(await target.prepare(prepare({ number: 5 }), soon())).toMatchObject(none);
      expect(await target.shift(shift({ ...EARLIER, number: 9 }), soon())).toMatchObject(LATE);
    }));
});
