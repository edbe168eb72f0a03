import { Context } from '@temporalio/activity';

/** Longest single call to a target or metric source. */
export const CALL_LIMIT_MS = 5_000;

const HEARTBEAT_EVERY_MS = 1_000;

/** A signal that ends a call at its limit, whoever asks; a cancel does not cut an effect in half. */
export function callLimit(limitMs: number = CALL_LIMIT_MS): AbortSignal {
  return AbortSignal.timeout(limitMs);
}

/** A signal that ends a read at its limit or when the activity is cancelled. */
export function readLimit(limitMs: number = CALL_LIMIT_MS): AbortSignal {
  return AbortSignal.any([AbortSignal.timeout(limitMs), Context.current().cancellationSignal]);
}

/**
 * Heartbeats beside the work, so that a cancel is heard and a dead worker is noticed within seconds, however long a
 * pause or a call takes. `details` is what the next attempt goes on from.
 */
export async function whileHeartbeating<T>(work: () => Promise<T>, details?: () => unknown): Promise<T> {
  const context = Context.current();
  const beat = (): void => context.heartbeat(details?.());
  beat();
  const timer = setInterval(beat, HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** True when a person's word, not a worker's shutdown, cancelled the activity. */
export function cancelledByRun(): boolean {
  const context = Context.current();
  return context.cancellationSignal.aborted && context.cancellationDetails?.cancelRequested === true;
}
