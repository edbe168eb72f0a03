import { z } from 'zod';
import type { Archive } from '../../ports';
import type { Factories } from '../dependencies';
import { DirectoryArchive, directoryArchiveSchema } from './directory';

/** Every place for reports, by its `type`. */
export const archiveSchema = z.discriminatedUnion('type', [directoryArchiveSchema]);

/** A factory per place. */
export const archiveFactories: Factories<z.infer<typeof archiveSchema>, Archive> = {
  directory: (config) => new DirectoryArchive(config),
};
