import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { hasHeardQuery, speakSignal } from './support/listening-workflow';
import type { listening } from './support/listening-workflow';
import { connections } from './support/own-workers';

Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});

const RUNS = 20;
const MOST_ROUNDS = 10;

const open = connections();
const bundleWith = (interceptorModules: readonly string[]): Promise<WorkflowBundleWithSourceMap> =>
  bundleWorkflowCode({
    workflowsPath: require.resolve('./support/listening-workflow'),
    workflowInterceptorModules: [...interceptorModules],
    logger: new DefaultLogger('ERROR'),
  });

/** What came of runs that were asked something and told something while nobody worked. */
interface Aftermath {
  readonly answers: readonly string[];
  readonly notReplaying: number;
}

async function askedWhileNobodyWorks(workflowBundle: WorkflowBundleWithSourceMap): Promise<Aftermath> {
  const taskQueue = `asked-${process.pid}-${Date.now().toString(36)}`;
  const employ = (): Promise<Worker> =>
    Worker.create({ connection: open().native, taskQueue, workflowBundle, stickyQueueScheduleToStartTimeout: 100 });
  const first = await employ();
  const runs = await first.runUntil(() => Promise.all(Array.from({ length: RUNS }, (_, run) => begun(taskQueue, run))));
  const questions = runs.map((run) => run.query(hasHeardQuery).then(String, () => 'refused'));
  // Nothing shows that a question waits; a word that comes before it only makes the run one that shows nothing.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await Promise.all(runs.map((run) => run.signal(speakSignal)));
  const second = await employ();
  const answers = await second.runUntil(async () => {
    const said = await Promise.all(questions);
    await Promise.all(runs.map((run) => run.result()));
    return said;
  });
  return { answers, notReplaying: await notReplaying(workflowBundle, runs) };
}

async function begun(taskQueue: string, run: number): Promise<WorkflowHandle<typeof listening>> {
  const handle = await open().client.workflow.start<typeof listening>('listening', {
    taskQueue,
    workflowId: `${taskQueue}-${run}`,
  });
  await handle.query(hasHeardQuery);
  return handle;
}

async function notReplaying(
  workflowBundle: WorkflowBundleWithSourceMap,
  runs: readonly WorkflowHandle[],
): Promise<number> {
  const histories = runs.map(async (run) => ({ workflowId: run.workflowId, history: await run.fetchHistory() }));
  let failures = 0;
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, await Promise.all(histories)))
    if (error) failures += 1;
  return failures;
}

/** Chance says whether a question or the task that came after it is handed out first: asked until the former was seen. */
async function untilSeen(bundle: WorkflowBundleWithSourceMap, isIt: (seen: Aftermath) => boolean): Promise<Aftermath> {
  for (let round = 1; ; round += 1) {
    const seen = await askedWhileNobodyWorks(bundle);
    if (isIt(seen) || round === MOST_ROUNDS) return seen;
  }
}

describe('a question that waits for a worker while something happens', () => {
  it('leaves, by the SDK alone, runs whose histories do not replay: the reason for what follows', async () => {
    const seen = await untilSeen(await bundleWith([]), (after) => after.notReplaying > 0);
    expect(seen.notReplaying).toBeGreaterThan(0);
  }, 300_000);

  it('is refused where the run would have taken in events without their task, and every history replays', async () => {
    const bundle = await bundleWith([require.resolve('../../src/workflows/whole-tasks')]);
    const seen = await untilSeen(bundle, ({ answers }) => answers.includes('refused'));
    expect(seen.notReplaying).toBe(0);
    expect(seen.answers).toContain('refused');
    expect(seen.answers.filter((answer) => answer !== 'refused' && answer !== 'true')).toEqual([]);
  }, 300_000);
});
