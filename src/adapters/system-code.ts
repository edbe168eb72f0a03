/** The system's name of a failure (`ENOENT`, `ECONNREFUSED`), which may be its cause's; undefined where it has none. */
export function systemCodeOf(error: unknown): string | undefined {
  // By shape: an error of another realm is no instance of our Error.
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? systemCodeOf(error.cause) : undefined;
}
