import { z } from 'zod';
import type { ReadinessCheck } from '../../ports';
import type { Factories } from '../dependencies';
import { ExecCheck, execCheckSchema } from './exec';
import { Probe, probeSchema } from './probe';
import { SchemaCheck, schemaCheckSchema } from './schema';

/** Every readiness check that a team can add, by its `type`. */
export const checkSchema = z.discriminatedUnion('type', [probeSchema, schemaCheckSchema, execCheckSchema]);

/** A factory per check. */
export const checkFactories: Factories<z.infer<typeof checkSchema>, ReadinessCheck> = {
  probe: (config) => new Probe(config),
  schema: (config) => new SchemaCheck(config),
  exec: (config, deps) => new ExecCheck(config, deps),
};
