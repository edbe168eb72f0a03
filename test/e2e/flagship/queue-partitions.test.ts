import { OnCall } from './on-call';
import { PartitionStack } from './queue-partition-stack';

const LONGEST_MS = 600_000;
const PAST_MS = 3_600_000;

describe('a bad release of consumers whose queue has partitions', () => {
  const stack = new PartitionStack();
  const onCall = new OnCall(stack, 'prod/mailer');
  beforeAll(async () => {
    await stack.open();
    await onCall.says('release', 'prod/mailer', 'v41', '--from', new Date(Date.now() - PAST_MS).toISOString());
    await stack.assign('v42');
    await onCall.says('release', 'prod/mailer', 'v42');
  }, LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  it(
    'is taken back in whole partitions, counted as they are really consumed, until the old revision has all of them',
    async () => {
      stack.fail({ v42: 0.3 });
      await onCall.approves(await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE'));
      const { v41 = 0, v42 = 0 } = await stack.whileFirstPhase(() => stack.consumedBy());
      expect([v41 > 0, v42 > 0, v41 + v42]).toEqual([true, true, 8]);
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended).toMatchObject({
        end: { kind: 'succeeded', reason: 'CENSUS_AS_PLANNED' },
        targets: [{ name: 'eu', weight: 100, units: { total: 8, name: 'partitions' } }],
      });
      expect(await stack.consumedBy()).toEqual({ v41: 8 });
      const { out } = await stack.run('report', 'prod/mailer');
      expect(out).toMatch(new RegExp(`\\b${v41} of 8 partitions \\(${v41 * 12.5} %\\)`));
    },
    LONGEST_MS,
  );

  it(
    'has left no job undone, and the old revision has done those that the bad one failed',
    async () => {
      expect(await stack.untilAllDone()).toBeGreaterThan(100);
    },
    LONGEST_MS,
  );
});
