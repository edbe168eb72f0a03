import { AsyncLocalStorage } from 'node:async_hooks';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';

/** What every line that is logged on behalf of a rollback says of it. */
export interface LogContext {
  readonly rollback?: string;
  readonly stage?: string;
  /** Number of the phase, from 1. */
  readonly phase?: number;
}

const current = new AsyncLocalStorage<LogContext>();

/** Where activities that are given no stage belong by their name. */
const STAGE_OF: Readonly<Record<string, string>> = {
  assess: 'detecting',
  plan: 'planning',
  report: 'analysing',
  sendOutcome: 'analysing',
};

/** The context of the line that is being logged: hand it to the logger as its mixin. */
export function logContext(): LogContext {
  return current.getStore() ?? {};
}

/** Runs every activity in the log context of its rollback, so that adapters need not know whom they work for. */
export const inLogContext: ActivityInterceptorsFactory = ({ info }) => ({
  inbound: {
    execute: (input, next) => {
      const workflow = info.workflowExecution?.workflowId ?? '';
      return current.run(contextOf(workflow, info.activityType, input.args[0]), () => next(input));
    },
  },
  // The SDK's own logger writes later, out of any context: it is given the same at once.
  outbound: { getLogAttributes: (input, next) => next({ ...input, ...logContext() }) },
});

function contextOf(workflowId: string, activity: string, input: unknown): LogContext {
  const { stage = STAGE_OF[activity], phase } = isRecord(input) ? input : {};
  return {
    ...(workflowId.startsWith('rollback/') ? { rollback: workflowId } : {}),
    ...(typeof stage === 'string' ? { stage } : {}),
    ...(typeof phase === 'number' ? { phase } : {}),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
