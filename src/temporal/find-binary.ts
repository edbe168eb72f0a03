import { dirname, join } from 'node:path';
import type { OnProgress } from './binary-tools';
import type { BinaryVersions } from './versions';
import {
  binariesOnPath,
  buildWithGo,
  cachedBinaryPath,
  download,
  downloadUrl,
  installAtomically,
  versionsOf,
} from './binary-tools';
import { TemporalSetupError, textOf } from './errors';
import { withLock } from './lock';
import { CLI_VERSION, TESTED_SERVERS, placeOf } from './versions';

/** A Temporal binary that can be started, and where it comes from. */
export interface TemporalBinary extends BinaryVersions {
  readonly path: string;
  readonly source: 'path' | 'cache' | 'download' | 'go-build';
}

/** One source that was of no use. */
export interface Attempt {
  readonly what: string;
  readonly why: string;
}

/** What a search may use; all but the progress exist so that tests can stand in for network and compiler. */
export interface FindOptions {
  readonly onProgress?: OnProgress;
  readonly env?: NodeJS.ProcessEnv;
  /** Puts the downloaded binary into the folder and resolves to its path; rejects with the reason. */
  readonly download?: (folder: string) => Promise<string>;
  /** The same for a build. */
  readonly build?: (folder: string) => Promise<string>;
}

type Installed = Exclude<TemporalBinary['source'], 'path' | 'cache'>;

/**
 * Finds or gets a Temporal binary: PATH (tested servers only), the user's cache, the official download, a Go build.
 * Of several starts at once one downloads or builds and the others wait for it. Throws one `TemporalSetupError`
 * `TEMPORAL_MISSING` that lists everything tried.
 */
export async function findTemporalBinary(options: FindOptions = {}): Promise<TemporalBinary> {
  const env = options.env ?? process.env;
  const attempts: Attempt[] = [];
  const present = (await findOnPath(env, attempts)) ?? (await findInCache(env, attempts));
  if (present) return present;
  const onProgress = options.onProgress ?? (() => undefined);
  const lockFile = join(dirname(cachedBinaryPath(env)), 'install.lock');
  const onWait = (pid: number): void => onProgress(`Waiting for process ${pid}, which is getting Temporal already.`);
  try {
    const installed = await withLock(
      lockFile,
      async () => (await findInCache(env, [])) ?? (await install(env, options, onProgress, attempts)),
      { onWait },
    );
    if (installed) return installed;
  } catch (error) {
    attempts.push({ what: `the cache folder ${dirname(lockFile)}`, why: textOf(error) });
  }
  throw unavailable(attempts);
}

/** A tested `temporal` on the PATH; adds to `attempts` why others were passed over. */
export async function findOnPath(env: NodeJS.ProcessEnv, attempts: Attempt[]): Promise<TemporalBinary | undefined> {
  const candidates = await binariesOnPath(env);
  if (candidates.length === 0) attempts.push({ what: 'a `temporal` on the PATH', why: 'there is none' });
  for (const path of candidates) {
    const usable = await judge(path, path, attempts);
    if (usable) return { ...usable, path, source: 'path' };
  }
  return undefined;
}

/** The binary in the user's cache; adds to `attempts` why it is of no use. */
export async function findInCache(env: NodeJS.ProcessEnv, attempts: Attempt[]): Promise<TemporalBinary | undefined> {
  const path = cachedBinaryPath(env);
  const usable = await judge(path, `the cache ${path}`, attempts);
  return usable && { ...usable, path, source: 'cache' };
}

async function judge(path: string, what: string, attempts: Attempt[]): Promise<BinaryVersions | undefined> {
  const versions = await versionsOf(path);
  if (typeof versions !== 'string' && placeOf(versions.serverVersion) === 'tested') return versions;
  attempts.push({ what, why: typeof versions === 'string' ? versions : untested(versions.serverVersion) });
  return undefined;
}

async function install(
  env: NodeJS.ProcessEnv,
  options: FindOptions,
  onProgress: OnProgress,
  attempts: Attempt[],
): Promise<TemporalBinary | undefined> {
  const fetchIt = options.download ?? ((folder: string) => download(downloadUrl(), folder));
  const build = options.build ?? ((folder: string) => buildWithGo(folder, onProgress, env));
  const ways: [Installed, string, (folder: string) => Promise<string>][] = [
    ['download', `the official download of ${CLI_VERSION}`, fetchIt],
    ['go-build', 'a build with Go', build],
  ];
  const path = cachedBinaryPath(env);
  for (const [source, what, make] of ways) {
    try {
      await installAtomically(path, make);
    } catch (error) {
      attempts.push({ what, why: textOf(error) });
      continue;
    }
    const found = await judge(path, what, attempts);
    if (found) return { ...found, path, source };
  }
  return undefined;
}

function untested(serverVersion: string): string {
  return `it contains server ${serverVersion}, tested are ${TESTED_SERVERS.oldest} to ${TESTED_SERVERS.newest}`;
}

function unavailable(attempts: readonly Attempt[]): TemporalSetupError {
  const tried = attempts.map(({ what, why }) => `  - ${what}: ${why}`).join('\n');
  return new TemporalSetupError(
    'TEMPORAL_MISSING',
    `There is no Temporal server to start. Tried:\n${tried}\nOne of these helps: set TEMPORAL_ADDRESS to a running server; install the Temporal command line ${CLI_VERSION} (https://docs.temporal.io/cli) on the PATH; allow access to temporal.download; install Go 1.25 or newer.`,
  );
}
