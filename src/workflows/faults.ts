import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';

/** Why something failed: a stable code and a sentence for people. */
export interface FaultCause {
  readonly code: string;
  readonly detail: string;
}

/** Reads the cause of a failed activity; branches on failure types, never on texts. */
export function causeOf(error: unknown): FaultCause {
  const inner = error instanceof ActivityFailure ? error.cause : error;
  if (inner instanceof ApplicationFailure) return { code: inner.type ?? 'FAILED', detail: inner.message };
  if (inner instanceof TimeoutFailure) return { code: 'TIMED_OUT', detail: timeoutText(inner) };
  return { code: 'UNEXPECTED', detail: inner instanceof Error ? inner.message : String(inner) };
}

function timeoutText(failure: TimeoutFailure): string {
  const last = failure.cause instanceof Error ? `: ${failure.cause.message}` : '';
  return `no answer in time (${String(failure.timeoutType ?? 'timeout')})${last}`;
}
