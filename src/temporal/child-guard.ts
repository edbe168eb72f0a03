import type { ChildProcess } from 'node:child_process';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const guarded = new Set<ChildProcess>();

/**
 * Ends `child` when this process ends, however it ends short of SIGKILL. A signal that nobody else handles still ends
 * this process as it would have without us; one that others handle is left to them.
 */
export function endWithUs(child: ChildProcess): void {
  if (guarded.size === 0) {
    process.on('exit', endAll);
    // First in line: a `once` handler of the application is still counted then.
    for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  }
  guarded.add(child);
  child.once('exit', () => release(child));
}

function release(child: ChildProcess): void {
  guarded.delete(child);
  if (guarded.size > 0) return;
  process.off('exit', endAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

function endAll(): void {
  for (const child of guarded) child.kill('SIGTERM');
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
