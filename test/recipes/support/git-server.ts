import { execFileSync, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { bytesOf } from '../../adapters/support/loopback';

/** Who commits beside us. */
const JANE = ['-c', 'user.name=Jane', '-c', 'user.email=jane@example.com'];

/** A bare repository of the real Git behind Git's own server, and a clone of somebody who works in it. */
export class GitServer {
  url = '';
  private readonly dir: string;
  private readonly server: Server;

  constructor(dir: string) {
    this.dir = dir;
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  async start(): Promise<void> {
    this.run(this.dir, 'init', '--bare', '--quiet', '--initial-branch=main', 'shop.git');
    this.run(this.dir, 'clone', '--quiet', this.bare, 'jane');
    this.run(this.jane, 'checkout', '--quiet', '-B', 'main');
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The path of the bare repository itself. */
  get bare(): string {
    return join(this.dir, 'shop.git');
  }

  /** The path of the clone of somebody who works in it. */
  get jane(): string {
    return join(this.dir, 'jane');
  }

  /** What Git prints in that folder. */
  run(folder: string, ...words: readonly string[]): string {
    return execFileSync('git', [...JANE, ...words], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  }

  /** What somebody does who has changed the clone: one commit on top of the branch, pushed. */
  commit(title: string): void {
    this.run(this.jane, 'add', '--all');
    this.run(this.jane, 'commit', '--quiet', '--message', title);
    this.run(this.jane, 'push', '--quiet', 'origin', 'main');
  }

  /** The clone as the branch is now. */
  pull(): void {
    this.run(this.jane, 'fetch', '--quiet', 'origin');
    this.run(this.jane, 'reset', '--quiet', '--hard', 'origin/main');
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** By Git's own program for web servers. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bytesOf(request);
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const program = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: this.dir,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: 'phased-rollback',
        PATH_INFO: pathname,
        QUERY_STRING: searchParams.toString(),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        CONTENT_LENGTH: String(body.length),
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      },
    });
    const parts: Buffer[] = [];
    program.stdout.on('data', (part: Buffer) => parts.push(part));
    program.stdin.on('error', () => undefined).end(body);
    await new Promise((resolve) => program.once('close', resolve));
    const said = Buffer.concat(parts);
    const end = said.indexOf('\r\n\r\n');
    for (const line of said.subarray(0, end).toString('utf8').split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') response.statusCode = Number(value.split(' ')[0]);
      else response.setHeader(name, value);
    }
    response.end(said.subarray(end + 4));
  }
}
