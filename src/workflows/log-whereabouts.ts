import type { WorkflowInterceptors } from '@temporalio/workflow';

type LogAttributes = Readonly<Record<string, unknown>>;

/** Of this run alone: every run has modules of its own. */
let whereabouts: () => LogAttributes = () => ({});

/** Has every line that workflow code logs from now on say of which rollback it is, and where that stands. */
export function logWithWhereabouts(now: () => LogAttributes): void {
  whereabouts = now;
}

/** Puts them into each line, whoever logs it. */
export function interceptors(): WorkflowInterceptors {
  return { outbound: [{ getLogAttributes: (input, next) => next({ ...input, ...whereabouts() }) }] };
}
