import type * as Sdk from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { RetryableError, TerminalError } from '../../ports';
import { isTransient } from '../http';
import { outsideJson, outsideText } from '../outside-text';
import { ask, refusal } from './asking';

/** Where CloudWatch is asked; what the environment says of it, where these do not. */
export interface CloudwatchPlace {
  readonly region?: string;
  /** Whose metrics, where that is not the account that asks: one that is linked to it by cross-account observability. */
  readonly account?: string;
  readonly endpoint?: string;
}

/** A question, as the SDK puts it. */
type Send = (client: Sdk.CloudWatchClient, sdk: typeof Sdk) => Promise<unknown>;

const MOST_PAGES = 20;

/**
 * Every page of an answer, in their order, with the credentials that the environment has. `send` asks for the one that a
 * token names, the first one without. What cannot be read as a page, and pages without end, throw `METRICS_UNREADABLE`; one
 * that may be there later, the first or another, `METRICS_UNREACHABLE`; what nobody can answer `METRICS_MISCONFIGURED`.
 */
export async function pagesOf<Page extends { readonly NextToken?: string | undefined }>(
  place: CloudwatchPlace,
  { schema, called }: { readonly schema: z.ZodType<Page>; readonly called: string },
  send: (token: string | undefined) => Send,
  signal: AbortSignal,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const answer = await orAborted(() => answerTo(place, send(token)), signal);
    const read = schema.safeParse(answer);
    if (!read.success) throw unreadable(`did not answer with ${called}`);
    pages.push(read.data);
    token = read.data.NextToken;
    if (token === undefined) return pages;
  }
  throw unreadable(`went on after ${MOST_PAGES} pages`);
}

async function answerTo(place: CloudwatchPlace, send: Send): Promise<unknown> {
  // Not before it is needed: it takes a third of a second, and most workers never ask CloudWatch.
  const sdk = await import('@aws-sdk/client-cloudwatch');
  try {
    return await send(clientFor(place, sdk), sdk);
  } catch (error) {
    throw translated(error);
  }
}

/** Kept by region and endpoint, for each looks up its credentials anew. */
const clients = new Map<string, Sdk.CloudWatchClient>();

function clientFor({ region, endpoint }: CloudwatchPlace, sdk: typeof Sdk): Sdk.CloudWatchClient {
  const key = JSON.stringify([region, endpoint]);
  // Whoever asks decides when to ask again.
  const client =
    clients.get(key) ?? new sdk.CloudWatchClient({ region, endpoint, maxAttempts: 1, requestHandler: { handle } });
  clients.set(key, client);
  return client;
}

interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends as every adapter does: bounded, tied to the signal, without following redirects; nothing that was sent comes back. */
async function handle(request: SignedRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
  const { protocol, hostname, port, path, method, body } = request;
  // The address says the host.
  const { host: _host, ...headers } = request.headers;
  const url = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
  const answer = await ask(url, { method, headers, body, signal: abortSignal ?? AbortSignal.timeout(5000) });
  // The SDK would keep to itself when to ask again.
  if (answer.status === 429) throw refusal(answer, 'CloudWatch answered 429: too many questions', Date.now());
  const document = outsideJson(answer.body, sentWith(headers));
  const told = document === undefined ? 'no JSON' : JSON.stringify(document);
  return {
    response: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: Buffer.from(told) },
  };
}

/** What of the credentials goes out: their name and the token of a session, never the key itself. */
function sentWith(headers: SignedRequest['headers']): readonly string[] {
  const [, name = ''] = /Credential=([^/]+)/.exec(headers['authorization'] ?? '') ?? [];
  return [name, headers['x-amz-security-token'] ?? ''];
}

const outsideErrorSchema = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional(),
});

/** Throttled, or signed too long ago: clocks are set right and credentials renewed by the next attempt. */
const PASSES = /throttl|too ?many ?requests|rate exceeded|expired|not yet current|too ?skewed|in ?the ?future/i;

function translated(error: unknown): RetryableError | TerminalError {
  if (error instanceof RetryableError || error instanceof TerminalError) return error;
  const read = outsideErrorSchema.safeParse(error);
  if (!read.success) return unreadable('could not be asked');
  const { name, $metadata } = read.data;
  // The next line of the SDK's tells programmers where to look.
  const [message = ''] = read.data.message.split('\n');
  const status = $metadata?.httpStatusCode;
  if (name === 'CredentialsProviderError')
    return new RetryableError(
      'METRICS_UNREACHABLE',
      `CloudWatch was not asked, for lack of credentials: ${outsideText(message)}`,
    );
  if (message === 'Region is missing')
    return new TerminalError('METRICS_MISCONFIGURED', 'CloudWatch needs a "region", or AWS_REGION in the environment');
  const said = outsideText(`${name}: ${message}`);
  if (status === undefined || status === 200) return unreadable(`could not be read: ${said}`);
  const text = `CloudWatch answered ${status}: ${said}`;
  if (isTransient(status) || PASSES.test(`${name} ${message}`)) return new RetryableError('METRICS_UNREACHABLE', text);
  return new TerminalError('METRICS_MISCONFIGURED', text);
}

/** What looks up credentials hears no signal. */
async function orAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const late = new RetryableError('METRICS_UNREACHABLE', 'CloudWatch: no answer in time');
  if (signal.aborted) throw late;
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(late), { once: true });
  });
  return Promise.race([work(), ended]);
}

/** What CloudWatch said and nobody can read: `METRICS_UNREADABLE`. */
export function unreadable(why: string): RetryableError {
  return new RetryableError('METRICS_UNREADABLE', `CloudWatch ${why}`);
}
