import { z } from 'zod';
import type { Archive } from '../../ports';
import type { Factories } from '../dependencies';
import { DirectoryArchive, directoryArchiveSchema } from './directory';
import { inMemoryArchiveSchema } from './in-memory';
import type { InMemoryArchive } from './in-memory';

/** Every place for reports, by its `type`. */
export const archiveSchema = z.discriminatedUnion('type', [directoryArchiveSchema, inMemoryArchiveSchema]);

/** A factory per place. */
export const archiveFactories: Factories<z.infer<typeof archiveSchema>, Archive, InMemoryArchive> = {
  directory: (config) => new DirectoryArchive(config),
  'in-memory': (_config, _deps, kept) => kept,
};
