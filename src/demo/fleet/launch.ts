import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CONFIG_VARIABLE } from './process-shell';
import { FleetError } from './types';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 2000;
const STDERR_KEPT = 2000;

/** A started fleet process. */
export interface Launched<Ready> {
  readonly pid: number;
  /** Its ready line; rejects with `PROCESS_NOT_READY` when it exits or stays silent before. */
  readonly ready: Promise<Ready>;
  /** Fulfilled when it has exited, however. */
  readonly exited: Promise<void>;
  /** SIGTERM, SIGKILL two seconds later; fulfilled when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL; fulfilled when it is gone. */
  kill(): Promise<void>;
}

/**
 * Starts `node script` with the configuration in its environment and a stdin whose end tells it that we are gone.
 * The first line it prints is its ready line; `onLine` gets the later ones.
 */
export function launch<Ready>(script: string, config: unknown, onLine?: (line: unknown) => void): Launched<Ready> {
  const child = spawn(process.execPath, ['--max-semi-space-size=1', script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, [CONFIG_VARIABLE]: JSON.stringify(config) },
  });
  child.stdin.on('error', () => undefined);
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-STDERR_KEPT);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  const ready = new Promise<Ready>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new FleetError('PROCESS_NOT_READY', `${script} ${why}${complaint && `: ${complaint.trim()}`}`));
    const timer = setTimeout(() => fail(`said nothing for ${READY_WITHIN_MS} ms`), READY_WITHIN_MS);
    child.once('close', (code, signal) => fail(`ended (${code ?? signal}) before it was ready`));
    child.once('error', (error) => fail(error.message));
    createInterface({ input: child.stdout }).on('line', (line) => {
      clearTimeout(timer);
      const message: unknown = JSON.parse(line);
      // Only the first line settles the promise; the script at hand says what its ready line holds.
      resolve(message as Ready);
      onLine?.(message);
    });
    void exited.then(() => clearTimeout(timer));
  });
  // Whoever waits for it sees the rejection; a child stopped on purpose before it was ready is nobody's error.
  ready.catch(() => undefined);
  const kill = (): Promise<void> => {
    child.kill('SIGKILL');
    return exited;
  };
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await exited;
    clearTimeout(timer);
  };
  return { pid: child.pid ?? -1, ready, exited, stop, kill };
}
