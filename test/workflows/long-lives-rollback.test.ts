import { alertSignal } from '../../src/contracts/definitions';
import { rollbackId } from '../../src/domain/rollback/request';
import { FAST_POLICY, Theatre } from './support/play';
import { runsOf } from './support/runs';

/** LONG=1 drives the numbers that the ordinary run only samples. */
const isLong = process.env.LONG !== undefined;
const LONGEST_MS = isLong ? 3 * 3_600_000 : 600_000;
const REMINDERS = isLong ? 2_880 : 20;

describe('a rollback that waits for a month', () => {
  let theatre: Theatre;
  beforeAll(async () => {
    theatre = await Theatre.open('month');
  }, LONGEST_MS);
  afterAll(() => theatre.close(), LONGEST_MS);

  it(
    'reminds every quarter of an hour over many runs, forgets nothing, and takes no word twice',
    async () => {
      const quick = { ...FAST_POLICY.timing, approvalMs: 60, reminderMs: 60 };
      const play = await theatre.play({
        request: { mode: 'ask' },
        policy: { timing: quick },
        continueAfterMoves: 6,
      });
      await play.untilWaiting('GATE');
      const began = (await play.view()).wait;
      const [first] = (await play.state()).alerts;
      const words: string[] = [];
      const reminded = (): number => play.world.notifications.filter(({ level }) => level === 'page').length;
      for (let round = 0; reminded() < REMINDERS; round += 1) {
        const fresh = { ...first!, fingerprint: `f${round % 40}`, title: `alert ${round}` };
        await play.handle.signal(alertSignal, { deliveryId: `d${round}`, alert: fresh });
        // Said twice: the second time in another run or in the same one, it is one word.
        const id = `stale-${round}`;
        for (let time = 0; time < 2; time += 1) await play.say('approve', { id, waitId: `w-${round}-gone` });
        words.push(id);
      }
      const waiting = await play.view();
      expect(waiting.wait).toMatchObject({ id: began?.id, reason: 'GATE', since: began?.since });
      const state = await play.state();
      const outcomes = state.outcomes.map(({ id }) => id);
      expect(new Set(outcomes).size).toBe(outcomes.length);
      expect(outcomes.slice(-50)).toEqual(words.slice(-50));
      const known = new Set(state.alerts.map(({ fingerprint }) => fingerprint));
      for (let index = 0; index < Math.min(40, words.length); index += 1) expect(known).toContain(`f${index}`);
      await play.answer('GATE', 'approve');
      expect((await play.result()).end?.kind).toBe('succeeded');
      expect(await runsOf(theatre.client, rollbackId(play.request))).toBeGreaterThan(REMINDERS / 6);
    },
    LONGEST_MS,
  );
});
