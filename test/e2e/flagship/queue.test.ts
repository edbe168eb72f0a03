import type { StatusView } from '../../../src/domain/rollback/status-view';
import { until } from '../support';
import { OnCall } from './on-call';
import { QueueStack } from './queue-stack';

const LONGEST_MS = 600_000;
const PATIENCE_MS = 240_000;
const PAST_MS = 3_600_000;

describe('a bad release of workers that take jobs from a queue', () => {
  const stack = new QueueStack();
  const onCall = new OnCall(stack, 'prod/mailer');
  beforeAll(async () => {
    await stack.open();
    await onCall.says('release', 'prod/mailer', 'v41', '--from', new Date(Date.now() - PAST_MS).toISOString());
    await stack.deploy();
    await onCall.says('release', 'prod/mailer', 'v42');
  }, LONGEST_MS);
  afterAll(() => stack.close(), LONGEST_MS);

  async function isFirstPhaseWatched(): Promise<boolean> {
    const told = await (await fetch(`${stack.gatewayUrl}/v1/rollbacks/prod/mailer/1`)).json();
    const { view } = told as { readonly view?: StatusView };
    return view?.doing === 'WATCHING' && view.phase?.number === 1;
  }

  /** What runs while the first phase is watched: still watched after the look, so that nothing was started or stopped in it. */
  async function runningInFirstPhase(): Promise<readonly string[] | undefined> {
    if (!(await isFirstPhaseWatched())) return undefined;
    const running = stack.supervisor.running();
    return (await isFirstPhaseWatched()) ? running : undefined;
  }

  it(
    'is taken back by some instances first, judged by what the workers themselves count, and no job is lost',
    async () => {
      stack.fail({ v42: 0.3 });
      const asked = await onCall.sees('it asks whether to begin', ({ wait }) => wait?.reason === 'GATE');
      expect(asked).toMatchObject({ fromRevision: 'v42', toRevision: 'v41' });
      await onCall.approves(asked);
      const running = await until(runningInFirstPhase, PATIENCE_MS, () => 'the first phase was never watched');
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
      await stack.endOfWork();
      const isDone = async (): Promise<number | undefined> => {
        const { all, left } = await stack.jobs();
        return left === 0 ? all : undefined;
      };
      expect(await until(isDone, PATIENCE_MS, () => 'some jobs were never done')).toBeGreaterThan(100);
    },
    LONGEST_MS,
  );
});
