import { RetryableError, TerminalError } from '../../ports';
import { attempt, isTransient, retryAfterMs, withoutSecrets } from '../http';
import type { HttpAnswer } from '../http';

/** Asks a store of metrics. Throws `METRICS_UNREACHABLE` without an answer, `METRICS_UNREADABLE` for one that is too large. */
export async function ask(url: string, init: RequestInit & { signal: AbortSignal }): Promise<HttpAnswer> {
  const end = await attempt(url, init);
  switch (end.kind) {
    case 'answer':
      return end.answer;
    case 'failed':
      throw new RetryableError('METRICS_UNREACHABLE', `${withoutSecrets(url)}: ${end.because}`);
    case 'oversized':
      throw new RetryableError('METRICS_UNREADABLE', `${withoutSecrets(url)}: more than ${end.limitBytes} bytes`);
  }
}

/**
 * What a status that is no success comes to: `METRICS_UNREACHABLE` where the same question may be answered later, after
 * `waitMs` where the store says so, else `METRICS_MISCONFIGURED`. `now` in epoch milliseconds.
 */
export function refusal(
  { status, headers }: HttpAnswer,
  message: string,
  now: number,
  waitMs?: number,
): RetryableError | TerminalError {
  if (!isTransient(status)) return new TerminalError('METRICS_MISCONFIGURED', message);
  const wait = retryAfterMs(headers, now) ?? waitMs;
  return new RetryableError('METRICS_UNREACHABLE', message, wait === undefined ? {} : { retryAfterMs: wait });
}
