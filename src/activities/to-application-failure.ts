import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { RetryableError, TerminalError } from '../ports';

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
      ...(error.retryAfterMs === undefined ? {} : { nextRetryDelay: error.retryAfterMs }),
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return ApplicationFailure.create({
    type: 'UNEXPECTED',
    message,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** Wraps every activity of an object so that no error of a port leaves it untranslated. */
export function translated<T extends object>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [name, wrap(activity as AnyActivity)]);
  // The keys and signatures are those of T; only the errors differ.
  return Object.fromEntries(wrapped) as T;
}

type AnyActivity = (input: unknown) => Promise<unknown>;

function wrap(activity: AnyActivity): AnyActivity {
  return async (input) => {
    try {
      return await activity(input);
    } catch (error) {
      throw toApplicationFailure(error);
    }
  };
}
