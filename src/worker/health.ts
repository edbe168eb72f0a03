import { createServer } from 'node:http';
import type { Server } from 'node:http';

/** What whoever supervises a worker process may ask: 200 while it takes work, else 503. */
export interface HealthServer {
  readonly port: number;
  close(): void;
}

/** Serves `GET /healthz` on that port (0: a free one), on every address, since a supervisor may ask from outside a container. */
export function serveHealth(port: number, takesWork: () => boolean): Promise<HealthServer> {
  const server: Server = createServer((_request, response) => {
    const well = takesWork();
    response.writeHead(well ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: well ? 'ok' : 'not taking work' }));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('not listening on a port'));
      else resolve({ port: address.port, close: () => server.close() });
    });
  });
}
