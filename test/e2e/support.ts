import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** No command that answers takes longer. */
const LONGEST_MS = 60_000;

const PROGRAM = join(__dirname, '..', '..', 'bin', 'phased-rollback.js');

/** What one command line printed, and how it ended. */
export interface Ran {
  readonly exit: number;
  readonly out: string;
  readonly err: string;
}

/** Runs our command line as a user would, in a process of its own. */
export function phasedRollback(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, ...args],
      { env: { ...process.env, USER: 'ada', ...env }, timeout: LONGEST_MS },
      (error, out, err) => {
        const exit = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
        resolve({ exit, out, err });
      },
    );
  });
}

/** A command of ours that goes on until it is told to end. */
export class Running {
  private text = '';
  private readonly child: ChildProcess;
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...process.env, ...env } });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.text += chunk.toString()));
    }
    this.ended = new Promise((resolve) => this.child.once('exit', (code) => resolve(code)));
  }

  /** Everything it has printed. */
  get said(): string {
    return this.text;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Waits until it has printed that; says what it printed instead when it never does. */
  async untilSaid(words: RegExp, withinMs = 60_000): Promise<RegExpExecArray> {
    return until(
      async () => words.exec(this.text) ?? undefined,
      withinMs,
      () => `never said ${words}:\n${this.text}`,
    );
  }
}

/** Looks until there is something to see. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  withinMs: number,
  otherwise: () => string,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(otherwise());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
