import { Context } from '@temporalio/activity';
import { limitedTo } from '../ports';

/** Longest single call to a target or metric source. */
export const CALL_LIMIT_MS = 5_000;

/** Each beat carries what was seen, for thousands of looks at once: as often as their limits need, and no oftener. */
const BEATS_PER_TIMEOUT = 2.5;
const USUAL_HEARTBEAT_TIMEOUT_MS = 5_000;

/** A signal that ends a call at its limit, whoever asks; a cancel does not cut an effect in half. */
export function callLimit(limitMs: number = CALL_LIMIT_MS): AbortSignal {
  return AbortSignal.timeout(limitMs);
}

/** A signal that ends a read at its limit or when the activity is cancelled. */
export function readLimit(limitMs: number = CALL_LIMIT_MS): AbortSignal {
  return limitedTo(Context.current().cancellationSignal, limitMs);
}

/**
 * Heartbeats beside the work, so that a cancel is heard and a dead worker is noticed within seconds, however long a
 * pause or a call takes. `details` is what the next attempt goes on from; work that has come further says so by a beat
 * of its own, and the next one is due a while after that.
 */
export async function whileHeartbeating<T>(
  work: (beat: () => void) => Promise<T>,
  details?: () => unknown,
): Promise<T> {
  const context = Context.current();
  const beat = (): void => context.heartbeat(details?.());
  beat();
  const timeoutMs = context.info.heartbeatTimeoutMs || USUAL_HEARTBEAT_TIMEOUT_MS;
  const timer = setInterval(beat, timeoutMs / BEATS_PER_TIMEOUT);
  try {
    return await work(() => {
      beat();
      timer.refresh();
    });
  } finally {
    clearInterval(timer);
  }
}

/** True when a person's word, not a worker's shutdown, cancelled the activity. */
export function cancelledByRun(): boolean {
  const context = Context.current();
  return context.cancellationSignal.aborted && context.cancellationDetails?.cancelRequested === true;
}
