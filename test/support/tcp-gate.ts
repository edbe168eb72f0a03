import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { freePort } from '../../src/temporal';

/** A stretch of network in front of a server: cut, nothing passes and nothing is closed, as when a cable is pulled. */
export class TcpGate {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private isCut = false;
  address = '';

  async open(server: string): Promise<void> {
    const [host = '', port = ''] = server.split(':');
    this.server = createServer((near) => {
      const far = connect(Number(port), host);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.sockets.delete(from);
          to.destroy();
        });
      }
      if (this.isCut) this.still(near, far);
    });
    const own = await freePort();
    await new Promise<void>((resolve) => this.server?.listen(own, '127.0.0.1', resolve));
    this.address = `127.0.0.1:${own}`;
  }

  cut(): void {
    this.isCut = true;
    this.still(...this.sockets);
  }

  heal(): void {
    this.isCut = false;
    // What was under way is lost with its connections; whoever wants on connects again.
    for (const socket of this.sockets) socket.destroy();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server?.close();
  }

  private still(...sockets: readonly Socket[]): void {
    for (const socket of sockets) {
      socket.unpipe();
      socket.pause();
    }
  }
}
