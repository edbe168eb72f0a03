import { Context } from '@temporalio/activity';

/**
 * The time of a long look, in epoch milliseconds: begins at this worker's clock, though never before the server handed
 * the work out nor before what was seen already, and goes on by a timer that does not jump. So a clock that is wrong,
 * or is put right, neither ends a look early nor holds it up.
 */
export function steadyClock(deps: { now(): number }, seenAt = 0): () => number {
  const { currentAttemptScheduledTimestampMs: handedOutAt } = Context.current().info;
  const from = Math.max(deps.now(), handedOutAt, seenAt);
  const began = performance.now();
  return () => Math.round(from + performance.now() - began);
}
