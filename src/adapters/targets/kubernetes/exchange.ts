import { request as requestHttp } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';
import { wasNeverSent } from '../../http';
import type { HttpEnd } from '../../http';
import { systemCodeOf } from '../../system-code';
import type { Access } from './credentials';

/** Larger than any object that the API server keeps, and than the lists that are asked for. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** What the body of a question is, by its method. */
const CONTENT_TYPES = {
  PATCH: 'application/json-patch+json',
  DELETE: 'application/json',
  GET: 'application/json',
} as const;

/** What is asked of an API server. */
export interface Question {
  readonly method: 'GET' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: string;
}

/**
 * One exchange with the API server, over the agent that the kubeconfig asks for, which `fetch` cannot take: bounded in
 * size, tied to the signal; redirects are not followed. Never throws.
 */
export async function exchangeWith(access: Access, question: Question, signal: AbortSignal): Promise<HttpEnd> {
  if (signal.aborted) return { kind: 'failed', mayHaveArrived: false, because: 'no time was left to ask' };
  try {
    const response = await send(access, question, signal);
    const status = response.statusCode ?? 0;
    const body = await boundedText(response);
    if (body === undefined) return { kind: 'oversized', status, limitBytes: MAX_ANSWER_BYTES };
    return { kind: 'answer', answer: { status, headers: headersOf(response), body } };
  } catch (error) {
    if (signal.aborted) return { kind: 'failed', mayHaveArrived: true, because: 'no answer in time' };
    const reason = systemCodeOf(error) ?? 'unknown reason';
    return { kind: 'failed', mayHaveArrived: !wasNeverSent(reason), because: `the connection failed (${reason})` };
  }
}

function send({ server, options, headers: own }: Access, { method, path, body }: Question, signal: AbortSignal) {
  const url = new URL(`${server.replace(/\/$/, '')}${path}`);
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const content =
    body === undefined ? {} : { 'Content-Type': CONTENT_TYPES[method], 'Content-Length': Buffer.byteLength(body) };
  const headers = { ...own, ...content, Accept: 'application/json', 'User-Agent': 'phased-rollback' };
  return new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = request(url, { ...options, method, headers, signal }, resolve);
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

/** Undefined when there is more than that; the rest is not read. */
async function boundedText(response: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    // A response without an encoding yields buffers; its type says unknown.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function headersOf({ headers }: IncomingMessage): Headers {
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value ?? '')] as [string, string]);
  return new Headers(entries);
}
