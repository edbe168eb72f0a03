import { randomUUID } from 'node:crypto';
import { link, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RetryableError } from '../ports';
import { systemCodeOf } from './system-code';

/** Longer than any one change may take: nobody who holds a lock of this age still writes. */
const STALE_AFTER_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** What becomes of a file: another text, or none where it stays as it is. */
export interface Change<Result> {
  readonly text?: string;
  readonly result: Result;
}

/**
 * Reads a file and replaces it in one piece, alone among those that do so through this function. Whether it was
 * replaced is certain: an error means that it was not. `tried` is asked whether the new text can stay; where it says
 * why not, or throws, the old text is put back.
 */
export async function changeFile<Result>(
  path: string,
  mostBytes: number,
  signal: AbortSignal,
  change: (text: string) => Change<Result>,
  tried?: () => Promise<Result | undefined>,
): Promise<Result> {
  // A rename would replace a link by a file.
  const place = await realpath(path);
  const lock = await lockOf(place, signal);
  try {
    const before = await readWhole(place, mostBytes);
    const { text, result } = change(before);
    if (text === undefined) return result;
    await replace(place, text, async () => (await isHeld(lock)) && !signal.aborted);
    if (!tried) return result;
    return (await keptIf(tried, () => replace(place, before, () => isHeld(lock)))) ?? result;
  } finally {
    if (await isHeld(lock)) await rm(lock.path, { force: true });
  }
}

async function keptIf<Result>(
  tried: () => Promise<Result | undefined>,
  putBack: () => Promise<void>,
): Promise<Result | undefined> {
  try {
    const instead = await tried();
    if (instead !== undefined) await putBack();
    return instead;
  } catch (error) {
    await putBack();
    throw error;
  }
}

/** The text of a file that is no longer than that. */
export async function readWhole(path: string, mostBytes: number): Promise<string> {
  const { size } = await stat(path);
  if (size > mostBytes)
    throw new RetryableError('TARGET_ANSWER_UNREADABLE', `${path} is longer than ${mostBytes} bytes`);
  return readFile(path, 'utf8');
}

interface Lock {
  readonly path: string;
  readonly inode: bigint;
}

async function lockOf(place: string, signal: AbortSignal): Promise<Lock> {
  const path = `${place}.lock`;
  let ahead: number | undefined;
  for (;;) {
    const made = await madeLock(path);
    if (made) return made;
    ahead ??= await diskClockAhead(path);
    await removeIfStale(path, Date.now() + ahead);
    try {
      await pause(LOOK_EVERY_MS, undefined, { signal });
    } catch {
      const holder = await readFile(path, 'utf8').catch(() => 'somebody');
      throw new RetryableError('TARGET_UNREACHABLE', `${place} is being changed by ${holder.trim()}: see ${path}`);
    }
  }
}

/** Undefined where somebody else has it. */
async function madeLock(path: string): Promise<Lock | undefined> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(`process ${process.pid} on ${hostname()}\n`);
      return { path, inode: (await file.stat({ bigint: true })).ino };
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemCodeOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Milliseconds; the disk may be another machine's. */
async function diskClockAhead(path: string): Promise<number> {
  const probe = `${path}.${randomUUID()}`;
  const file = await open(probe, 'wx');
  try {
    return (await file.stat()).mtimeMs - Date.now();
  } finally {
    await file.close();
    await rm(probe, { force: true });
  }
}

/** Takes the lock of somebody who died. One that was made anew meanwhile is put back. */
async function removeIfStale(path: string, now: number): Promise<void> {
  const seen = await stat(path, { bigint: true }).catch(() => undefined);
  if (!seen || now - Number(seen.mtimeMs) < STALE_AFTER_MS) return;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await stat(aside, { bigint: true })).ino !== seen.ino) await link(aside, path);
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes(systemCodeOf(error) ?? '')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

async function isHeld({ path, inode }: Lock): Promise<boolean> {
  return (await stat(path, { bigint: true }).catch(() => undefined))?.ino === inode;
}

async function replace(place: string, text: string, mayStill: () => Promise<boolean>): Promise<void> {
  const draft = join(dirname(place), `.${basename(place)}.${randomUUID()}`);
  try {
    const file = await open(draft, 'wx');
    try {
      const { mode, uid, gid } = await stat(place);
      await file.writeFile(text);
      await file.chmod(mode);
      // Only a privileged process may give files away; whoever else can write here keeps its own.
      await file.chown(uid, gid).catch(() => undefined);
      await file.sync();
    } finally {
      await file.close();
    }
    if (!(await mayStill())) throw new RetryableError('TARGET_UNREACHABLE', `${place}: no time was left to change it`);
    await rename(draft, place);
  } finally {
    await rm(draft, { force: true });
  }
}
