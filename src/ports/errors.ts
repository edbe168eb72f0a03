/** Stable codes of what can go wrong at a port. */
export type PortErrorCode =
  | 'TARGET_UNREACHABLE'
  | 'TARGET_MISCONFIGURED'
  | 'TARGET_ANSWER_UNREADABLE'
  | 'TARGET_UNAUTHORIZED'
  | 'SLOT_UNRECORDED'
  | 'METRICS_UNREACHABLE'
  | 'METRICS_UNREADABLE'
  | 'METRICS_TOO_LARGE'
  | 'METRICS_MISCONFIGURED'
  | 'NOTIFIER_UNREACHABLE'
  | 'NOTIFIER_REFUSED'
  | 'ARCHIVE_UNWRITABLE'
  | 'SECRET_MISSING'
  | 'POLICY_INVALID'
  | 'SERVICE_UNKNOWN'
  | 'ENVIRONMENT_SILENT';

/** Thrown when trying again as is cannot help. The message names the thing and the value. */
export class TerminalError extends Error {
  readonly retryable = false;
  readonly code: PortErrorCode;
  constructor(code: PortErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TerminalError';
    this.code = code;
  }
}

/** Thrown when the same call may succeed later. */
export class RetryableError extends Error {
  readonly retryable = true;
  readonly code: PortErrorCode;
  /** Earliest useful next attempt, in milliseconds, where the other side said so. */
  readonly retryAfterMs?: number;
  constructor(code: PortErrorCode, message: string, options?: ErrorOptions & { retryAfterMs?: number }) {
    super(message, options);
    this.name = 'RetryableError';
    this.code = code;
    if (options?.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}
