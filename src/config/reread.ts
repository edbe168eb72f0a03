import { stat } from 'node:fs/promises';
import { loadConfigFile } from './load';
import type { LoadedConfig } from './load';

/** Two writes within the clock of a file system look like one; a file this old cannot have been written again unseen. */
const SETTLED_MS = 1_000;

/**
 * Reads a policy file at every call, but parses it only when it has changed, and once for all who ask at the same
 * time: a thousand calls a second must not cost a thousand times the file. Throws what `loadConfigFile` throws.
 */
export function configReader(path: string): () => Promise<LoadedConfig> {
  let known: { readonly stamp: string; readonly loaded: LoadedConfig } | undefined;
  let reading: Promise<LoadedConfig> | undefined;
  const read = async (): Promise<LoadedConfig> => {
    const before = await stampOf(path);
    if (known && known.stamp === before?.stamp) return known.loaded;
    const loaded = await loadConfigFile(path);
    known = before?.settled ? { stamp: before.stamp, loaded } : undefined;
    return loaded;
  };
  return () => (reading ??= read().finally(() => (reading = undefined)));
}

/** What tells one state of a file from another; undefined where there is none, which reading it will say better. */
async function stampOf(path: string): Promise<{ readonly stamp: string; readonly settled: boolean } | undefined> {
  const file = await stat(path, { bigint: true }).catch(() => undefined);
  if (!file) return undefined;
  const changedMs = Math.max(Number(file.mtimeMs), Number(file.ctimeMs));
  return {
    stamp: [file.dev, file.ino, file.size, file.mtimeNs, file.ctimeNs].join('/'),
    settled: Math.abs(Date.now() - changedMs) > SETTLED_MS,
  };
}
