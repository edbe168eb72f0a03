import { until } from '../support';
import { OnCall } from './on-call';
import { QueueStack } from './queue-stack';

const LONGEST_MS = 600_000;
const PATIENCE_MS = 240_000;
const PAST_MS = 3_600_000;

/** The queue with its workers, v41 before and v42 deployed just now. */
async function opened(stack: QueueStack, onCall: OnCall, lag?: number): Promise<void> {
  await stack.open(lag);
  await onCall.says('release', 'prod/mailer', 'v41', '--from', new Date(Date.now() - PAST_MS).toISOString());
  await stack.deploy();
  await onCall.says('release', 'prod/mailer', 'v42');
}

describe('a bad release of workers that take jobs from a queue', () => {
  const stack = new QueueStack();
  const onCall = new OnCall(stack, 'prod/mailer');
  beforeAll(() => opened(stack, onCall), LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  it(
    'is taken back by some instances first, judged by what the workers themselves count, and no job is lost',
    async () => {
      stack.fail({ v42: 0.3 });
      const asked = await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE');
      expect(asked).toMatchObject({ fromRevision: 'v42', toRevision: 'v41' });
      await onCall.approves(asked);
      const running = await stack.whileFirstPhase(async () => stack.supervisor.running());
      const revisions = running.map((name) => name.split(':')[0]);
      expect(new Set(revisions)).toEqual(new Set(['mailer-v41', 'mailer-v42']));
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      expect(stack.supervisor.running().toSorted()).toEqual([0, 1, 2, 3].map((number) => `mailer-v41:${number}`));
      const report = await stack.run('report', 'prod/mailer');
      expect(report).toMatchObject({ exit: 0, out: expect.stringContaining('HELPING') });
    },
    LONGEST_MS,
  );

  it(
    'has left no job undone, also of those that the bad release failed',
    async () => {
      expect(await stack.untilAllDone()).toBeGreaterThan(100);
    },
    LONGEST_MS,
  );
});

describe('an old revision of the workers that cures the failures and is too slow', () => {
  const TOO_MUCH = 6;
  const LAG =
    /lag got worse: now ([\d.]+) on v41 against ([\d.]+) on v42, above 6 in 3 of the last 4 looks; stopped here/;
  const stack = new QueueStack();
  const onCall = new OnCall(stack, 'prod/mailer');
  beforeAll(() => opened(stack, onCall, TOO_MUCH), LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);
  /** The instances that run, by revision. */
  const running = (): { readonly v41: number; readonly v42: number } => {
    const revisions = stack.supervisor.running().map((name) => name.slice('mailer-'.length).split(':')[0] ?? '');
    const count = (revision: string): number => revisions.filter((name) => name === revision).length;
    return { v41: count('v41'), v42: count('v42') };
  };

  it(
    'is stopped after its first instances by their lag, and goes on once somebody has made it quick',
    async () => {
      stack.slow({ v41: 1_000 });
      stack.fail({ v42: 0.3 });
      await onCall.approves(await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE'));
      const halted = await onCall.sees('it halts', ({ wait }) => wait?.for === 'verdict');
      expect(halted).toMatchObject({
        phase: { number: 1 },
        wait: { reason: 'HALT', text: expect.stringMatching(LAG) },
        evidence: { verdict: { decision: 'halt', reason: 'NEW_PROBLEM' } },
      });
      const [, old, suspect] = LAG.exec(halted.wait?.text ?? '') ?? [];
      expect([Number(old) > TOO_MUCH, Number(suspect) <= TOO_MUCH]).toEqual([true, true]);
      expect(halted.failing?.stable.bad).toBe(0);
      const moved = running();
      expect([moved.v41 > 0, moved.v42 > 0, moved.v41 + moved.v42]).toEqual([true, true, 4]);

      stack.slow({});
      await until(
        async () => ((await stack.ask('max(jobs_oldest_seconds{version="v41"})')) ?? NaN) < 1 || undefined,
        PATIENCE_MS,
        () => 'v41 never caught up',
      );
      expect(running()).toEqual(moved);
      await onCall.says('retry', 'prod/mailer', '--wait', halted.wait?.id ?? '');
      const ended = await onCall.sees('it ends', ({ end }) => end !== undefined);
      expect(ended.end).toMatchObject({ kind: 'succeeded' });
      const { out } = await stack.run('report', 'prod/mailer');
      expect(out).toContain('lag got worse');
      expect(await stack.untilAllDone()).toBeGreaterThan(100);
    },
    LONGEST_MS,
  );
});
