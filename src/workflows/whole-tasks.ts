import type { ActivateInput, WorkflowInterceptors } from '@temporalio/workflow';

/** How far a run's history was when it was last brought on. */
interface Reached {
  readonly events: number;
  /** Bytes of history when the task began, as the server wrote it down; it grows with every task. */
  readonly bytes: string;
  readonly at: string;
}

/**
 * Lets a run take in events only with the workflow task that the server began for them.
 *
 * A question that waits for a worker is handed to a fresh one with all events there are, also those whose task has not
 * begun. The SDK's core (1.24) takes these in all the same, at the time of the task before, and keeps the run; its next
 * commands then come from a state that no replay comes to, and the run is stuck for good. Refusing fails the question
 * alone and drops the run from the worker's memory: the task that follows replays it from its history.
 */
export function interceptors(): WorkflowInterceptors {
  let reached: Reached | undefined;
  return {
    internals: [
      {
        activate(input, next) {
          if (bringsEvents(input)) {
            const now = reachedBy(input);
            if (reached && hasNoTask(reached, now))
              throw new Error('more has happened than the run has taken in: ask again in a moment');
            reached = now;
          }
          next(input);
        },
      },
    ],
  };
}

function bringsEvents({ activation }: ActivateInput): boolean {
  return (activation.jobs ?? []).some((job) => !job.queryWorkflow && !job.removeFromCache);
}

function reachedBy({ activation }: ActivateInput): Reached {
  const { historyLength, historySizeBytes, timestamp } = activation;
  return {
    events: Number(historyLength),
    bytes: String(historySizeBytes),
    at: `${String(timestamp?.seconds)}.${String(timestamp?.nanos)}`,
  };
}

/**
 * A task that begins has a time and a size of history of its own; here there are more events under those of the last one.
 * The time alone would not do: it stays as it was in every task after the server's clock went back.
 */
function hasNoTask(before: Reached, now: Reached): boolean {
  return now.events > before.events && now.at === before.at && now.bytes === before.bytes;
}
