import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../../src/temporal/lock';

const STILL_EVERY_MS = 30_000;
/** What `mkdtemp` adds to a name. */
const RANDOM_LETTERS = 6;

/** Something of others that tests need, in a folder that is named after its version. */
export interface Installation {
  readonly folder: string;
  readonly name: string;
  /** What it takes, for people who wait for it. */
  readonly cost: string;
  /** Fills a folder, which is moved afterwards. */
  readonly make: (draft: string) => Promise<void>;
}

/** Where what is made once for this user is kept, there already or not. */
export function cached(name: string): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'phased-rollback', name);
}

/** Where it is, installed once for this user: it appears whole or not at all, and suites side by side wait for one. */
export async function installedOnce(what: Installation, say: (line: string) => void): Promise<string> {
  const at = cached(what.folder);
  if (existsSync(at)) return at;
  await withLock(`${at}.lock`, async () => (existsSync(at) ? undefined : install(what, at, say)), {
    onWait: (pid) => say(`Process ${pid} installs ${what.name} already; waiting for it.`),
  });
  return at;
}

async function install({ name, folder, cost, make }: Installation, at: string, say: (line: string) => void) {
  say(`Installing ${name}: ${cost}, once for this user.`);
  mkdirSync(cached(''), { recursive: true });
  removeDrafts(folder);
  const draft = mkdtempSync(cached(`.${folder}-`));
  try {
    await ticking(say, name, () => make(draft));
    renameSync(draft, at);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** What was half made when somebody was killed; whoever holds the lock is the only one to make any. */
function removeDrafts(folder: string): void {
  const prefix = `.${folder}-`;
  for (const name of readdirSync(cached('')))
    if (name.startsWith(prefix) && name.length === prefix.length + RANDOM_LETTERS)
      rmSync(cached(name), { recursive: true, force: true });
}

/** Says from time to time that it goes on, and in the end what it took. */
export async function ticking(say: (line: string) => void, what: string, work: () => Promise<void>): Promise<void> {
  const startedAt = Date.now();
  const seconds = (): number => Math.round((Date.now() - startedAt) / 1_000);
  const ticker = setInterval(() => say(`Still making ${what}: ${seconds()} s`), STILL_EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(ticker);
  }
  say(`Made ${what} in ${seconds()} s: what a cold cache cost.`);
}

/** Runs a program to its end; fails with what it said last. */
export function run(cwd: string, command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2_000)));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ended with ${code}: ${said.trim()}`)),
    );
  });
}

/** Where the program cannot be started that would install something which is not there yet: why; else undefined. */
export function notInstallable(folder: string, ...command: readonly [string, ...string[]]): string | undefined {
  if (existsSync(cached(folder))) return undefined;
  const [program, ...args] = command;
  if (spawnSync(program, args, { stdio: 'ignore' }).status === 0) return undefined;
  return `there is no ${folder} yet, and ${program}, which would install it, does not start`;
}

/** A suite of what cannot be had everywhere; where it cannot, it is skipped with the reason. */
export function describeWhere(reason: string | undefined, name: string, body: () => void): void {
  if (reason === undefined) describe(name, body);
  else describe.skip(`${name} (skipped: ${reason})`, body);
}
