import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/temporal';
import { unleashModules } from '../tools/unleash';
import { Postgres } from './postgres';
import { ended } from './ended';

const READY_WITHIN_MS = 5 * 60_000;
export const ADMIN_TOKEN = '*:*.admin-token-of-the-tests';
export const BACKEND_TOKEN = 'default:production.backend-token-of-the-tests';

/** The real Unleash on a real PostgreSQL. */
export class Unleash {
  url = '';
  private readonly dir = mkdtempSync(join(tmpdir(), 'unleash-'));
  private readonly postgres = new Postgres(join(this.dir, 'database'), 'unleash');
  private server: ChildProcess | undefined;

  async start(say: (line: string) => void): Promise<void> {
    const modules = await unleashModules(say);
    // PostgreSQL runs as a user of its own, who must get through to its folder.
    chmodSync(this.dir, 0o711);
    await this.postgres.make(say);
    this.postgres.createDatabase('unleash');
    const port = await freePort();
    const log = openSync(join(this.dir, 'unleash.log'), 'a');
    this.server = spawn(process.execPath, [join(modules, 'unleash-server', 'dist', 'server.js')], {
      env: {
        PATH: process.env.PATH,
        DATABASE_URL: `postgres://unleash@127.0.0.1:${this.postgres.port}/unleash`,
        DATABASE_SSL: 'false',
        HTTP_HOST: '127.0.0.1',
        HTTP_PORT: String(port),
        CHECK_VERSION: 'false',
        LOG_LEVEL: 'warn',
        INIT_ADMIN_API_TOKENS: ADMIN_TOKEN,
        INIT_BACKEND_API_TOKENS: BACKEND_TOKEN,
      },
      stdio: ['ignore', log, log],
    });
    process.once('exit', () => this.server?.kill('SIGKILL'));
    this.url = `http://127.0.0.1:${port}`;
    await this.untilHealthy();
  }

  async stop(): Promise<void> {
    await ended(this.server);
    this.postgres.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }

  private async untilHealthy(): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if (this.server?.exitCode !== null) break;
      const health = await fetch(`${this.url}/health`).catch(() => undefined);
      if (health?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`Unleash is not there, see ${this.dir}/unleash.log`);
  }
}
