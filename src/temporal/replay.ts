import { IllegalStateError } from '@temporalio/common';
import type { DataConverter, HistoryAndWorkflowId, Payload } from '@temporalio/common';
import type { History } from '@temporalio/common/lib/proto-utils';
import type * as workerSdk from '@temporalio/worker';
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
  // A quarter of a second to load, for a replay alone.
  const sdk = require('@temporalio/worker') as typeof workerSdk;
  beQuiet(sdk);
  const problems: ReplayProblem[] = [];
  const dataConverter = dataConverterOf();
  const options = { workflowBundle: { codePath: bundlePath }, dataConverter, replayName: 'upgrade' };
  for await (const { workflowId, error } of sdk.Worker.runReplayHistories(
    options,
    readable(histories, dataConverter, problems),
  )) {
    if (error) problems.push({ workflowId, detail: textOf(error) });
  }
  return problems;
}

/** Leaves out, as a problem with its cause, what is sealed with a key that is not here: the replay would not say so. */
async function* readable(
  histories: AsyncIterable<HistoryAndWorkflowId>,
  { payloadCodecs: [codec] = [] }: DataConverter,
  problems: ReplayProblem[],
): AsyncIterable<HistoryAndWorkflowId> {
  for await (const run of histories) {
    try {
      await codec?.decode(inputOf(run));
    } catch (error) {
      problems.push({ workflowId: run.workflowId, detail: textOf(error) });
      continue;
    }
    yield run;
  }
}

function inputOf({ history }: HistoryAndWorkflowId): Payload[] {
  const [started] = (history as History).events ?? [];
  return started?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
}

/** What does not replay is an answer here; the SDK would log it as a failure of a worker. */
function beQuiet({ DefaultLogger, Runtime }: typeof workerSdk): void {
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
