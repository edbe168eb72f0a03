import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, openSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../../src/temporal';
import { Postgres } from '../../support/postgres';
import { composeService, environmentOf, ROOT } from './compose';
import { temporalServer } from '../../tools/temporal-server';
import { ended } from '../../support/ended';

const HERE = '127.0.0.1';
const READY_WITHIN_MS = 180_000;
/**
 * Ports that the server's own template lets be set; in a container each has its usual one. The server keeps those of its
 * members in two signed bytes: above 32,767, where no free port is looked for either, they would be none.
 */
const SERVER_PORTS = [
  'FRONTEND_GRPC_PORT',
  'FRONTEND_HTTP_PORT',
  'FRONTEND_MEMBERSHIP_PORT',
  'HISTORY_GRPC_PORT',
  'HISTORY_MEMBERSHIP_PORT',
  'MATCHING_GRPC_PORT',
  'MATCHING_MEMBERSHIP_PORT',
  'WORKER_GRPC_PORT',
  'WORKER_MEMBERSHIP_PORT',
] as const;

/** Temporal on PostgreSQL as docker-compose.yml has it, as plain processes that can be killed and come back. */
export class Cluster {
  address = '';
  private readonly dir: string;
  private readonly say: (line: string) => void;
  private postgresPort = 0;
  private readonly postgres: Postgres;
  private server = '';
  private serverEnvironment: NodeJS.ProcessEnv = {};
  private temporal: ChildProcess | undefined;

  constructor(dir: string, say: (line: string) => void) {
    this.dir = dir;
    this.say = say;
    this.postgres = new Postgres(dir, composeService('postgresql').environment?.POSTGRES_USER ?? '');
  }

  /** Everything from nothing: database, schema, server. A database given by `POSTGRES_SEEDS=host:port` is used instead. */
  async start(): Promise<void> {
    mkdirSync(this.dir, { recursive: true });
    const built = await temporalServer(this.say);
    this.server = built.server;
    const given = process.env.POSTGRES_SEEDS;
    if (given === undefined) await this.postgres.make(this.say);
    this.postgresPort = given === undefined ? this.postgres.port : Number(given.split(':')[1] ?? 5_432);
    const host = given?.split(':')[0] ?? HERE;
    this.makeSchema(built.sqlTool, host);
    const ports = Object.fromEntries(
      await Promise.all(SERVER_PORTS.map(async (name) => [name, String(await freePort())] as const)),
    );
    this.address = `${HERE}:${ports.FRONTEND_GRPC_PORT}`;
    this.serverEnvironment = {
      PATH: process.env.PATH,
      ...environmentOf('temporal', {
        POSTGRES_SEEDS: host,
        DB_PORT: String(this.postgresPort),
        BIND_ON_IP: HERE,
        DYNAMIC_CONFIG_FILE_PATH: join(ROOT, 'deploy', 'temporal-dynamic-config.yaml'),
      }),
      ...ports,
    };
    await this.startTemporal();
  }

  /** Starts the server and waits until its port is open; whether it answers is for its clients to find out. */
  async startTemporal(): Promise<void> {
    const log = openSync(join(this.dir, 'temporal.log'), 'a');
    this.temporal = spawn(this.server, ['--allow-no-auth', 'start'], {
      cwd: this.dir,
      env: this.serverEnvironment,
      stdio: ['ignore', log, log],
    });
    process.once('exit', () => this.temporal?.kill('SIGKILL'));
    await this.until('the Temporal server', () => {
      const [host = '', port = ''] = this.address.split(':');
      execFileSync('bash', ['-c', `exec 3<>/dev/tcp/${host}/${port}`], { stdio: 'ignore' });
    });
  }

  async killTemporal(): Promise<void> {
    await ended(this.temporal);
  }

  /** As when the machine's power goes: nothing is flushed, the next start recovers from the log. */
  killDatabase(): void {
    this.postgres.kill();
  }

  startDatabase(): void {
    this.postgres.start();
  }

  async stop(): Promise<void> {
    await this.killTemporal();
    this.killDatabase();
  }

  /** The very command of the schema job, with the tool under the name that its image gives it. */
  private makeSchema(sqlTool: string, host: string): void {
    const bin = join(this.dir, 'bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(sqlTool, join(bin, 'temporal-sql-tool'));
    const { entrypoint = [], command = [] } = composeService('temporal-schema');
    const [shell = 'sh', ...flags] = entrypoint;
    const own = { SQL_HOST: host, SQL_PORT: String(this.postgresPort) };
    const log = openSync(join(this.dir, 'schema.log'), 'a');
    execFileSync(shell, [...flags, ...command.map((text) => text.replaceAll('$$', '$'))], {
      env: { PATH: `${bin}:${process.env.PATH}`, ...environmentOf('temporal-schema', own) },
      stdio: ['ignore', log, log],
    });
  }

  private async until(what: string, look: () => void): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    for (;;) {
      try {
        return look();
      } catch (error) {
        if (Date.now() > deadline)
          throw new Error(`${what} is not there after ${READY_WITHIN_MS / 1_000} s, see ${this.dir}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
