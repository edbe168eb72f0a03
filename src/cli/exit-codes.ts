/** What a process tells the pipeline that called it. */
export const EXIT = {
  ok: 0,
  /** It failed, or was refused. */
  failed: 1,
  /** Wrong usage, a wrong policy file, or something that must be set up first. */
  usage: 2,
  /** It waits for somebody, or has not ended. */
  waiting: 3,
  aborted: 4,
  /** Temporal, the gateway or a worker did not answer. */
  unavailable: 5,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one message on stderr that names the way out, and this exit code. */
export class CliError extends Error {
  readonly exit: ExitCode;
  constructor(exit: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exit = exit;
  }
}

const UNAVAILABLE_CODES = new Set([
  'ADDRESS_UNREACHABLE',
  'NO_ANSWER_IN_TIME',
  'TARGET_UNREACHABLE',
  'METRICS_UNREACHABLE',
  'METRICS_TOO_LARGE',
]);
const SETUP_CODES = new Set([
  'TEMPORAL_MISSING',
  'TLS_MISMATCH',
  'UNAUTHORIZED',
  'NAMESPACE_MISSING',
  'SERVER_TOO_OLD',
  'SEARCH_ATTRIBUTES_MISSING',
  'PORT_TAKEN',
  'STATE_DIR_IN_USE',
  'START_FAILED',
  'SETTINGS_INVALID',
  'PAYLOADS_SEALED',
  'POLICY_INVALID',
  'SERVICE_UNKNOWN',
  'SECRET_MISSING',
  'TARGET_MISCONFIGURED',
  'METRICS_MISCONFIGURED',
]);

/** The exit code of anything thrown; our errors tell by their `code`, others have failed. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliError) return error.exit;
  const code = codeOf(error);
  if (isClientError(error) && code !== 'PAYLOADS_SEALED')
    return code === 'NOT_FOUND' || code === 'PREVIEW_FAILED' ? EXIT.failed : EXIT.unavailable;
  if (code !== undefined && UNAVAILABLE_CODES.has(code)) return EXIT.unavailable;
  if (code !== undefined && SETUP_CODES.has(code)) return EXIT.usage;
  return EXIT.failed;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The client's own error, told by its name because its class would load the whole client. */
function isClientError(error: unknown): boolean {
  return error instanceof Error && error.name === 'ClientError';
}
