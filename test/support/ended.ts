import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';

/** Ends a process that may have ended by itself or never begun, and waits until it is gone. */
export async function ended(child: ChildProcess | undefined, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}
