import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

/** One of the product's own processes, started as a user would start it. */
export interface OwnProcess {
  readonly name: string;
  /** SIGKILL; fulfilled when it is gone. */
  kill(): Promise<void>;
  /** Starts it again after a kill. */
  start(): void;
  stop(): Promise<void>;
}

const CLI = join(__dirname, '..', 'cli', 'index.js');
const STOP_WITHIN_MS = 30_000;

/** Runs `phased-rollback <args>` beside us, its output in a log file; it ends when we do. */
export function ownProcess(
  name: string,
  args: readonly string[],
  logFile: string,
  env: Readonly<Record<string, string>>,
): OwnProcess {
  let child: ChildProcess | undefined;
  let gone: Promise<void> = Promise.resolve();
  const log = createWriteStream(logFile, { flags: 'a' });
  const start = (): void => {
    const started = spawn(process.execPath, [CLI, ...args, '--end-with-parent'], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    started.stdout.pipe(log, { end: false });
    started.stderr.pipe(log, { end: false });
    gone = new Promise((resolve) => started.once('exit', () => resolve()));
    child = started;
  };
  process.once('exit', () => child?.kill('SIGKILL'));
  start();
  return {
    name,
    start,
    async kill() {
      child?.kill('SIGKILL');
      await gone;
    },
    async stop() {
      child?.kill('SIGTERM');
      const timer = setTimeout(() => child?.kill('SIGKILL'), STOP_WITHIN_MS);
      await gone;
      clearTimeout(timer);
      log.end();
    },
  };
}

/** What a command of ours printed, and how it ended. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one `phased-rollback` command to its end, as a person at a terminal would. */
export async function say(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Said> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('exit', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
