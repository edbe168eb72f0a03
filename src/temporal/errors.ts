/** Why Temporal cannot be used as it is; closed, so that callers can branch on it. */
export type TemporalSetupCode =
  | 'TEMPORAL_MISSING'
  | 'ADDRESS_UNREACHABLE'
  | 'NO_ANSWER_IN_TIME'
  | 'TLS_MISMATCH'
  | 'UNAUTHORIZED'
  | 'NAMESPACE_MISSING'
  | 'SERVER_TOO_OLD'
  | 'SEARCH_ATTRIBUTES_MISSING'
  | 'PORT_TAKEN'
  | 'STATE_DIR_IN_USE'
  | 'START_FAILED'
  | 'SETTINGS_INVALID'
  | 'PAYLOAD_KEY_MISSING'
  | 'PAYLOAD_UNREADABLE'
  | 'UNEXPECTED';

/** Every failure to reach, start or set up Temporal; the message is meant for a person and names the way out. */
export class TemporalSetupError extends Error {
  readonly code: TemporalSetupCode;

  constructor(code: TemporalSetupCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TemporalSetupError';
    this.code = code;
  }
}

/** The text of anything thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a node or gRPC error, if it has one. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
