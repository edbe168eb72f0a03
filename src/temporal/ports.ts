import { createServer } from 'node:net';
import { TemporalSetupError, codeOf, textOf } from './errors';

/** A port of 127.0.0.1 that is free at this moment. */
export function freePort(): Promise<number> {
  return tryPort(0);
}

/** Throws `PORT_TAKEN` naming the port unless it can be listened on. */
export async function demandFree(port: number, purpose: string): Promise<void> {
  try {
    await tryPort(port);
  } catch (error) {
    const why = codeOf(error) === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${textOf(error)})`;
    throw new TemporalSetupError(
      'PORT_TAKEN',
      `Port ${port} for ${purpose} ${why}. End that program, or choose another port.`,
      error,
    );
  }
}

function tryPort(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => {
      const bound = server.address();
      const number = typeof bound === 'object' && bound ? bound.port : port;
      server.close(() => resolve(number));
    });
  });
}
