/** Expects a read to fail by a code of metrics, to say whether asking again may help, and not to tell the secret. */
export async function expectNamed(
  read: Promise<unknown>,
  {
    code,
    retryable,
    secret = 'hidden',
  }: { readonly code: string; readonly retryable: boolean; readonly secret?: string },
): Promise<void> {
  await expect(read).rejects.toMatchObject({
    code: `METRICS_${code}`,
    retryable,
    message: expect.not.stringContaining(secret),
  });
}
