import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server that says its revision: in a header, as `/version` and in `/version.json`. */
export interface App {
  readonly port: number;
  /** Another revision from now on, as after a deployment. */
  readonly deploy: (revision: string) => void;
  readonly stop: () => Promise<void>;
  /** Starts again on the same port. */
  readonly start: () => Promise<void>;
}

/** Starts it on a free port of the loopback interface. */
export async function startApp(first: string): Promise<App> {
  let revision = first;
  let server: Server | undefined;
  const start = async (port: number): Promise<void> => {
    const next = createServer((request, response) => {
      response.setHeader('x-revision', revision);
      response.end(request.url === '/version.json' ? JSON.stringify({ build: { revision } }) : revision);
    });
    await new Promise<void>((resolve) => next.listen(port, '127.0.0.1', resolve));
    server = next;
  };
  await start(0);
  const { port } = (server as unknown as Server).address() as AddressInfo;
  return {
    port,
    deploy: (next) => void (revision = next),
    async stop() {
      const running = server;
      if (running === undefined) return;
      server = undefined;
      const closed = new Promise((resolve) => running.close(resolve));
      running.closeAllConnections();
      await closed;
    },
    start: () => start(port),
  };
}
