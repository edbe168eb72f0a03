/** An error with that code of metrics, which says whether asking again may help, and does not tell the secret. */
export function named(code: string, retryable: boolean, secret = 'hidden') {
  return { code: `METRICS_${code}`, retryable, message: expect.not.stringContaining(secret) as unknown };
}
