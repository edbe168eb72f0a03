import { RetryableError } from '../ports';
import type { PortErrorCode } from '../ports';

const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** A bounded HTTP answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** One HTTP exchange: bounded in size, tied to the signal, redirects not followed. Failures carry the given code. */
export async function exchange(
  url: string,
  init: RequestInit & { signal: AbortSignal },
  code: PortErrorCode,
): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, { ...init, redirect: 'manual' });
    return { status: response.status, headers: response.headers, body: await boundedText(response) };
  } catch (error) {
    if (error instanceof RetryableError) throw error;
    const why = init.signal.aborted ? 'no answer in time' : reasonOf(error);
    throw new RetryableError(code, `${withoutSecrets(url)}: ${why}`, { cause: error });
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    // A fetch body yields bytes; its type says unknown.
    const bytes = chunk as Uint8Array;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) throw new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** The address without user, password and query, for messages. */
export function withoutSecrets(url: string): string {
  const parsed = new URL(url);
  return `${parsed.protocol}//${parsed.host}${parsed.pathname}`;
}

/** Milliseconds of a Retry-After header given in seconds, where there is one. */
export function retryAfterMs(headers: Headers): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}
