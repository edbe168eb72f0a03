import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

const READY_WITHIN_MS = 120_000;
const RESTART_AFTER_MS = 300;

/** None outlives the test that started it, also one that was interrupted. */
const all = new Set<LabProcess>();
process.once('exit', () => all.forEach((each) => each.killNow()));

/** One process of the laboratory, killed and brought back as often as wanted; its output is in a file. */
export class LabProcess {
  private child: ChildProcess | undefined;
  private gone: Promise<void> = Promise.resolve();
  private wanted = false;
  private wantedSince = 0;
  private readonly program: string;
  private readonly command: readonly string[];
  private readonly logFile: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly isReady: () => Promise<boolean>;
  /** Hears what the process tells, with the way to answer it. */
  onMessage: (message: unknown, reply: (answer: number) => void) => void = () => undefined;

  constructor(options: {
    /** Node where nothing is said. */
    readonly program?: string;
    readonly command: readonly string[];
    readonly logFile: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly isReady: () => Promise<boolean>;
  }) {
    this.program = options.program ?? process.execPath;
    this.command = options.command;
    this.logFile = options.logFile;
    this.env = { ...process.env, ...options.env };
    this.isReady = options.isReady;
    all.add(this);
  }

  /** Starts it and waits until it serves. Killed and wanted again meanwhile, it has the whole time once more. */
  async start(): Promise<void> {
    this.wanted = true;
    this.wantedSince = Date.now();
    // Killed twice before it was back, it is brought back once.
    if (!this.isAlive) this.launch();
    while (!(await this.isReady().catch(() => false))) {
      if (Date.now() > this.wantedSince + READY_WITHIN_MS)
        throw new Error(`not ready within ${READY_WITHIN_MS / 1000} s, see ${this.logFile}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGKILL; fulfilled when it is gone. */
  async kill(): Promise<void> {
    this.wanted = false;
    this.killNow();
    await this.gone;
  }

  killNow(): void {
    this.child?.kill('SIGKILL');
  }

  /** Asks the process something and waits for its answer, which is the next thing that it tells. */
  ask(question: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.child?.once('message', resolve);
      this.child?.send(question, (error) => error && reject(error));
    });
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  private get isAlive(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private launch(): void {
    const log = openSync(this.logFile, 'a');
    const child = spawn(this.program, this.command, { stdio: ['ignore', log, log, 'ipc'], env: this.env });
    this.child = child;
    this.gone = new Promise((resolve) => child.once('exit', () => resolve()));
    child.on('message', (message) => {
      this.onMessage(message, (answer) => {
        // A process that died meanwhile needs no answer.
        if (child.connected) child.send(answer, () => undefined);
      });
    });
    // What ends by itself is started again, as a supervisor would: a worker that finds no server gives up.
    child.once('exit', () => {
      closeSync(log);
      setTimeout(() => {
        if (this.wanted && this.child === child) this.launch();
      }, RESTART_AFTER_MS).unref();
    });
  }
}

/** The command line of a TypeScript file of the tests. */
export function script(name: string, ...args: readonly string[]): readonly string[] {
  return ['-r', join(__dirname, '..', '..', 'support', 'run-ts.js'), join(__dirname, name), ...args];
}
