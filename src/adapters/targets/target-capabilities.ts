import { z } from 'zod';

const MOST_UNITS = 10_000;

/** What a target that is moved in whole pieces is moved by. */
export const unitsSchema = z.object({
  total: z.int().min(1).max(MOST_UNITS).describe('how many there are, of all revisions together'),
  name: z.string().trim().min(1).max(40).describe('what several of them are called, such as instances or partitions'),
});

/** Settings of every target whose abilities only its owner knows. */
export const capabilitySettings = {
  granularity: z
    .enum(['percent', 'units', 'all'])
    .default('percent')
    .describe('finest share it can set: any percent, whole units (instances, partitions), or all at once'),
  sticky: z.boolean().default(false).describe('true when a moved user stays moved while the share grows'),
};
