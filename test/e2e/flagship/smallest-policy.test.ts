import { deployed, failing, LONGEST_MS, restored } from './deployed';
import type { Deployed } from './deployed';
import { Stack } from './stack';

/**
 * Every time by default makes thirteen minutes, of which the soak is ten; whoever has them sets LONG. The others set the
 * soak and nothing else, and wait less than three.
 */
const TIMING = process.env.LONG === undefined ? '{ soak: 10s }' : 'none';
const HALF_AN_HOUR_MS = 1_800_000;

describe('a bad release behind real proxies, seen by a real Prometheus and told by a real Alertmanager', () => {
  let here: Deployed;
  beforeAll(async () => {
    here = await deployed(new Stack({ timing: TIMING, isSmallest: true }));
  }, LONGEST_MS);
  afterAll(() => here.stack.close(), LONGEST_MS);

  it(
    'is taken back in phases by the smallest policy file that there is',
    async () => {
      const { stack, onCall } = here;
      await onCall.approves(await failing(here));
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined, HALF_AN_HOUR_MS);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      await restored(stack);
    },
    HALF_AN_HOUR_MS,
  );

  it('is one rollback, with a report beside the policy', async () => {
    const { stack } = here;
    const list = await stack.run('list', 'prod/checkout', '--output', 'json');
    expect(JSON.parse(list.out)).toMatchObject([{ number: 1, stage: 'succeeded' }]);
    const report = await stack.run('report', 'prod/checkout/1');
    expect(report).toMatchObject({ exit: 0, out: expect.stringContaining('succeeded (CENSUS_AS_PLANNED)') });
  }, 120_000);
});
