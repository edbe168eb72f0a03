import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { freePort } from '../../src/temporal';

test('gives a port that can be listened on, never the same twice, and never one that an outgoing connection may take', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, freePort));
  expect(new Set(ports).size).toBe(50);
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    const outgoing = connect(port, '127.0.0.1');
    await once(outgoing, 'connect');
    expect(port).toBeLessThan(outgoing.localPort ?? 0);
    outgoing.destroy();
    server.close();
    await once(server, 'close');
  }
});
