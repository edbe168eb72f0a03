/** What a client call can fail with, besides the answers that are values. */
export type ClientErrorCode = 'TEMPORAL_UNAVAILABLE' | 'NOT_FOUND' | 'NO_ANSWER' | 'PREVIEW_FAILED' | 'PAYLOADS_SEALED';

/**
 * Thrown by `RollbackClient`. `TEMPORAL_UNAVAILABLE`: nothing was recorded, say it again. `NO_ANSWER`: no worker was
 * there. `PREVIEW_FAILED`: a plan could not be made, for the reason in the message. `PAYLOADS_SEALED`: what was kept is
 * sealed with a key that this process does not have.
 */
export class ClientError extends Error {
  readonly code: ClientErrorCode;
  constructor(code: ClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ClientError';
    this.code = code;
  }
}
