import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Cli } from './cli';
import { printNote } from './output';

/** One of our own commands as a child process. */
export interface OwnChild {
  readonly name: string;
  readonly logFile: string;
  readonly process: ChildProcess;
}

const STOPS_WITHIN_MS = 30_000;
const ENTRY = join(__dirname, 'index.js');

/** Makes a process of ours end when whoever started it is gone, however it went: the pipe between them closes. */
export const END_WITH_PARENT = '--end-with-parent';

/** The hidden option under which `worker` and `gateway` end with their parent. */
export function withParentOption(command: Command): Command {
  return command.addOption(new Option(END_WITH_PARENT).hideHelp());
}

/** Ends this process in order when its standard input ends. */
export function endWithParent(cli: Cli): void {
  cli.in.once('end', () => process.kill(process.pid, 'SIGTERM'));
  cli.in.resume();
  // Watching the pipe is no reason to live on.
  cli.in.unref?.();
}

/** Starts `phased-rollback <args>` with its output in a log file; it ends when we do. */
export function spawnOwn(name: string, args: readonly string[], env: NodeJS.ProcessEnv, folder: string): OwnChild {
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  // Its own process group: Ctrl-C reaches us only, and we end our children in order.
  const child = spawn(process.execPath, [ENTRY, ...args, END_WITH_PARENT], {
    env,
    stdio: ['pipe', log, log],
    detached: true,
  });
  closeSync(log);
  process.once('exit', () => child.kill('SIGKILL'));
  return { name, logFile, process: child };
}

/** Waits for Ctrl-C (or a SIGTERM), or for the first child that ends by itself; then ends the others. True on Ctrl-C. */
export async function untilEnd(cli: Cli, children: readonly OwnChild[]): Promise<boolean> {
  const asked = new Promise<undefined>((resolve) => {
    process.once('SIGINT', () => resolve(undefined));
    process.once('SIGTERM', () => resolve(undefined));
  });
  // Signal handlers do not keep a process alive.
  const alive = setInterval(() => undefined, 60_000);
  const fallen = await Promise.race([asked, ...children.map(ended)]);
  clearInterval(alive);
  if (fallen) printNote(cli, `the ${fallen.name} ended by itself; see ${fallen.logFile}`);
  await Promise.all(children.map(stop));
  return fallen === undefined;
}

function ended(child: OwnChild): Promise<OwnChild> {
  return new Promise((resolve) => {
    child.process.once('exit', () => resolve(child));
    child.process.once('error', () => resolve(child));
  });
}

async function stop({ process: child }: OwnChild): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
