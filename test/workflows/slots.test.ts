import { createAdapters } from '../../src/adapters';
import { slotsSignal } from '../../src/contracts/definitions';
import { weightOf } from '../../src/domain/plan/census';
import type { SlotRecord } from '../../src/domain/service/slots';
import { testDependencies } from '../adapters/support/dependencies';
import { startLab } from '../adapters/targets/support/haproxy-lab';
import type { Lab } from '../adapters/targets/support/haproxy-lab';
import { FAST_POLICY, Theatre } from './support/play';
import type { Play } from './support/play';

const START = 1_795_400_000_000;

let theatre: Theatre;
beforeAll(async () => {
  theatre = await Theatre.open('slots');
});
afterAll(async () => {
  await theatre.close();
});

/** What the release record says, in the order given. */
function record(...slots: readonly (readonly [slot: string, revision: string])[]): SlotRecord {
  const entries = slots.map(([slot, revision], at) => ({ slot, revision, since: START + at }));
  return { service: 'prod/checkout', entries };
}

/** A rollback of what a real HAProxy serves, which nobody but the record tells what its slots hold. */
async function rollBack(
  slots: SlotRecord,
  body: (play: Play, lab: Lab) => Promise<void>,
  timing: Partial<(typeof FAST_POLICY)['timing']> = {},
): Promise<void> {
  const lab = await startLab({ recorded: {} });
  const adapters = createAdapters(testDependencies());
  const address = lab.first.relay.address;
  const servers = { blue: ['a1', 'a2'], green: ['b1', 'b2'] };
  const adapter = { type: 'haproxy', address, backend: 'checkout', slots: servers, revisions: 'record' };
  try {
    const policy = {
      targets: [{ name: 'eu', labels: { region: 'eu' }, adapter }],
      timing: { ...FAST_POLICY.timing, ...timing },
    };
    const play = await theatre.play({
      policy,
      request: { slots },
      world: (world) => {
        world.told.eu = (told) => {
          const target = adapters.target({ name: 'eu', labels: {}, adapter }, told);
          return {
            ...target,
            async observe(signal) {
              const reading = await target.observe(signal);
              world.weights.eu = weightOf(reading, 'v41');
              return reading;
            },
          };
        };
      },
    });
    await body(play, lab);
  } finally {
    await lab.close();
  }
}

describe('a rollback of slots that only the release record tells', () => {
  it('ends with every request at the slot of the old revision', () =>
    rollBack(record(['blue', 'v42'], ['green', 'v41']), async (play, { first }) => {
      expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
      expect(await first.served('v41', 40)).toBe(100);
    }));

  it('moves nothing while nobody has said where the old revision is, and goes on once that is said', () =>
    rollBack(record(['blue', 'v42']), async (play, { first }) => {
      const { wait } = await play.untilWaiting('NOT_READY');
      expect(wait!.text).toContain('the release record does not say what slot green of eu holds');
      expect(wait!.text).toContain('phased-rollback slot prod/checkout eu/green=<revision>');
      expect(first.relay.changes()).toBe(0);
      await play.handle.signal(slotsSignal, record(['blue', 'v42'], ['green', 'v41']));
      await play.answer('NOT_READY', 'retry');
      expect((await play.result()).end).toMatchObject({ kind: 'succeeded' });
      expect(await first.served('v41', 40)).toBe(100);
    }));

  it('stops and asks when it is told in the middle that something else was put into the slot', () =>
    rollBack(
      record(['blue', 'v42'], ['green', 'v41']),
      async (play) => {
        await play.until('a phase is watched', ({ doing }) => doing === 'WATCHING');
        await play.handle.signal(slotsSignal, record(['blue', 'v42'], ['green', 'v41'], ['green', 'v43']));
        const { wait } = await play.untilWaiting('SUPERSEDED');
        expect(wait!.text).toMatch(/eu serves \d+ % on v43: somebody else is deploying there/);
        const { journal } = await play.state();
        expect(journal.map(({ text }) => text)).toContain('the release record says: slot green holds v43');
        await play.say('abort');
        await play.result();
      },
      { settleMs: 20_000, longestBakeMs: 60_000 },
    ));
});
