import { spawn } from 'node:child_process';
import { systemCodeOf } from './system-code';

/** How one run of a program ended. */
export type ChildEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  /** Ended by a signal: ours, because time ran out or it wrote too much, or somebody else's. */
  | { readonly kind: 'killed'; readonly because: string; readonly tooMuch: boolean; readonly stderr: string }
  /** `later`: the machine had no room for it, or no time was left, which another attempt may find. */
  | { readonly kind: 'notStarted'; readonly because: string; readonly later: boolean };

/** A program to run once, without a shell. */
export interface ChildRun {
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** All of its environment; nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  readonly input: string;
  /** Most bytes it may write to standard output. */
  readonly maxStdoutBytes: number;
  /** From the polite signal to the one that cannot be refused, in milliseconds. */
  readonly killAfterMs: number;
  /** Ends the program and every process of its group. */
  readonly signal: AbortSignal;
}

const STDERR_KEPT_BYTES = 4_096;
/** No processes, no files, no memory: a state of the machine, not of the command. */
const NO_ROOM: ReadonlySet<string> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM']);

/** Runs a program to its end. Resolves only when it is gone, so that nothing it does comes later. Never throws. */
export function runChild(run: ChildRun): Promise<ChildEnd> {
  if (run.signal.aborted) {
    return Promise.resolve({ kind: 'notStarted', because: 'no time was left to start it', later: true });
  }
  return new Promise((resolve) => {
    try {
      watch(run, start(run), resolve);
    } catch (error) {
      resolve(notStarted(error));
    }
  });
}

function notStarted(error: unknown): ChildEnd {
  const code = systemCodeOf(error);
  return { kind: 'notStarted', because: code ?? 'unknown reason', later: code !== undefined && NO_ROOM.has(code) };
}

type Child = ReturnType<typeof start>;

function start(run: ChildRun) {
  const [program = '', ...args] = run.command;
  // Detached: a group of its own, so that what it starts can be ended with it.
  return spawn(program, args, { env: run.environment, shell: false, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
}

function watch(run: ChildRun, child: Child, resolve: (end: ChildEnd) => void): void {
  child.on('error', (error) => resolve(notStarted(error)));
  // Where no more files can be opened there are no pipes either, against what the types say.
  if ((child.stdin as unknown) === undefined) return;
  const stdout: Buffer[] = [];
  let stdoutBytes = 0;
  let stderr = Buffer.alloc(0);
  let ending: { because: string; tooMuch: boolean; force: NodeJS.Timeout } | undefined;
  const end = (because: string, tooMuch: boolean): void => {
    if (ending) return;
    signalGroup(child, 'SIGTERM');
    ending = { because, tooMuch, force: setTimeout(() => endAtOnce(child), run.killAfterMs) };
  };
  const onAbort = (): void => end('it was stopped when the time ran out', false);
  run.signal.addEventListener('abort', onAbort, { once: true });
  child.stdout.on('data', (chunk: Buffer) => {
    stdoutBytes += chunk.byteLength;
    if (stdoutBytes > run.maxStdoutBytes) end(`it wrote more than ${run.maxStdoutBytes} bytes`, true);
    else stdout.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk]).subarray(-STDERR_KEPT_BYTES);
  });
  // A program may end without reading its input; how it ended says more than the broken pipe.
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input);
  child.on('close', (code, signal) => {
    run.signal.removeEventListener('abort', onAbort);
    const told = stderr.toString('utf8');
    if (ending) {
      clearTimeout(ending.force);
      signalGroup(child, 'SIGKILL');
      resolve({ kind: 'killed', because: ending.because, tooMuch: ending.tooMuch, stderr: told });
    } else if (code === null) {
      resolve({ kind: 'killed', because: `it was ended by ${signal}`, tooMuch: false, stderr: told });
    } else {
      resolve({ kind: 'exited', code, stdout: Buffer.concat(stdout).toString('utf8'), stderr: told });
    }
  });
}

function endAtOnce(child: Child): void {
  signalGroup(child, 'SIGKILL');
  // A process that left the group may still hold the pipes; it must not hold us.
  child.stdout.destroy();
  child.stderr.destroy();
}

function signalGroup(child: Child, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // Nobody of the group is left, or it is not ours to signal: either way there is nothing to end.
  }
}
