import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../../src/temporal';
import { fromDebian, needsFromDebian } from '../../../tools/debian';
import { startApp } from './app';
import type { App } from './app';
import { say as sayTo } from './haproxy-socket';
import { startRelay } from './relay';
import type { Relay } from './relay';
import { ended } from '../../../support/ended';

const PATIENCE_MS = 20_000;
const HAPROXY = ['/usr/sbin/haproxy', 'haproxy'] as const;
needsFromDebian(...HAPROXY);

/** How a lab differs from the usual one: servers a1, a2 of `v42` with all traffic, b1, b2 of `v41` with none. */
export interface LabSettings {
  /** Lines of the backend before its servers. */
  readonly backend?: readonly string[];
  /** Options of one server beside its health check. */
  readonly options?: Readonly<Record<string, string>>;
  /** Servers without a health check. */
  readonly unchecked?: boolean;
  /** Lines of the global section. */
  readonly global?: readonly string[];
  /** What HAProxy says of its slots; by default blue runs v42 and green v41. */
  readonly recorded?: Readonly<Record<string, string>>;
  readonly socket?: 'unix' | 'tcp';
  readonly instances?: number;
}

/** A real HAProxy before real servers. */
export interface Instance {
  /** Its runtime API, through a relay that counts changes and can misbehave. */
  readonly relay: Relay;
  /** Commands by hand, past the relay. */
  readonly say: (...commands: readonly string[]) => Promise<string>;
  /** Percent of so many requests that this revision answered. */
  readonly served: (revision: string, requests?: number) => Promise<number>;
  readonly reload: () => Promise<void>;
  /** Writes the state file, as a unit's ExecReload does. */
  readonly keepState: () => Promise<void>;
  readonly freeze: (isFrozen: boolean) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** One or more HAProxys before the same servers. */
export interface Lab {
  readonly first: Instance;
  readonly instances: readonly Instance[];
  readonly apps: Readonly<Record<string, App>>;
  readonly close: () => Promise<void>;
}

/** Starts everything on free ports of the loopback interface. */
export async function startLab(settings: LabSettings = {}): Promise<Lab> {
  const apps: Record<string, App> = {};
  for (const name of ['a1', 'a2', 'b1', 'b2']) apps[name] = await startApp(name.startsWith('a') ? 'v42' : 'v41');
  const instances: Instance[] = [];
  for (let at = 0; at < (settings.instances ?? 1); at += 1) instances.push(await startInstance(settings, apps));
  const [first] = instances;
  if (!first) throw new Error('a lab needs an instance');
  return {
    first,
    instances,
    apps,
    async close() {
      await Promise.all(instances.map((instance) => instance.close()));
      await Promise.all(Object.values(apps).map((app) => app.stop()));
    },
  };
}

async function startInstance(settings: LabSettings, apps: Readonly<Record<string, App>>): Promise<Instance> {
  const program = fromDebian(...HAPROXY);
  const dir = mkdtempSync(join(tmpdir(), 'haproxy-lab-'));
  const socket = join(dir, 'admin.sock');
  const [port, config] = [await freePort(), join(dir, 'haproxy.cfg')];
  writeFileSync(config, configOf(settings, apps, dir, port));
  const master = join(dir, 'master.sock');
  const child = spawn(program, ['-W', '-db', '-S', master, '-f', config], { stdio: 'ignore' });
  const say = (...commands: readonly string[]): Promise<string> => sayTo(socket, ...commands);
  await until('HAProxy answers', async () => (await say('show info')).includes('Uptime_sec'));
  const relay = await startRelay(
    socket,
    join(dir, 'user.sock'),
    settings.socket === 'tcp' ? undefined : join(dir, 'relay.sock'),
  );
  let frozen = 0;
  return {
    relay,
    say,
    served: (revision, requests = 200) => served(`http://127.0.0.1:${port}`, revision, requests),
    async reload() {
      const before = await pidOf(say);
      // A worker answers before its master has begun, and until then that forgets a signal.
      await until('the master answers', async () => (await sayTo(master, 'show proc', 'quit')).includes('master'));
      child.kill('SIGUSR2');
      await until('the new process answers', async () => (await pidOf(say)) !== before);
    },
    keepState: async () => writeFileSync(join(dir, 'state'), await say('show servers state')),
    async freeze(isFrozen) {
      if (isFrozen) frozen = Number(await pidOf(say));
      process.kill(frozen, isFrozen ? 'SIGSTOP' : 'SIGCONT');
    },
    async close() {
      await relay.close();
      await ended(child, 'SIGTERM');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function configOf(settings: LabSettings, apps: Readonly<Record<string, App>>, dir: string, port: number): string {
  const { backend = ['balance roundrobin'], options = {}, unchecked = false } = settings;
  const recorded = settings.recorded ?? { blue: 'v42', green: 'v41' };
  // A check may take as long as its interval, and one that fails takes a server out.
  const check = unchecked ? '' : 'check inter 1s fastinter 50ms downinter 50ms rise 1 fall 1';
  return [
    'global',
    `  stats socket ${dir}/admin.sock mode 600 level admin expose-fd listeners`,
    `  stats socket ${dir}/user.sock level user`,
    ...Object.entries(recorded).map(([slot, revision]) => `  set-var proc.revision_checkout_${slot} str(${revision})`),
    ...(settings.global ?? []).map((line) => `  ${line.replaceAll('DIR', dir)}`),
    'defaults',
    '  mode http',
    '  timeout connect 1s',
    '  timeout client 10s',
    '  timeout server 10s',
    'frontend in',
    `  bind 127.0.0.1:${port}`,
    '  default_backend checkout',
    'backend checkout',
    ...backend.map((line) => `  ${line}`),
    ...Object.entries(apps).map(
      ([name, app]) =>
        `  server ${name} 127.0.0.1:${app.port} ${check} ${options[name] ?? (name.startsWith('a') ? 'weight 100' : 'weight 0')}`,
    ),
    '',
  ].join('\n');
}

async function pidOf(say: Instance['say']): Promise<string> {
  const pid = /^Pid: (\d+)$/m.exec(await say('show info'))?.[1];
  if (pid === undefined) throw new Error('HAProxy does not say which process it is');
  return pid;
}

async function served(url: string, revision: string, requests: number): Promise<number> {
  let count = 0;
  for (let at = 0; at < requests; at += 1) {
    const answer = await fetch(url);
    if (answer.headers.get('x-revision') === revision) count += 1;
    await answer.text();
  }
  return (100 * count) / requests;
}

/** Waits until that holds, and not for ever. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const isThere = await Promise.resolve()
      .then(holds)
      .catch(() => false);
    if (isThere) return;
    if (Date.now() > deadline) throw new Error(`not within ${PATIENCE_MS} ms: ${what}`);
    await sleep(30);
  }
}
