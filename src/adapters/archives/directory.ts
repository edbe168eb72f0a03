import { mkdir, mkdtemp, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { RetryableError, TerminalError } from '../../ports';
import type { Archive, ArchivedDocuments } from '../../ports';

/** A folder on a disk that outlives the worker. */
export const directoryArchiveSchema = z.strictObject({
  type: z.literal('directory'),
  path: z.string().min(1).describe('folder, made when it is not there'),
});

/** Configuration of a `directory` archive. */
export type DirectoryArchiveConfig = z.infer<typeof directoryArchiveSchema>;

const SAFE_PART = /^[a-z0-9._-]{1,63}$/;

/** One folder per rollback, appearing whole by a rename: a crash leaves the old documents or the new, never half. */
export class DirectoryArchive implements Archive {
  private readonly root: string;

  constructor(config: DirectoryArchiveConfig) {
    this.root = resolve(config.path);
  }

  async store(id: string, documents: ArchivedDocuments): Promise<string> {
    const place = this.placeOf(id);
    try {
      await mkdir(dirname(place), { recursive: true });
      const draft = await mkdtemp(`${place}.draft-`);
      for (const [name, text] of Object.entries(documents)) await writeDurably(join(draft, name), text);
      await rm(place, { recursive: true, force: true });
      await rename(draft, place);
      return place;
    } catch (error) {
      throw new RetryableError(
        'ARCHIVE_UNWRITABLE',
        `${place}: ${error instanceof Error ? error.message : String(error)}`,
        { cause: error },
      );
    }
  }

  async load(id: string): Promise<ArchivedDocuments | undefined> {
    const place = this.placeOf(id);
    const names = await readdir(place).catch(() => undefined);
    if (names === undefined) return undefined;
    const documents = await Promise.all(
      names.map(async (name) => [name, await readFile(join(place, name), 'utf8')] as const),
    );
    return Object.fromEntries(documents);
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

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
