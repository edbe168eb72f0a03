import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../src/temporal';
import { installFromDebian, whole } from '../tools/debian';

const DEBIAN = '/usr/lib/postgresql';
const HERE = '127.0.0.1';

/** A PostgreSQL of Debian's in a folder of its own, without passwords, that can be killed and come back. */
export class Postgres {
  port = 0;
  private readonly dir: string;
  private readonly user: string;
  private programs = '';

  constructor(dir: string, user: string) {
    this.dir = dir;
    this.user = user;
  }

  /** Makes the database and starts it. */
  async make(say: (line: string) => void): Promise<void> {
    this.programs = postgresPrograms(say);
    this.port = await freePort();
    mkdirSync(this.data, { recursive: true });
    const { uid, gid } = owner();
    for (const folder of [this.dir, this.data]) chownSync(folder, uid, gid);
    this.asOwner('initdb', '-D', this.data, '-U', this.user, '--auth=trust', '--no-sync');
    this.start();
  }

  start(): void {
    const options = `-p ${this.port} -c listen_addresses=${HERE} -c unix_socket_directories=${this.dir}`;
    this.asOwner('pg_ctl', '-D', this.data, '-l', join(this.data, 'server.log'), '-o', options, '-w', 'start');
  }

  /** As when the machine's power goes: nothing is flushed, the next start recovers from the log. */
  kill(): void {
    if (this.programs !== '') this.asOwner('pg_ctl', '-D', this.data, '-m', 'immediate', '-w', 'stop');
  }

  createDatabase(name: string): void {
    this.asOwner('createdb', '-h', HERE, '-p', String(this.port), '-U', this.user, name);
  }

  private get data(): string {
    return join(this.dir, 'postgresql');
  }

  /** PostgreSQL refuses to run as root, so there it runs as its own user. */
  private asOwner(program: string, ...args: readonly string[]): void {
    const command = [join(this.programs, program), ...args];
    const [first = '', ...rest] = process.getuid?.() === 0 ? ['runuser', '-u', 'postgres', '--', ...command] : command;
    execFileSync(first, rest, { stdio: 'ignore', cwd: '/' });
  }
}

/** Where the programs of PostgreSQL are; installs Debian's package where we may. Throws with what to do otherwise. */
function postgresPrograms(say: (line: string) => void): string {
  const found = debianPostgres();
  if (found) {
    whole(join(found, 'initdb'));
    return found;
  }
  installFromDebian('postgresql', say);
  const installed = debianPostgres();
  if (!installed) throw new Error(`PostgreSQL was installed, but ${DEBIAN} is empty`);
  return installed;
}

function debianPostgres(): string | undefined {
  if (!existsSync(DEBIAN)) return undefined;
  const newest = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
  return newest.map((version) => join(DEBIAN, version, 'bin')).find((bin) => existsSync(join(bin, 'initdb')));
}

function owner(): { readonly uid: number; readonly gid: number } {
  const id = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  if (process.getuid?.() === 0) return { uid: id('-u'), gid: id('-g') };
  return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
}
