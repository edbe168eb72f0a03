import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/temporal';
import { until } from '../../e2e/support';
import { fromDebian, needsFromDebian } from '../../tools/debian';
import { ended } from '../../support/ended';

const READY_WITHIN_MS = 60_000;
const SUPERVISOR = ['/usr/bin/supervisord', 'supervisor'] as const;
needsFromDebian(...SUPERVISOR);

/** A group of processes that are alike, one for each instance. */
export interface Group {
  readonly name: string;
  readonly command: string;
  readonly instances: number;
  readonly starts: boolean;
  /** Further lines of its section. */
  readonly more?: string;
}

/** The real supervisord in a folder of its own. */
export class Supervisor {
  readonly dir = mkdtempSync(join(tmpdir(), 'supervisor-'));
  url = '';
  private child: ChildProcess | undefined;

  async start(groups: readonly Group[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const program = fromDebian(...SUPERVISOR);
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    mkdirSync(join(this.dir, 'logs'));
    writeFileSync(this.config, configText(this.dir, port, groups));
    this.child = spawn(program, ['--nodaemon', '--configuration', this.config], {
      stdio: 'ignore',
      env: { ...process.env, ...env },
    });
    process.once('exit', () => this.child?.kill('SIGTERM'));
    const wanted = groups.filter(({ starts }) => starts).reduce((sum, { instances }) => sum + instances, 0);
    await until(
      async () =>
        [...this.states().values()].filter((state) => state === 'RUNNING').length === wanted ? true : undefined,
      READY_WITHIN_MS,
      () => `supervisord never ran ${wanted} processes: ${[...this.states()].join(' ')}`,
    );
  }

  /** The state of every process by `group:name`, as supervisorctl tells it. */
  states(): ReadonlyMap<string, string> {
    const lines = this.ctl('status').split('\n');
    const found = lines.flatMap((line) => {
      const [, name, state] = /^(\S+:\S+)\s+([A-Z]+)/.exec(line) ?? [];
      return name !== undefined && state !== undefined ? [[name, state] as const] : [];
    });
    return new Map(found);
  }

  running(): readonly string[] {
    return [...this.states()].filter(([, state]) => state === 'RUNNING').map(([name]) => name);
  }

  /** What a person would type; gives back what it prints, also where it complains. */
  ctl(...words: readonly string[]): string {
    return spawnSync('/usr/bin/supervisorctl', ['-c', this.config, ...words], { encoding: 'utf8' }).stdout;
  }

  /** Of a process by `group:name`. */
  pid(name: string): number {
    return Number(this.ctl('pid', name));
  }

  /** Stops every process of the one group and starts every one of the other. */
  async switch(from: string, to: string): Promise<void> {
    await this.call('stopProcessGroup', from);
    await this.call('startProcessGroup', to);
  }

  /** Ends it and everything it runs. */
  async stop(): Promise<void> {
    await ended(this.child, 'SIGTERM');
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Over its API, which is quicker to start than its command line. */
  private async call(method: string, group: string): Promise<void> {
    const parameter = `<params><param><value><string>${group}</string></value></param></params>`;
    const body = `<?xml version="1.0"?><methodCall><methodName>supervisor.${method}</methodName>${parameter}</methodCall>`;
    const answer = await fetch(`${this.url}/RPC2`, { method: 'POST', headers: { 'content-type': 'text/xml' }, body });
    const text = await answer.text();
    if (/<methodResponse>\s*<fault>/.test(text)) throw new Error(`supervisord refuses ${method} ${group}: ${text}`);
  }

  private get config(): string {
    return join(this.dir, 'supervisord.conf');
  }
}

function configText(dir: string, port: number, groups: readonly Group[]): string {
  return `[supervisord]
logfile=${dir}/supervisord.log
pidfile=${dir}/supervisord.pid
childlogdir=${dir}/logs
[inet_http_server]
port=127.0.0.1:${port}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=http://127.0.0.1:${port}
${groups.map(groupText).join('')}`;
}

function groupText({ name, command, instances, starts, more = '' }: Group): string {
  return `[program:${name}]
command=${command}
process_name=%(process_num)d
numprocs=${instances}
autostart=${starts}
${more}
`;
}
