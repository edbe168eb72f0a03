import { z } from 'zod';
import type { Archive, ArchivedDocuments } from '../../ports';
import { archiveKind } from '../kinds';

/** Documents that last as long as the process: for trying the tool out and for tests. */
export const inMemoryArchiveSchema = z.strictObject({ type: z.literal('in-memory') });

/** The fake archive. */
export class InMemoryArchive implements Archive {
  private readonly stored = new Map<string, ArchivedDocuments>();

  /** Keeps a copy. */
  store(id: string, documents: ArchivedDocuments): Promise<string> {
    this.stored.set(id, { ...documents });
    return Promise.resolve(`memory:${id}`);
  }

  /** What was kept last under the id. */
  load(id: string): Promise<ArchivedDocuments | undefined> {
    return Promise.resolve(this.stored.get(id));
  }
}

/** The fake. */
export const inMemoryArchive = archiveKind(inMemoryArchiveSchema, (_config, _deps, kept) => kept);
