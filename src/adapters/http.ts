import { RetryableError } from '../ports';
import type { PortErrorCode } from '../ports';
import { systemCodeOf } from './system-code';

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** A bounded HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** How one HTTP exchange ended. */
export type HttpEnd =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer }
  | { readonly kind: 'oversized'; readonly status: number; readonly limitBytes: number }
  /** No whole answer; `mayHaveArrived` is false only where no connection was made. */
  | { readonly kind: 'failed'; readonly mayHaveArrived: boolean; readonly because: string };

/**
 * One HTTP exchange: bounded in size, tied to the signal, redirects not followed. Never throws; what it says holds
 * neither headers nor bodies nor queries.
 */
export async function attempt(
  url: string,
  init: RequestInit & { signal: AbortSignal },
  maxBytes: number = MAX_BODY_BYTES,
): Promise<HttpEnd> {
  if (init.signal.aborted) return { kind: 'failed', mayHaveArrived: false, because: 'no time was left to ask' };
  try {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    const { status, headers } = response;
    const body = await boundedText(response, maxBytes);
    if (body === undefined) return { kind: 'oversized', status, limitBytes: maxBytes };
    return { kind: 'answer', answer: { status, headers, body } };
  } catch (error) {
    if (init.signal.aborted) return { kind: 'failed', mayHaveArrived: true, because: 'no answer in time' };
    // Only the name: the text may hold the address with its query.
    const reason = systemCodeOf(error) ?? 'unknown reason';
    return { kind: 'failed', mayHaveArrived: !wasNeverSent(reason), because: `the connection failed (${reason})` };
  }
}

/** An exchange whose every failure is a `RetryableError` of the given code. */
export async function exchange(
  url: string,
  init: RequestInit & { signal: AbortSignal },
  code: PortErrorCode,
): Promise<HttpAnswer> {
  const end = await attempt(url, init);
  switch (end.kind) {
    case 'answer':
      return end.answer;
    case 'oversized':
      throw new RetryableError(code, `${withoutSecrets(url)}: the answer is larger than ${end.limitBytes} bytes`);
    case 'failed':
      throw new RetryableError(code, `${withoutSecrets(url)}: ${end.because}`);
  }
}

/** Failures of making a connection at all. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a connection that failed for that reason was never made at all. */
export function wasNeverSent(reason: string): boolean {
  return NEVER_SENT.has(reason);
}

/** Undefined when there is more than that; the rest is not read. */
async function boundedText(response: Response, maxBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    // A fetch body yields bytes; its type says unknown.
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > maxBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The address without user, password and query, for messages. */
export function withoutSecrets(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

/** Whether the same request may succeed later: it took too long to arrive, came too early or too often, or the fault is theirs. */
export function isTransient(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

/** Milliseconds of a Retry-After header, in seconds or as a date, where there is one. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
