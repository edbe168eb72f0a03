import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { RetryableError, TerminalError } from '../ports';
import { cancelledByRun, whileHeartbeating } from './calls';

/** Whoever asks us to come back in an hour is asked again before: traffic is failing meanwhile. */
const LONGEST_DELAY_MS = 30_000;

/** The one place where errors of ports become Temporal failures: type = code, behaviour = ours. */
export function toApplicationFailure(error: unknown): Error {
  if (error instanceof CancelledFailure || error instanceof ApplicationFailure) return error;
  if (error instanceof TerminalError) {
    return ApplicationFailure.create({ type: error.code, message: error.message, nonRetryable: true });
  }
  if (error instanceof RetryableError) {
    return ApplicationFailure.create({
      type: error.code,
      message: error.message,
      ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: Math.min(error.retryAfterMs, LONGEST_DELAY_MS) }),
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    type: 'UNEXPECTED',
    message,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** Lets every activity of an object heartbeat, so that the next worker has it within seconds when this one dies. */
export function heartbeating<T extends object>(activities: T): T {
  return wrapped(activities, (activity) => (input) => whileHeartbeating(() => activity(input)));
}

/** Wraps every activity of an object so that no error of a port leaves it untranslated. */
export function translated<T extends object>(activities: T): T {
  return wrapped(activities, (activity) => async (input) => {
    try {
      return await activity(input);
    } catch (error) {
      // Whatever a call cut short says: what it came to is not known, and the run reads back where that matters.
      throw cancelledByRun() ? new CancelledFailure('ended by a word to the rollback') : toApplicationFailure(error);
    }
  });
}

/** Lets no activity of an object take for a fact what a cancel had cut short: what it found out is nothing then. */
export function wholeOrNothing<T extends object>(activities: T): T {
  return wrapped(activities, (activity) => async (input) => {
    const result = await activity(input);
    if (cancelledByRun()) throw new CancelledFailure('ended by a word to the rollback');
    return result;
  });
}

type AnyActivity = (input: unknown) => Promise<unknown>;

function wrapped<T extends object>(activities: T, wrap: (activity: AnyActivity) => AnyActivity): T {
  const entries = Object.entries(activities).map(([name, activity]) => [name, wrap(activity as AnyActivity)]);
  // The keys and signatures are those of T.
  return Object.fromEntries(entries) as T;
}
