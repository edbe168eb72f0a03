import { createAdapters } from '../../src/adapters';
import type { SlotRecord } from '../../src/domain/service/slots';
import type { DeploymentTarget } from '../../src/ports';
import { testDependencies } from '../adapters/support/dependencies';
import { startLab, until } from '../adapters/targets/support/haproxy-lab';
import type { Lab } from '../adapters/targets/support/haproxy-lab';
import { shift, soon } from '../contract/target-requests';
import { NOW } from '../domain/report/support/views';
import { Consulting, doorOf } from './support/doctor';
import type { FakeDoor } from './support/fake-cli';

const consulting = new Consulting();
afterAll(() => consulting.close());

const SLOTS = { blue: ['a1', 'a2'], green: ['b1', 'b2'] };

/** Real servers behind a real HAProxy, a policy file about them, and the target that a rollback would use. */
async function inLab(body: (lab: Lab, target: DeploymentTarget) => Promise<void>, own = {}): Promise<void> {
  const lab = await startLab();
  try {
    const adapter = { type: 'haproxy', address: lab.first.relay.address, backend: 'checkout', slots: SLOTS, ...own };
    consulting.write(adapter);
    await body(lab, createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter }));
  } finally {
    await lab.close();
  }
}

const doctor = (door: FakeDoor, ...args: readonly string[]) => consulting.ask(door, 'prod/checkout', ...args);

describe('doctor of a service behind a real HAProxy', () => {
  it('tries a shift after an ended rollback that moves no request, and that the next rollback wins over', () =>
    inLab(async ({ first }, target) => {
      const started = NOW - 120_000;
      const ended = NOW - 60_000;
      const before = shift({ epoch: started, number: 9, desired: 25 });
      expect((await target.shift(before, soon())).outcome).toBe('done');
      const changes = first.relay.changes();

      const tried = (await doctor(doorOf(ended), '--try-shift'))('try eu');
      expect(tried).toMatchObject({ state: 'ok', seen: 'took a shift to what it serves, v41 25 %, and nothing moved' });
      expect(first.relay.changes()).toBe(changes);
      expect(Math.abs((await first.served('v41')) - 25)).toBeLessThanOrEqual(3);

      const late = shift({ epoch: started, number: 10, desired: 50, expected: 25 });
      expect((await target.shift(late, soon())).outcome).toBe('conflict');
      const next = shift({ epoch: ended, number: 1, desired: 50, expected: 25 });
      expect((await target.shift(next, soon())).outcome).toBe('done');
    }));

  it('leaves a rollback alone that began meanwhile, which only the target knows of', () =>
    inLab(async ({ first }, target) => {
      const live = shift({ epoch: NOW, number: 3, desired: 25 });
      expect((await target.shift(live, soon())).outcome).toBe('done');
      const changes = first.relay.changes();
      const tried = (await doctor(doorOf(NOW - 60_000), '--try-shift'))('try eu');
      expect(tried).toMatchObject({
        state: 'bad',
        seen: expect.stringMatching(/\(LATE_EFFECT\): .*a newer one was seen/),
        fix: expect.stringContaining('of another installation or another service'),
      });
      const goesOn = shift({ epoch: NOW, number: 4, desired: 50, expected: 25 });
      expect((await target.shift(goesOn, soon())).outcome).toBe('done');
      expect(first.relay.changes()).toBe(changes + 1);
    }));

  it('says which revision is in which slot and who told it, and what nobody has told', () =>
    inLab(
      async () => {
        const door = doorOf(NOW - 1);
        const blue = { slot: 'blue', revision: 'v42', since: 1 };
        const told = (entries: SlotRecord['entries']): void => {
          door.serviceSeen = { ...door.serviceSeen!, slots: { service: 'prod/checkout', entries } };
        };
        expect((await doctor(door))('target eu')).toMatchObject({
          state: 'bad',
          seen: expect.stringContaining('say it: phased-rollback slot prod/checkout eu/blue=<revision>'),
        });
        told([blue]);
        expect((await doctor(door))('revisions eu')).toMatchObject({
          state: 'note',
          seen: 'told by the release record: blue v42, green unknown',
          fix: expect.stringContaining('say it: phased-rollback slot prod/checkout eu/green=<revision>'),
        });
        told([blue, { slot: 'green', target: 'eu', revision: 'v41', since: 2 }]);
        const known = await doctor(door);
        expect(known('revisions eu')).toMatchObject({
          state: 'ok',
          seen: 'told by the release record: blue v42, green v41',
        });
        expect(known('dry run eu')).toMatchObject({ state: 'ok' });
        expect((await consulting.ask(door))('target eu')).toMatchObject({
          state: 'note',
          fix: 'phased-rollback doctor prod/checkout',
        });
      },
      { revisions: 'record' },
    ));

  it('says what cannot be moved while the old servers are not in, and that nothing can while it is away', () =>
    inLab(async ({ first, apps }) => {
      await Promise.all([apps.b1?.stop(), apps.b2?.stop()]);
      await until('HAProxy has noticed', async () => {
        const stat = await first.say('show stat');
        return ['b1', 'b2'].every((name) => new RegExp(`,${name},.*DOWN`).test(stat));
      });
      const down = await doctor(doorOf(NOW - 1));
      expect(down('target eu')).toMatchObject({ seen: expect.stringContaining('v41 0 % (ready for 0 %)') });
      await first.relay.close();
      const away = await doctor(doorOf(NOW - 1), '--try-shift');
      expect(away('target eu')).toMatchObject({ state: 'bad', fix: expect.stringContaining('make eu answer') });
      expect(away('try')).toMatchObject({ state: 'bad', seen: expect.stringContaining('no target could be read') });
    }));
});
