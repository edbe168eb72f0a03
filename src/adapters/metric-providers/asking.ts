import type { z } from 'zod';
import { RetryableError, TerminalError } from '../../ports';
import { attempt, isTransient, retryAfterMs, withoutSecrets } from '../http';
import type { HttpAnswer } from '../http';

/** How many series one answer may hold; a service of a thousand processes with ten label sets each is within it. */
export const MOST_SERIES = 10_000;

const FEWER =
  'make it fewer: narrow the selectors, or sum by the labels that tell revisions, targets and processes apart (a recording rule) and count those';

/** Throws `METRICS_TOO_LARGE` where an answer of `place` holds more series than may be: part of them is not the answer. */
export function demandFew(place: string, series: number, most = MOST_SERIES): void {
  if (series > most)
    throw new RetryableError(
      'METRICS_TOO_LARGE',
      `${place} answered with ${series} series, and ${most} are the most that are read; ${FEWER}`,
    );
}

/** Throws `METRICS_MISCONFIGURED` for a label that no series of the source can have, named as the source names it. */
export function demandLabel(label: string, named: z.ZodType<string>, what: string): void {
  if (!named.safeParse(label).success)
    throw new TerminalError('METRICS_MISCONFIGURED', `"${label}" cannot be the name of ${what}`);
}

/** Asks a store of metrics. Throws `METRICS_UNREACHABLE` without a whole answer, `METRICS_TOO_LARGE` for one of too many bytes. */
export async function ask(url: string, init: RequestInit & { signal: AbortSignal }): Promise<HttpAnswer> {
  const end = await attempt(url, init);
  switch (end.kind) {
    case 'answer':
      return end.answer;
    case 'failed':
      throw new RetryableError('METRICS_UNREACHABLE', `${withoutSecrets(url)}: ${end.because}`);
    case 'oversized':
      throw new RetryableError(
        'METRICS_TOO_LARGE',
        `${withoutSecrets(url)} answered with more than ${end.limitBytes / 2 ** 20} MiB, the most that is read; ${FEWER}`,
      );
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
