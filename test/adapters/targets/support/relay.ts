import { createConnection, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** How a relay meets what comes. */
export type RelayFault = 'hang' | 'unreadable' | 'oversized' | 'unavailable' | 'unauthorized' | 'gone';

/** Stands between an adapter and a runtime API. */
export interface Relay {
  /** host:port, or the path of a socket. */
  readonly address: string;
  /** Every line that came, oldest first. */
  readonly lines: readonly string[];
  /** Lines that set a weight or a state. */
  readonly changes: () => number;
  readonly misbehave: (fault: RelayFault | undefined) => Promise<void>;
  /** Carries the next change out and does not answer it; the signal is aborted once that has happened. */
  readonly loseNextChange: () => AbortSignal;
  readonly close: () => Promise<void>;
}

const CHANGES = / (weight|state (ready|drain|maint))\b/;

/** Starts it before that socket, with one that may only look. */
export async function startRelay(socket: string, userSocket: string, path?: string): Promise<Relay> {
  const lines: string[] = [];
  const open = new Set<Socket>();
  let fault: RelayFault | undefined;
  let losing: AbortController | undefined;
  // As HAProxy itself does, it answers also whoever has nothing more to say.
  const server = createServer({ allowHalfOpen: true }, (client) => {
    open.add(client);
    client.on('close', () => open.delete(client)).on('error', () => undefined);
    let text = '';
    client.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (!text.endsWith('\n')) return;
      lines.push(text.trim());
      const lost = CHANGES.test(text) ? losing : undefined;
      if (lost) losing = undefined;
      meet(client, text, fault, { socket: fault === 'unauthorized' ? userSocket : socket, lost });
    });
    if (fault === 'unavailable') client.end();
  });
  await listening(server, path ?? 0);
  const address = path ?? `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    for (const client of open) client.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    address,
    lines,
    changes: () => lines.filter((line) => CHANGES.test(line)).length,
    async misbehave(how) {
      fault = how;
      if (how === 'gone') await stop();
    },
    loseNextChange() {
      losing = new AbortController();
      return losing.signal;
    },
    close: stop,
  };
}

function listening(server: Server, at: string | number): Promise<void> {
  return new Promise((resolve) => {
    if (typeof at === 'string') server.listen(at, resolve);
    else server.listen(at, '127.0.0.1', resolve);
  });
}

function meet(
  client: Socket,
  text: string,
  fault: RelayFault | undefined,
  { socket, lost }: { readonly socket: string; readonly lost: AbortController | undefined },
): void {
  if (fault === 'unavailable') return;
  if (fault === 'unreadable') return void client.end('HTTP/1.1 400 Bad Request\r\n\n'.repeat(20));
  if (fault === 'oversized') return void client.end('x'.repeat(9 * 1024 * 1024));
  const upstream = createConnection({ path: socket });
  upstream.on('error', () => client.destroy());
  upstream.end(text);
  if (lost) upstream.resume().once('close', () => lost.abort());
  else if (fault === 'hang') upstream.resume();
  else upstream.pipe(client);
}
