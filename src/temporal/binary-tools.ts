import { execFile, spawn } from 'node:child_process';
import { constants, createWriteStream } from 'node:fs';
import { access, chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { BinaryVersions } from './versions';
import { codeOf, textOf } from './errors';
import { CLI_VERSION, parseVersionOutput } from './versions';

const run = promisify(execFile);
const GO = 'go';
const BUILD_TIMEOUT_MS = 30 * 60_000;
const DOWNLOAD_TIMEOUT_MS = 5 * 60_000;
const DOWNLOAD_ANSWER_TIMEOUT_MS = 10_000;
const PROGRESS_EVERY_MS = 15_000;

/** Takes a line for a person who waits. */
export type OnProgress = (line: string) => void;

/** The file that download and build end up in; shared by all projects of this user. */
export function cachedBinaryPath(env: NodeJS.ProcessEnv): string {
  const cache = env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return join(cache, 'phased-rollback', `temporal-${CLI_VERSION}`, 'temporal');
}

/** Every executable file called `temporal` on the PATH, first one first. */
export async function binariesOnPath(env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders = [...new Set((env.PATH ?? '').split(delimiter).filter(Boolean))];
  const found = await Promise.all(
    folders.map(async (folder) => {
      const path = join(folder, 'temporal');
      return (await isExecutable(path)) ? [path] : [];
    }),
  );
  return found.flat();
}

/** Asks a binary for its versions; a string is the reason why it is of no use. */
export async function versionsOf(path: string): Promise<BinaryVersions | string> {
  try {
    const { stdout } = await run(path, ['--version'], { timeout: 10_000 });
    return parseVersionOutput(stdout) ?? `it does not say which server it contains (${stdout.trim().slice(0, 80)})`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'not there';
    return `it does not run: ${textOf(error).split('\n')[0]}`;
  }
}

/** The version of Go, or undefined without one. */
export async function goVersion(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  try {
    const { stdout } = await run(GO, ['env', 'GOVERSION'], { env, timeout: 10_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Runs `make` in a new folder beside `target` and moves the file it names to `target` in one step. */
export async function installAtomically(target: string, make: (folder: string) => Promise<string>): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), '.new-'));
  try {
    const made = await make(folder);
    await chmod(made, 0o755);
    const versions = await versionsOf(made);
    if (typeof versions === 'string') throw new Error(versions);
    await rename(made, target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The official archive for this machine; undefined where there is none that `tar` can open. */
export function downloadUrl(platform: string = process.platform, arch: string = process.arch): string | undefined {
  const cpu = { x64: 'amd64', arm64: 'arm64' }[arch];
  if (!cpu || (platform !== 'linux' && platform !== 'darwin')) return undefined;
  return `https://temporal.download/cli/archive/v${CLI_VERSION}?platform=${platform}&arch=${cpu}`;
}

/** Downloads and unpacks the archive into `folder`; resolves to the binary. Rejects at once without a network. */
export async function download(url: string | undefined, folder: string): Promise<string> {
  if (!url) throw new Error(`there is no archive for ${process.platform}/${process.arch}`);
  const archive = join(folder, 'temporal.tar.gz');
  const stop = new AbortController();
  let timer = setTimeout(() => stop.abort(new Error('no answer within 10 s')), DOWNLOAD_ANSWER_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: stop.signal });
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(new Error('not finished within 5 minutes')), DOWNLOAD_TIMEOUT_MS);
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive), { signal: stop.signal });
  } catch (error) {
    throw new Error(reasonOf(stop.signal.aborted ? stop.signal.reason : error), { cause: error });
  } finally {
    clearTimeout(timer);
  }
  await run('tar', ['-xzf', archive, '-C', folder, 'temporal'], { timeout: 60_000 });
  return join(folder, 'temporal');
}

/** Builds the binary with Go into `folder`, about 5 minutes on two cores; says every 15 s that it still runs. */
export async function buildWithGo(folder: string, onProgress: OnProgress, env: NodeJS.ProcessEnv): Promise<string> {
  const version = await goVersion(env);
  if (!version) throw new Error('Go is not installed');
  onProgress(`Building Temporal ${CLI_VERSION} with ${version}: about 5 minutes, once for this user.`);
  const startedAt = Date.now();
  const ticker = setInterval(
    () => onProgress(`Still building Temporal: ${Math.round((Date.now() - startedAt) / 1000)} s`),
    PROGRESS_EVERY_MS,
  );
  try {
    await goInstall(folder, env);
  } finally {
    clearInterval(ticker);
  }
  return join(folder, 'temporal');
}

function goInstall(folder: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(GO, ['install', `github.com/temporalio/cli/cmd/temporal@v${CLI_VERSION}`], {
      cwd: folder,
      env: { ...env, CGO_ENABLED: '0', GOBIN: folder },
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: BUILD_TIMEOUT_MS,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`go install ended with ${signal ?? code}: ${said.trim().split('\n').at(-1) ?? ''}`));
    });
  });
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${textOf(error)}${cause}`;
}
