import { readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessId } from './processes';
import { TemporalSetupError, codeOf } from './errors';
import { identify, isRunning } from './processes';

const ENDS_WITHIN_MS = 10_000;

interface PidRecord extends ProcessId {
  readonly stateDir: string;
  readonly address: string;
  readonly parent: ProcessId;
}

/** Notes which server belongs to `stateDir`, so that the next start finds it even if we are killed. */
export function notePid(stateDir: string, pid: number, address: string): void {
  const record: PidRecord = {
    ...identify(pid),
    stateDir: realpathSync(stateDir),
    address,
    parent: identify(process.pid),
  };
  writeFileSync(pidFile(stateDir), JSON.stringify(record));
}

/** Takes the note back if it is still about `pid`. */
export function forgetPid(stateDir: string, pid: number): void {
  if (readRecord(stateDir)?.pid === pid) rmSync(pidFile(stateDir), { force: true });
}

/**
 * Ends the server that a killed process left behind in `stateDir`. Throws `STATE_DIR_IN_USE` when the process that
 * started it still lives.
 */
export async function reapOrphan(stateDir: string): Promise<void> {
  const record = readRecord(stateDir);
  if (!record) return;
  // A copied or moved folder says nothing about the process of the original.
  if (record.stateDir === realpathSync(stateDir) && isRunning(record)) {
    if (isRunning(record.parent)) throw inUse(record);
    await end(record);
  }
  rmSync(pidFile(stateDir), { force: true });
}

async function end(orphan: PidRecord): Promise<void> {
  process.kill(orphan.pid, 'SIGTERM');
  const deadline = Date.now() + ENDS_WITHIN_MS;
  while (isRunning(orphan)) {
    if (Date.now() > deadline) process.kill(orphan.pid, 'SIGKILL');
    await delay(25);
  }
}

function inUse({ stateDir, parent, address, pid }: PidRecord): TemporalSetupError {
  return new TemporalSetupError(
    'STATE_DIR_IN_USE',
    `Process ${parent.pid} already runs a Temporal server (pid ${pid}, ${address}) in ${stateDir}. Use that one by TEMPORAL_ADDRESS=${address}, end it, or choose another folder.`,
  );
}

function pidFile(stateDir: string): string {
  return join(stateDir, 'temporal.pid.json');
}

function readRecord(stateDir: string): PidRecord | undefined {
  try {
    return JSON.parse(readFileSync(pidFile(stateDir), 'utf8')) as PidRecord;
  } catch (error) {
    // Half a file was written by a process that died in the middle of it.
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
