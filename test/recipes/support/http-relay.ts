import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyOf } from '../../adapters/support/loopback';

/** How a relay meets what comes: `hang` carries it out and never answers. */
export type RelayFault =
  'hang' | 'unreadable' | 'unavailable' | 'gone' | { readonly status: number; readonly body: string };

/** Stands between a program and the API that it speaks to. */
export interface HttpRelay {
  readonly url: string;
  /** Requests that came and change something, oldest first. */
  readonly changes: readonly string[];
  readonly misbehave: (fault: RelayFault | undefined) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts it before that address; `changing` knows the requests that change something. */
export async function startHttpRelay(
  upstream: string,
  changing: (request: IncomingMessage, body: string) => boolean,
): Promise<HttpRelay> {
  const changes: string[] = [];
  let fault: RelayFault | undefined;
  const server = createServer((request, response) => void meet(request, response));

  async function meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (fault === 'unreadable') return void response.end('<html>welcome</html>');
    if (fault === 'unavailable') return void response.writeHead(503).end('later');
    if (typeof fault === 'object') return void response.writeHead(fault.status).end(fault.body);
    if (changing(request, body)) changes.push(body);
    const { method, url, headers } = request;
    const onward = ask(new URL(url ?? '', upstream), { method, headers }, (answer) => {
      if (fault === 'hang') return void answer.resume();
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.once('error', () => response.destroy());
    onward.end(body);
  }

  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    changes,
    async misbehave(how) {
      fault = how;
      if (how === 'gone') await stop();
    },
    close: stop,
  };
}
