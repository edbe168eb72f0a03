import { z } from 'zod';
import type { CheckResult } from '../../domain/readiness/check-result';
import type { ReadinessCheck } from '../../ports';
import { checkKind } from '../kinds';

/** Whether the old revision understands the data as it is now, by declared version numbers. */
export const schemaCheckSchema = z.strictObject({
  type: z.literal('schema'),
  current: z.int().min(0).describe('version of the schema that is in force'),
  supported: z
    .strictObject({ min: z.int().min(0), max: z.int().min(0) })
    .refine(({ min, max }) => min <= max, 'min must not be above max')
    .describe('versions that the old revision can work with'),
});

/** Configuration of a `schema` check. */
export type SchemaCheckConfig = z.infer<typeof schemaCheckSchema>;

/** Compares numbers, nothing else. Nobody may override it: code that does not fit its data damages it. */
export class SchemaCheck implements ReadinessCheck {
  private readonly config: SchemaCheckConfig;

  constructor(config: SchemaCheckConfig) {
    this.config = config;
  }

  run(): Promise<CheckResult> {
    const { current, supported } = this.config;
    const fits = supported.min <= current && current <= supported.max;
    const base = { check: 'schema', overridable: false };
    const evidence = `the schema is at ${current}, the old revision supports ${supported.min} to ${supported.max}`;
    if (fits) return Promise.resolve({ ...base, status: 'pass', evidence });
    const fix = 'choose a revision that supports this schema, or migrate forward in a way that the old one supports';
    return Promise.resolve({ ...base, status: 'block', evidence, fix });
  }
}

/** Compares versions of a schema. */
export const schemaCheck = checkKind(schemaCheckSchema, (config) => new SchemaCheck(config));
