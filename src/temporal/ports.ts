import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { TemporalSetupError, codeOf, textOf } from './errors';

/** Below the ports that systems give to outgoing connections: 32,768 and up on Linux, 49,152 and up elsewhere. */
const LOWEST = 18_000;
const HIGHEST = 32_000;

const given = new Set<number>();

/**
 * A port of 127.0.0.1 that is free, is given to nobody else as long as this process lives, and that no outgoing
 * connection takes while its listener is not there: one that did would keep the listener out for a minute after it is
 * closed.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port) || !(await isFree(port)) || !(await claim(port))) continue;
    given.add(port);
    return port;
  }
}

/**
 * Keeps the port of the same number for datagrams, which nobody uses here, until this process ends: between a look at a
 * port and its listener, and while a listener is restarted, other processes that look for one see nothing else of it.
 * False where another process has it.
 */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4').unref();
    // Where there are no datagrams to be had, ports are given without.
    socket.on('error', (error) => resolve(codeOf(error) !== 'EADDRINUSE'));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
  });
}

async function isFree(port: number): Promise<boolean> {
  try {
    await tryPort(port);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE') return false;
    throw error;
  }
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

function tryPort(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve()));
  });
}
