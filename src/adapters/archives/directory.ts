import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { RetryableError, TerminalError } from '../../ports';
import type { Archive, ArchivedDocuments } from '../../ports';
import { systemCodeOf } from '../system-code';
import { archiveKind } from '../kinds';

/** A folder on a disk that outlives the worker. */
export const directoryArchiveSchema = z.strictObject({
  type: z.literal('directory'),
  path: z.string().min(1).describe('folder, made when it is not there'),
});

/** Configuration of a `directory` archive. */
export type DirectoryArchiveConfig = z.infer<typeof directoryArchiveSchema>;

const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const SAFE_PART = /^[a-z0-9._-]{1,63}$/;

/** One folder per rollback, appearing whole by a rename: never half of it. Other documents under the id are replaced. */
export class DirectoryArchive implements Archive {
  private readonly root: string;

  constructor(config: DirectoryArchiveConfig) {
    this.root = resolve(config.path);
  }

  async store(id: string, documents: ArchivedDocuments, signal: AbortSignal): Promise<string> {
    const place = this.placeOf(id);
    const unsafe = Object.keys(documents).find((name) => !SAFE_NAME.test(name));
    if (unsafe !== undefined) throw new TerminalError('ARCHIVE_UNWRITABLE', `"${unsafe}" is not a name of a file`);
    try {
      if (await holdsFolders(place))
        throw new TerminalError('ARCHIVE_UNWRITABLE', `"${id}" is the beginning of other ids`);
      const before = await readDocuments(place);
      if (before && isSame(before, documents)) return place;
      await mkdir(dirname(place), { recursive: true });
      const draft = await mkdtemp(join(dirname(place), `.${basename(place)}.draft-`));
      try {
        await writeAll(draft, documents, signal);
        await replace(place, draft);
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
      return place;
    } catch (error) {
      if (error instanceof TerminalError) throw error;
      throw unusable(place, error);
    }
  }

  async load(id: string): Promise<ArchivedDocuments | undefined> {
    const place = this.placeOf(id);
    try {
      return await readDocuments(place);
    } catch (error) {
      throw unusable(place, error);
    }
  }

  /** An id is made of checked names; one that is not could point outside the folder. */
  private placeOf(id: string): string {
    const parts = id.split('/');
    if (parts.some((part) => !SAFE_PART.test(part) || /^\.+$/.test(part))) {
      throw new TerminalError('ARCHIVE_UNWRITABLE', `"${id}" is not an id that can be archived`);
    }
    return join(this.root, ...parts);
  }
}

function unusable(place: string, error: unknown): RetryableError {
  const why = systemCodeOf(error) ?? String(error);
  return new RetryableError('ARCHIVE_UNWRITABLE', `${place}: ${why}`, { cause: error });
}

/** Undefined when there is no such folder, or one that only holds folders of other ids. */
async function readDocuments(place: string): Promise<ArchivedDocuments | undefined> {
  try {
    const files = (await readdir(place, { withFileTypes: true })).filter((entry) => entry.isFile());
    if (files.length === 0) return undefined;
    const read = files.map(async ({ name }) => [name, await readFile(join(place, name), 'utf8')] as const);
    return Object.fromEntries(await Promise.all(read));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replacing it would take them along. */
async function holdsFolders(place: string): Promise<boolean> {
  try {
    return (await readdir(place, { withFileTypes: true })).some((entry) => entry.isDirectory());
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function isSame(a: ArchivedDocuments, b: ArchivedDocuments): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

async function writeAll(folder: string, documents: ArchivedDocuments, signal: AbortSignal): Promise<void> {
  for (const [name, text] of Object.entries(documents)) {
    signal.throwIfAborted();
    await writeDurably(join(folder, name), text);
  }
  await syncFolder(folder);
}

/** Other documents under the same id give way in one piece; they are removed only when the new ones are in place. */
async function replace(place: string, draft: string): Promise<void> {
  const aside = join(dirname(place), `.${basename(place)}.old-${randomUUID()}`);
  const hadOld = await rename(place, aside).then(
    () => true,
    (error: unknown) => {
      if (systemCodeOf(error) === 'ENOENT') return false;
      throw error;
    },
  );
  await rename(draft, place);
  await syncFolder(dirname(place));
  if (hadOld) await rm(aside, { recursive: true, force: true });
}

/** A rename is durable only when the folder that holds the name is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A folder. */
export const directoryArchive = archiveKind(directoryArchiveSchema, (config) => new DirectoryArchive(config));
