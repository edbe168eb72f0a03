import { IllegalStateError } from '@temporalio/common';
import type { HistoryAndWorkflowId } from '@temporalio/client';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { dataConverterOf } from './data-converter';
import { textOf } from './errors';

/** A history that the workflow code of a bundle would not have made. */
export interface ReplayProblem {
  readonly workflowId: string;
  readonly detail: string;
}

/**
 * Replays histories through the workflow code of a bundle, on this machine only; nothing is told to Temporal.
 * What is sealed is opened with the keys of the environment.
 */
export async function replayThrough(
  bundlePath: string,
  histories: AsyncIterable<HistoryAndWorkflowId>,
): Promise<readonly ReplayProblem[]> {
  beQuiet();
  const problems: ReplayProblem[] = [];
  const options = { workflowBundle: { codePath: bundlePath }, dataConverter: dataConverterOf(), replayName: 'upgrade' };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, histories)) {
    if (error) problems.push({ workflowId, detail: textOf(error) });
  }
  return problems;
}

/** What does not replay is an answer here; the SDK would log it as a failure of a worker. */
function beQuiet(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('ERROR', () => undefined),
      telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' }, forward: {} } },
    });
  } catch (error) {
    // A process that has a runtime already keeps its own way of logging.
    if (!(error instanceof IllegalStateError)) throw error;
  }
}
