import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';

// Longer than any pause in the fleet's traffic: an idle socket closed just as it is used again looks like a failure.
const IDLE_SOCKET_MS = 60_000;
const BODY_LIMIT = 64 * 1024;

/** Listens on 127.0.0.1, on the given port or a free one; resolves with the port. */
export function listen(handler: RequestListener, port = 0): Promise<number> {
  const server: Server = createServer({ keepAliveTimeout: IDLE_SOCKET_MS }, handler);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('not listening on a port'));
      else resolve(address.port);
    });
  });
}

/** An agent that keeps its sockets. */
export function keepAliveAgent(): Agent {
  return new Agent({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo' });
}

/** Reads a request body of at most 64 KiB as text; rejects beyond or when the caller leaves. */
export async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error(`body is over ${BODY_LIMIT} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** GETs a URL and drops the body; resolves with the status, or 0 when nobody answered within the limit. */
export function statusOf(url: string, agent: Agent, timeoutMs: number): Promise<number> {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent, timeout: timeoutMs }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
      answer.on('error', () => resolve(0));
    });
    outgoing.on('timeout', () => outgoing.destroy()).on('error', () => resolve(0));
    outgoing.end();
  });
}
