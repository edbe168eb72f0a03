import { z } from 'zod';
import type { ReadinessCheck } from '../../ports';
import type { Factories } from '../dependencies';
import { Probe, probeSchema } from './probe';

/** Every readiness check that a team can add, by its `type`. */
export const checkSchema = z.discriminatedUnion('type', [probeSchema]);

/** A factory per check. */
export const checkFactories: Factories<z.infer<typeof checkSchema>, ReadinessCheck> = {
  probe: (config) => new Probe(config),
};
