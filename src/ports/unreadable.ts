import type { Unreadable, UnreadCode } from '../domain/judge/sample';
import { RetryableError, TerminalError } from './errors';

const CODES: readonly UnreadCode[] = [
  'METRICS_UNREACHABLE',
  'METRICS_UNREADABLE',
  'METRICS_TOO_LARGE',
  'METRICS_MISCONFIGURED',
  'SECRET_MISSING',
];

/** What an error of a metric provider says of why it could not be read; of one that is none of ours its name alone. */
export function unreadableBy(error: unknown): Unreadable {
  const isOurs = error instanceof RetryableError || error instanceof TerminalError;
  if (!isOurs) return { code: 'UNEXPECTED', because: error instanceof Error ? error.name : 'unknown' };
  return { code: CODES.find((code) => code === error.code) ?? 'UNEXPECTED', because: error.message };
}
