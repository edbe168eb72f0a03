import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { STEP_LIMIT } from '../../src/worker/worker';
import { breakingOff, isThereQuery, ordinary } from './support/breaking-off-workflow';
import { connections } from './support/own-workers';

// What is provoked here is logged as errors; none of it says anything about the test.
const silent = new DefaultLogger('ERROR', () => undefined);
Runtime.install({
  logger: silent,
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
});

const open = connections();

async function begun(taskQueue: string): Promise<WorkflowHandle<typeof breakingOff>> {
  const handle = await open().client.workflow.start(breakingOff, { taskQueue, workflowId: taskQueue });
  expect(await handle.query(isThereQuery)).toBe(true);
  return handle;
}

// By the SDK alone such an answer ends the worker: "legacy query response along with other commands".
test('a question to a run that breaks off in the middle of a step is refused, and the worker works on', async () => {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('./support/breaking-off-workflow'),
    workflowInterceptorModules: [require.resolve('../../src/workflows/answers-alone')],
    logger: silent,
  });
  const taskQueue = `broken-off-${process.pid}-${Date.now().toString(36)}`;
  const employ = (): Promise<Worker> => Worker.create({ connection: open().native, taskQueue, workflowBundle });
  const run = await (await employ()).runUntil(() => begun(taskQueue));
  await (
    await employ()
  ).runUntil(async () => {
    await expect(run.query(isThereQuery)).rejects.toThrow('held up');
    const next = { taskQueue, workflowId: `${taskQueue}-next`, workflowRunTimeout: '1m' } as const;
    expect(await open().client.workflow.execute(ordinary, next)).toBe('as ever');
  });
  await run.terminate('no longer needed');
}, 120_000);

test('a step that a busy machine holds up is left to end, for a process does not survive that it is interrupted', async () => {
  const workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('./support/breaking-off-workflow'),
    logger: silent,
  });
  const worker = await Worker.create({
    connection: open().native,
    taskQueue: 'held-up',
    workflowBundle,
    ...STEP_LIMIT,
  });
  expect(worker.options.isolateExecutionTimeoutMs).toBe(60_000);
  await worker.runUntil(Promise.resolve());
}, 120_000);
