import type { ProcessId } from './processes';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './errors';
import { identify, isRunning } from './processes';

/** How to wait for a lock. */
export interface LockOptions {
  readonly pollMs?: number;
  /** Called once, when another live process holds the lock. */
  readonly onWait?: (holderPid: number) => void;
}

let serial = 0;

/**
 * Runs `work` while holding the lock file; waits for a live holder, takes over from a dead one. Errors are those of
 * `work` and of the file system.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const mine = JSON.stringify({ ...identify(process.pid), serial: (serial += 1) });
  let told = false;
  while (!tryTake(file, mine)) {
    const holder = read(file);
    if (holder && !told) options.onWait?.(holder.pid);
    told ||= holder !== undefined;
    await delay(options.pollMs ?? 200);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function tryTake(file: string, mine: string): boolean {
  const holder = read(file);
  if (holder && isRunning(holder)) return false;
  if (holder) moveAside(file, holder);
  const draft = `${file}.${process.pid}.${(serial += 1)}`;
  writeFileSync(draft, mine);
  try {
    // A hard link fails if the name is taken, and the lock appears with its content in one step.
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function moveAside(file: string, dead: ProcessId): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    const moved = read(aside);
    // Somebody else was quicker and what we moved is their live lock: put it back.
    if (moved && (moved.pid !== dead.pid || moved.startTime !== dead.startTime)) linkSync(aside, file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function read(file: string): ProcessId | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessId;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof SyntaxError) return { pid: 0, startTime: 'unreadable' };
    throw error;
  }
}
