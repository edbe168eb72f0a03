import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { codeOf } from './errors';

/** Identifies one process for good: a pid alone may have been given to another one since. */
export interface ProcessId {
  readonly pid: number;
  /** Opaque, compared only; undefined where the system does not tell. */
  readonly startTime?: string;
}

/** The identity of a running process. */
export function identify(pid: number): ProcessId {
  return { pid, startTime: startTimeOf(pid) };
}

/** Whether exactly this process still runs (a zombie does not). */
export function isRunning(process_: ProcessId): boolean {
  try {
    process.kill(process_.pid, 0);
  } catch (error) {
    // EPERM: it exists but belongs to somebody else.
    if (codeOf(error) !== 'EPERM') return false;
  }
  return process_.startTime === undefined || startTimeOf(process_.pid) === process_.startTime;
}

function startTimeOf(pid: number): string | undefined {
  if (process.platform === 'linux') return startTimeFromProc(pid);
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return undefined;
  }
}

function startTimeFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in parentheses and may contain blanks; field 22 is the 20th after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
