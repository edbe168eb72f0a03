import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { once } from 'node:events';
import type * as cryptoModule from 'node:crypto';
import { freePort } from '../../src/temporal';
import type * as portsModule from '../../src/temporal/ports';

async function listeningOn(port: number): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { server, port };
}

test('gives a port that can be listened on, never the same twice, and never one that an outgoing connection may take', async () => {
  // Listened on as soon as they are given: between the two another suite may take one.
  const servers = await Promise.all(Array.from({ length: 50 }, async () => listeningOn(await freePort())));
  const ports = servers.map(({ port }) => port);
  expect(new Set(ports).size).toBe(50);
  for (const { server, port } of servers) {
    const outgoing = connect(port, '127.0.0.1');
    await once(outgoing, 'connect');
    expect(port).toBeLessThan(outgoing.localPort ?? 0);
    outgoing.destroy();
    server.close();
    await once(server, 'close');
  }
});

test('gives no port that somebody else on this machine has been given, whether or not it is listened on yet', async () => {
  const crypto = require('node:crypto') as typeof cryptoModule;
  const taken = await freePort();
  // Knows of the first no more than another process does.
  delete require.cache[require.resolve('../../src/temporal/ports')];
  const other = require('../../src/temporal/ports') as typeof portsModule;
  const chosen = jest.spyOn(crypto, 'randomInt').mockImplementationOnce(() => taken);
  expect(await other.freePort()).not.toBe(taken);
  expect(chosen.mock.calls.length).toBeGreaterThan(1);
  chosen.mockRestore();
});
