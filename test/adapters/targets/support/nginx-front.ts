import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../../../src/adapters';
import type { DeploymentTarget } from '../../../../src/ports';
import { freePort } from '../../../../src/temporal';
import type { TargetMisbehaviour } from '../../../contract/deployment-target.contract';
import { fromDebian, needsFromDebian } from '../../../tools/debian';
import { testDependencies } from '../../support/dependencies';
import { listen } from '../../support/loopback';

const READY_WITHIN_MS = 20_000;
const NGINX = ['/usr/sbin/nginx', 'nginx-light'] as const;
needsFromDebian(...NGINX);

/** A split as a team writes it first: all of it is v42's, on blue. */
const first = (port: number): string => `# revision.blue: v42
# revision.green: v41
split_clients $arg_user $checkout {
    *  blue;
}
map $nginx_version $checkout_state { default none; }
server { listen 127.0.0.1:${port}; return 200 $checkout_state; }
`;

/** A real NGINX before two revisions, and the target that moves its split. */
export class NginxFront {
  readonly file: string;
  url = '';
  misbehaviour: TargetMisbehaviour | undefined;
  private up: Record<'blue' | 'green', boolean> = { blue: true, green: true };
  private readonly closing: (() => Promise<void>)[] = [];
  private state = '';
  private told = '';
  private server = '';
  readonly dir: string;
  private readonly program: string;

  private constructor(program: string, dir: string) {
    this.program = program;
    this.dir = dir;
    this.file = join(dir, 'split.conf');
  }

  static async make(): Promise<NginxFront> {
    const program = fromDebian(...NGINX);
    const front = new NginxFront(program, await mkdtemp(join(tmpdir(), 'nginx-target-')));
    await front.start();
    return front;
  }

  async text(): Promise<string> {
    return readFile(this.file, 'utf8');
  }

  /** The upstream that NGINX picks now for each of a hundred users. */
  async served(): Promise<readonly string[]> {
    const users = Array.from({ length: 100 }, (_none, user) => `${this.url}/?user=u${user}`);
    return Promise.all(users.map(async (user) => (await fetch(user, { headers: { connection: 'close' } })).text()));
  }

  target(change: object = {}): DeploymentTarget {
    const adapter = { ...this.stanza(), ...change };
    return createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
  }

  /** What a policy file says of it. */
  stanza() {
    return {
      type: 'nginx',
      file: this.file,
      state: this.state,
      upstreams: { blue: [`${this.server}/blue`], green: [`${this.server}/green`] },
      test: [...this.command, '-t'],
      reload: [...this.command, '-s', 'reload'],
    };
  }

  /** As a person does: writes the file and reloads. */
  async write(text: string): Promise<void> {
    await writeFile(this.file, text);
    execFileSync(this.program, [...this.command.slice(1), '-s', 'reload'], { stdio: 'ignore' });
  }

  take(upstream: 'blue' | 'green', isUp: boolean): void {
    this.up = { ...this.up, [upstream]: isUp };
  }

  stop(): void {
    execFileSync(this.program, [...this.command.slice(1), '-s', 'stop'], { stdio: 'ignore' });
  }

  async close(): Promise<void> {
    for (const close of this.closing.reverse()) await close();
    await rm(this.dir, { recursive: true });
  }

  get command(): readonly string[] {
    return [this.program, '-e', join(this.dir, 'error.log'), '-c', join(this.dir, 'nginx.conf')];
  }

  private async start(): Promise<void> {
    const servers = await listen(({ url }, response) =>
      response.writeHead(this.up[url === '/blue' ? 'blue' : 'green'] ? 200 : 503).end(),
    );
    this.server = servers.url;
    this.closing.push(servers.close);
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const statePort = await freePort();
    this.told = `http://127.0.0.1:${statePort}/`;
    await writeFile(this.file, first(statePort));
    await writeFile(join(this.dir, 'nginx.conf'), this.configuration(port));
    const child = spawn(this.program, [...this.command.slice(1), '-g', 'daemon off;'], { stdio: 'ignore' });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    this.closing.push(async () => {
      child.kill('SIGTERM');
      await gone;
    });
    await this.untilAnswered();
    await this.makeWay();
  }

  /** What stands between the target and where NGINX tells its state. */
  private async makeWay(): Promise<void> {
    const way = await listen((_request, response) => void this.meet(response));
    this.state = `${way.url}/state`;
    this.closing.push(way.close);
  }

  private async meet(response: ServerResponse): Promise<void> {
    switch (this.misbehaviour) {
      case 'hang':
        return;
      case 'redirect':
        response.writeHead(302, { location: this.told }).end();
        return;
      case 'unavailable':
        response.writeHead(503).end();
        return;
      case 'unauthorized':
        response.writeHead(403).end();
        return;
      case undefined:
      case 'gone':
      case 'lagging':
      case 'refuse':
      case 'telltale':
      case 'unreadable':
      case 'oversized': {
        const answer = await fetch(this.told, { headers: { connection: 'close' } }).catch(() => undefined);
        if (answer) response.writeHead(answer.status).end(await answer.text());
        else response.destroy();
      }
    }
  }

  private configuration(port: number): string {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
    return `worker_processes 2;
pid ${join(this.dir, 'nginx.pid')};
events { worker_connections 256; }
http {
  access_log off;
  ${temporary.map((kind) => `${kind}_temp_path ${join(this.dir, kind)};`).join('\n  ')}
  include ${this.file};
  server {
    listen 127.0.0.1:${port};
    location / { return 200 $checkout; }
  }
}
`;
  }

  private async untilAnswered(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if ((await fetch(this.told).catch(() => undefined))?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`NGINX does not answer: ${await readFile(join(this.dir, 'error.log'), 'utf8')}`);
  }
}
