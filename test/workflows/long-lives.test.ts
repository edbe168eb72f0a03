import { alertSignal } from '../../src/contracts/definitions';
import { rollbackId } from '../../src/domain/rollback/request';
import { FAST_POLICY, Theatre } from './support/play';
import { ServiceStage } from './support/service-stage';
import { runsOf } from './support/runs';

/** LONG=1 drives the numbers that the ordinary run only samples. */
const isLong = process.env.LONG !== undefined;
const LONGEST_MS = isLong ? 3 * 3_600_000 : 300_000;
const REMINDERS = isLong ? 2_880 : 20;
const ALERTS = isLong ? 100_000 : 500;
const BURST = 100;

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

describe('a service with a long life', () => {
  let stage: ServiceStage;
  beforeAll(async () => {
    stage = await ServiceStage.open();
  }, LONGEST_MS);
  afterAll(() => stage.close(), LONGEST_MS);

  it(
    `counts ${ALERTS.toLocaleString('en')} alerts once each over many runs, though every one is delivered twice`,
    async () => {
      const play = stage.play({ continueAfterMessages: 150 });
      const fingerprints = 250;
      const startsAt = Date.now();
      await play.deliver('first', { fingerprint: 'f0', startsAt });
      await play.outcome('first');
      // In bursts, as gateways hand them on: under a stream without a gap Temporal lets no run end.
      for (let sent = 0; sent < ALERTS; sent += BURST) {
        const burst = Array.from({ length: BURST }, (_, index) => sent + index);
        await Promise.all(
          burst.map(async (index) => {
            const change = { fingerprint: `f${index % fingerprints}`, startsAt };
            for (let time = 0; time < 2; time += 1) await play.deliver(`d${index}`, change);
          }),
        );
        await play.untilState('a burst is counted', ({ alerts }) => counted(alerts) >= sent + BURST + 1, LONGEST_MS);
      }
      await play.say({ kind: 'mode', mode: 'ask' });
      const state = await play.state();
      expect(counted(state.alerts)).toBe(ALERTS + 1);
      expect(state.alerts).toHaveLength(fingerprints);
      expect(state.nextNumber).toBe(2);
      const { alerts } = await play.told(1);
      expect(new Set(alerts.map(({ alert: passed }) => passed.fingerprint)).size).toBe(alerts.length);
      expect(await runsOf(stage.client, play.id)).toBeGreaterThan(ALERTS / BURST / 3);
    },
    LONGEST_MS,
  );
});

function counted(alerts: readonly { readonly count: number }[]): number {
  return alerts.reduce((sum, { count }) => sum + count, 0);
}
