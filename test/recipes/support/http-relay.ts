import { createServer, request as plainly } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as overTls } from 'node:https';
import type { AddressInfo } from 'node:net';
import { bytesOf } from '../../adapters/support/loopback';

/** How a relay meets what comes: `hang` carries it out and never answers. */
export type RelayFault = 'hang' | 'unreadable' | 'unavailable' | 'gone' | RelayAnswer;

/** What a relay says instead of passing on; `type` as AWS names an error. */
export interface RelayAnswer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
  /** Of everything where it does not say. */
  readonly of?: (request: IncomingMessage, body: string) => boolean;
}

/** Stands between a program and the API that it speaks to. */
export interface HttpRelay {
  readonly url: string;
  /** Requests that came and change something, oldest first. */
  readonly changes: readonly string[];
  readonly misbehave: (fault: RelayFault | undefined) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What a relay over TLS shows as its own; who stands behind it shows the same. */
export interface RelayCertificate {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Starts it before that address; `changing` knows the requests that change something. */
export async function startHttpRelay(
  upstream: string,
  changing: (request: IncomingMessage, body: string) => boolean,
  tls?: RelayCertificate,
): Promise<HttpRelay> {
  const ask = tls === undefined ? plainly : overTls;
  const changes: string[] = [];
  let fault: RelayFault | undefined;
  const answer = (request: IncomingMessage, response: ServerResponse): void => void meet(request, response);
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);

  async function meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bytesOf(request);
    const body = bytes.toString('utf8');
    if (fault === 'unreadable') return void response.end('<html>welcome</html>');
    if (fault === 'unavailable') return void response.writeHead(503).end('later');
    if (typeof fault === 'object' && (fault.of?.(request, body) ?? true)) {
      const headers = { 'content-type': 'application/json', ...(fault.type ? { 'x-amzn-errortype': fault.type } : {}) };
      return void response.writeHead(fault.status, headers).end(fault.body);
    }
    if (changing(request, body)) changes.push(body);
    const { method, url, headers } = request;
    const onward = ask(new URL(url ?? '', upstream), { method, headers, ca: tls?.cert }, (reply) => {
      if (fault === 'hang') return void reply.resume();
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    });
    onward.once('error', () => response.destroy());
    onward.end(bytes);
  }

  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http${tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    async misbehave(how) {
      fault = how;
      if (how === 'gone') await stop();
    },
    close: stop,
  };
}
