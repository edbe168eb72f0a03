import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';

/**
 * Refuses an answer from a run that broke off in the middle of a step.
 *
 * A machine without a processor to spare can hold a step up for longer than the SDK lets it run; what the step had begun
 * stays in the run's memory. The SDK's core (1.24) then means to drop the run, but first hands it the question that had
 * woken it. The answer would carry what was left of the step, which core takes for a fault of the worker and ends it.
 */
export function interceptors(): WorkflowInterceptors {
  let isAsked = false;
  return {
    internals: [
      {
        activate(input, next) {
          isAsked = onlyAsks(input);
          next(input);
        },
        concludeActivation(input, next) {
          const concluded = next(input);
          if (isAsked && concluded.commands.some((command) => !command.respondToQuery))
            throw new Error('the run broke off in the middle of a step: ask again in a moment');
          return concluded;
        },
      },
    ],
  };
}

function onlyAsks({ activation }: ActivateInput): boolean {
  return (activation.jobs ?? []).every((job) => job.queryWorkflow);
}
