import { z } from 'zod';

/** Settings of every target whose abilities only its owner knows. */
export const capabilitySettings = {
  granularity: z.enum(['percent', 'units', 'all']).default('percent').describe('finest share it can set'),
  sticky: z.boolean().default(false).describe('true when a moved user stays moved while the share grows'),
};
