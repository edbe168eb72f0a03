import { ServiceStage } from './support/service-stage';
import { runsOf } from './support/runs';

/** LONG=1 drives the numbers that the ordinary run only samples. */
const isLong = process.env.LONG !== undefined;
const LONGEST_MS = isLong ? 3 * 3_600_000 : 600_000;
const ALERTS = isLong ? 100_000 : 500;
const BURST = 100;

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
