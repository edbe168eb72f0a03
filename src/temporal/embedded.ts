import { spawn } from 'node:child_process';
import { accessSync, closeSync, constants, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import type { OnProgress } from './binary-tools';
import type { TemporalBinary } from './find-binary';
import { endWithUs } from './child-guard';
import { TemporalSetupError, codeOf, textOf } from './errors';
import { findTemporalBinary } from './find-binary';
import { withLock } from './lock';
import { forgetPid, notePid, reapOrphan } from './orphan';
import { demandFree, freePort } from './ports';
import { SEARCH_ATTRIBUTES } from './set-up';
import { untilServing } from './until-serving';

const STOPS_WITHIN_MS = 10_000;
const START_ATTEMPTS = 3;

/** How to start the embedded server. */
export interface EmbeddedOptions {
  /** Holds its log, its pid file and, if persistent, its database; created if missing. One server at a time. */
  readonly stateDir: string;
  /** Keeps workflows across starts in an SQLite file that is named after the server's version. */
  readonly persistent: boolean;
  /** gRPC port; a free one by default. */
  readonly port?: number;
  /** Port of Temporal's web page; a free one by default. */
  readonly uiPort?: number;
  /** `default` by default. */
  readonly namespace?: string;
  /** Days for which closed runs are kept, at least. */
  readonly retentionDays?: number;
  readonly onProgress?: OnProgress;
  /** Skips the search for a binary. */
  readonly binary?: TemporalBinary;
}

/** A Temporal server that is our child and ends with us. */
export interface EmbeddedTemporal {
  readonly address: string;
  readonly uiUrl: string;
  readonly namespace: string;
  /** Of the current process: changes with `restart`. */
  readonly pid: number;
  /** Of the server, not of the command line. */
  readonly version: string;
  readonly logFile: string;
  /** Ends it in order and resolves when it is gone; harmless when it is gone already. */
  stop(): Promise<void>;
  /** SIGKILL, at once. */
  kill(): void;
  /** Starts it anew on the same ports (ending it first if it runs); what is persistent is there again. */
  restart(): Promise<void>;
}

interface Launch {
  readonly options: EmbeddedOptions;
  readonly binary: TemporalBinary;
  readonly namespace: string;
  readonly logFile: string;
  readonly port: number;
  readonly uiPort: number;
}

/**
 * Starts a Temporal server on 127.0.0.1 and resolves when it serves, with its search attributes set up. A server left
 * behind in the same `stateDir` is ended first. Throws only `TemporalSetupError`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedTemporal> {
  const binary = options.binary ?? (await findTemporalBinary({ onProgress: options.onProgress }));
  makeFolder(options.stateDir);
  const common = {
    options,
    binary,
    namespace: options.namespace ?? 'default',
    logFile: join(options.stateDir, 'temporal.log'),
  };
  for (let attempt = 1; ; attempt += 1) {
    const ports = { port: options.port ?? (await freePort()), uiPort: options.uiPort ?? (await freePort()) };
    const launch: Launch = { ...common, ...ports };
    try {
      const server: Server = {};
      await start(launch, server);
      return running(launch, server);
    } catch (error) {
      // Between our look and its start another program may take a port that we chose.
      if (attempt === START_ATTEMPTS || codeOf(error) !== 'PORT_TAKEN' || (options.port && options.uiPort)) throw error;
    }
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new TemporalSetupError(
      'START_FAILED',
      `The folder ${folder} for Temporal's files cannot be used: ${textOf(error)}. Choose another one.`,
      error,
    );
  }
}

/** The process that is the server now, from when it was spawned. */
interface Server {
  child?: ChildProcess;
}

function running(launch: Launch, server: Server): EmbeddedTemporal {
  let starting: Promise<void> = Promise.resolve();
  return {
    address: `127.0.0.1:${launch.port}`,
    uiUrl: `http://127.0.0.1:${launch.uiPort}`,
    namespace: launch.namespace,
    version: launch.binary.serverVersion,
    logFile: launch.logFile,
    get pid() {
      return server.child?.pid ?? 0;
    },
    stop: () => end(server.child),
    kill: () => void server.child?.kill('SIGKILL'),
    restart: () => {
      // One start after the other: each takes the ports and the file of the one before.
      starting = starting
        .catch(() => undefined)
        .then(async () => {
          await end(server.child);
          await start(launch, server);
        });
      return starting;
    },
  };
}

async function start(launch: Launch, server: Server): Promise<void> {
  const { stateDir, retentionDays } = launch.options;
  const address = `127.0.0.1:${launch.port}`;
  const logStart = { offset: 0 };
  const { child, earlyEnd } = await withLock(join(stateDir, 'temporal.lock'), async () => {
    await reapOrphan(stateDir);
    await demandFree(launch.port, 'Temporal');
    await demandFree(launch.uiPort, "Temporal's web page");
    logStart.offset = sizeOf(launch.logFile);
    return spawnServer(launch, address);
  });
  const giveUp = new AbortController();
  const { namespace } = launch;
  server.child = child;
  try {
    await Promise.race([untilServing({ address, namespace, retentionDays, signal: giveUp.signal }), earlyEnd]);
  } catch (error) {
    giveUp.abort();
    await end(child);
    throw failed(error, launch, readFileSync(launch.logFile).subarray(logStart.offset).toString());
  }
}

function spawnServer(launch: Launch, address: string): { child: ChildProcess; earlyEnd: Promise<never> } {
  const log = openSync(launch.logFile, 'a');
  // Its own process group: Ctrl-C in a terminal reaches us only, and we decide when the server may go.
  const child = spawn(launch.binary.path, argumentsOf(launch), { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  const earlyEnd = endOf(child);
  const { pid } = child;
  const { stateDir } = launch.options;
  if (pid !== undefined) {
    notePid(stateDir, pid, address);
    endWithUs(child);
    child.once('exit', () => forgetPid(stateDir, pid));
  }
  return { child, earlyEnd };
}

function argumentsOf({ options, binary, namespace, port, uiPort }: Launch): string[] {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)];
  args.push('--namespace', namespace, '--log-format', 'json', '--log-level', 'warn');
  args.push('--dynamic-config-value', 'system.enableActivityEagerExecution=true');
  // What is stuck is tried again within seconds of being mended; by itself the server lets ten minutes grow between tries.
  args.push('--dynamic-config-value', 'history.workflowTaskRetryMaxInterval="5s"');
  // Its store reads past every timer that has fired and is not deleted yet whenever it looks for the next one, which with
  // a thousand looks and their heartbeats was most of its work; by itself it deletes them every 30 s.
  args.push('--dynamic-config-value', 'history.timerProcessorUpdateAckInterval="2s"');
  for (const name of SEARCH_ATTRIBUTES) args.push('--search-attribute', `${name}=Keyword`);
  if (options.persistent) args.push('--db-filename', join(options.stateDir, `temporal-${binary.serverVersion}.db`));
  return args;
}

function endOf(child: ChildProcess): Promise<never> {
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`it ended with ${signal ?? code}`)));
  });
  // It may end before anybody waits for it, or long after nobody does any more.
  ended.catch(() => undefined);
  return ended;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOPS_WITHIN_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

function failed(error: unknown, { logFile, port, uiPort }: Launch, log: string): TemporalSetupError {
  const said = log.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  if (/address already in use/.test(log)) {
    const text = `A port for Temporal was taken while it started (${port} and ${uiPort} were asked for): ${said}`;
    return new TemporalSetupError('PORT_TAKEN', text, error);
  }
  return new TemporalSetupError(
    'START_FAILED',
    `The Temporal server did not start: ${textOf(error)}. ${said} (log: ${logFile})`,
    error,
  );
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
