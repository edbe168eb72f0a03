import { createAdapters } from '../../../src/adapters';
import { weightOf } from '../../../src/domain/plan/census';
import type { SlotRecord } from '../../../src/domain/service/slots';
import { isPlaced } from '../../../src/ports';
import type { DeploymentTarget } from '../../../src/ports';
import { shift, soon } from '../../contract/target-requests';
import { testDependencies } from '../support/dependencies';
import { startLab } from './support/haproxy-lab';
import type { Lab, LabSettings } from './support/haproxy-lab';

const PAIR = { from: 'v42', to: 'v41' };

/** Runs the body against a real HAProxy, which ends with it. */
async function inLab(settings: LabSettings, body: (lab: Lab) => Promise<void>): Promise<void> {
  const lab = await startLab(settings);
  try {
    await body(lab);
  } finally {
    await lab.close();
  }
}

/** A target that is told what its slots hold. */
function targetOf({ first }: Lab, own: object, told?: SlotRecord): DeploymentTarget {
  const slots = { blue: ['a1', 'a2'], green: ['b1', 'b2'] };
  const adapter = { type: 'haproxy', address: first.relay.address, backend: 'checkout', slots, ...own };
  return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter }, told);
}

async function shares(target: DeploymentTarget): Promise<readonly [number, number]> {
  const reading = await target.observe(soon());
  return [weightOf(reading, 'v42'), weightOf(reading, 'v41')];
}

describe('slots that the release record tells', () => {
  const entry = (slot: string, revision: string) => ({ slot, revision, since: 1 });
  const record = (...entries: SlotRecord['entries']): SlotRecord => ({ service: 'prod/checkout', entries });
  const BY_RECORD = { revisions: 'record' };

  it('are read from it alone, whatever HAProxy itself has been told', () =>
    inLab({ recorded: { blue: 'v1', green: 'v2' } }, async (lab) => {
      const target = targetOf(lab, BY_RECORD, record(entry('blue', 'v42'), entry('green', 'v41')));
      expect(await shares(target)).toEqual([100, 0]);
      await target.shift(shift({ desired: 100 }), soon());
      expect(await lab.first.served('v41', 40)).toBe(100);
      expect(lab.first.relay.lines.join()).not.toContain('proc.revision_');
    }));

  it('may be single servers', () =>
    inLab({ recorded: {} }, async (lab) => {
      const each = ['a1', 'a2', 'b1', 'b2'].map((name) => entry(name, name.startsWith('a') ? 'v42' : 'v41'));
      const target = targetOf(lab, { ...BY_RECORD, slots: undefined }, record(...each));
      await target.shift(shift({ desired: 50 }), soon());
      expect(await shares(target)).toEqual([50, 50]);
    }));

  it.each([
    ['says nothing of the one that serves', record(entry('green', 'v41')), 'does not say what slot blue of eu holds'],
    ['is empty', record(), 'say it: phased-rollback slot prod/checkout eu/blue=<revision>'],
    ['is not there', undefined, 'nobody here has the release record'],
    [
      'has lost track of a release',
      { ...record(entry('blue', 'v42'), entry('green', 'v41')), unplaced: { revision: 'v43', from: 2 } },
      'v43 was released since v42 came into slot blue of eu',
    ],
  ])('are no guess, and no second try, where it %s', (_case, told, says) =>
    inLab({}, async (lab) => {
      const target = targetOf(lab, BY_RECORD, told);
      const thrown = { code: 'SLOT_UNRECORDED', retryable: false, message: expect.stringContaining(says) };
      await expect(target.observe(soon())).rejects.toMatchObject(thrown);
      await expect(target.shift(shift(), soon())).rejects.toMatchObject(thrown);
      expect(lab.first.relay.changes()).toBe(0);
    }),
  );

  it('are refused as a way back while it does not say where the old revision is', () =>
    inLab({}, async (lab) => {
      const target = targetOf(lab, BY_RECORD, record(entry('blue', 'v42')));
      expect(await target.check(PAIR, soon())).toMatchObject({
        ok: false,
        code: 'REVISION_UNKNOWN',
        detail: expect.stringContaining(
          'green: the release record does not say what slot green of eu holds, only of blue',
        ),
      });
    }));

  it('say of each what it holds and by whom, or that nobody knows', () =>
    inLab({}, async (lab) => {
      const placing = async (own: object, told?: SlotRecord) => {
        const target = targetOf(lab, own, told);
        return isPlaced(target) ? target.placing(soon()) : undefined;
      };
      const holds = { blue: { revision: 'v42' }, green: { revision: 'v41' } };
      const places = Object.entries(holds).map(([name, each]) => ({ name, holds: expect.objectContaining(each) }));
      expect(await placing(BY_RECORD, record(entry('blue', 'v42'), entry('green', 'v41')))).toEqual({
        toldBy: 'the release record',
        places,
      });
      expect(await placing({})).toEqual({ toldBy: 'variables of HAProxy, proc.revision_checkout_<slot>', places });
      expect(await placing({ probe: { path: '/version' } })).toEqual({
        toldBy: 'each server, asked at /version',
        places,
      });
      expect((await placing(BY_RECORD, record(entry('blue', 'v42'))))?.places[1]).toEqual({
        name: 'green',
        holds: { unknown: expect.stringContaining('does not say what slot green') },
      });
    }));
});
