import { z } from 'zod';
import { adapterSchemas } from '../adapters';
import { durationField, ratioField } from './duration';

const nameField = z.string().regex(/^[a-z0-9._-]{1,63}$/, 'must be 1 to 63 of a-z, 0-9, dot, underscore and dash');
const labelsField = z.record(z.string(), z.string());

/** An adapter's own keys stand beside ours; each option of its union gets them. */
function beside<Shape extends z.ZodRawShape>(union: z.ZodDiscriminatedUnion, shape: Shape): z.ZodDiscriminatedUnion {
  const [first, ...rest] = union.options.map((option) => {
    if (!(option instanceof z.ZodObject)) throw new Error('an adapter schema must be an object');
    return option.extend(shape);
  });
  if (!first) throw new Error('a port needs at least one adapter');
  return z.discriminatedUnion('type', [first, ...rest]);
}

const targetEntry = beside(adapterSchemas.targets, { name: nameField, labels: labelsField.default({}) });
const metricEntry = beside(adapterSchemas.metrics, {
  name: z.string().min(1),
  kind: z.enum(['errors', 'latency']),
  objective: ratioField.optional().describe('highest acceptable share of bad events'),
});

const timingEntry = z.strictObject({
  interval: durationField.optional().describe('between samples'),
  settle: durationField.optional().describe('warm-up after a shift that counts against nobody'),
  longestBake: durationField.optional().describe('then a person is asked'),
  soak: durationField.optional().describe('watching after everything is back'),
  noData: durationField.optional().describe('without usable metrics for this long a person is asked'),
  quiet: durationField.optional().describe('flat counters for this long are no traffic'),
  capacity: durationField.optional().describe('patience for the old revision to become ready'),
  approval: durationField.optional().describe('then people are paged again'),
  reminder: durationField.optional().describe('between reminders of an unanswered wait'),
  knowledge: durationField.optional().describe('checks older than this are renewed before something moves'),
  reliefWithin: durationField.optional().describe('phases are merged to be done by then'),
});

const alertsEntry = z.strictObject({
  match: labelsField.optional().describe('labels that an alert must have; by default service|app|job = the name'),
  severities: z
    .array(z.enum(['critical', 'warning', 'info']))
    .min(1)
    .optional(),
  stale: durationField.optional(),
  blameWindow: durationField.optional(),
  coolDown: durationField.optional(),
  knownGood: durationField.optional(),
});

const phaseEntry = z.strictObject({
  name: z.string().min(1),
  select: labelsField.default({}),
  weight: z.number().min(0).max(100),
  approval: z.enum(['required', 'automatic']).default('automatic'),
});

/** One service of the file. */
export const serviceSchema = z.strictObject({
  name: nameField,
  environment: nameField.optional(),
  mode: z.enum(['observe', 'ask', 'auto']).optional(),
  pace: z.enum(['surgical', 'balanced', 'express']).optional(),
  targets: z.array(targetEntry).min(1),
  metrics: z.array(metricEntry).default([]),
  phases: z.array(phaseEntry).default([]),
  checks: z.array(adapterSchemas.checks).default([]),
  notify: z.array(adapterSchemas.notifiers).optional(),
  archive: adapterSchemas.archives.optional(),
  alerts: alertsEntry.optional(),
  timing: timingEntry.optional(),
  onHalt: z.enum(['stay', 'unwind', 'now']).optional(),
  onThinEvidence: z.enum(['ask', 'advance']).optional(),
  onCoupled: z.enum(['ask', 'widen']).optional(),
});

const tokenEntry = z.strictObject({
  name: nameField,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be the hex SHA-256 of the token'),
  role: z.enum(['viewer', 'operator', 'approver', 'admin']),
});

/** The gateway's part of the file. */
export const gatewaySchema = z.strictObject({
  host: z.string().optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  tokens: z.array(tokenEntry).default([]),
  alertSources: z.record(nameField, adapterSchemas.alertSources).optional(),
});

/** The whole file, but for what is inside each service. */
export const fileSchema = z.strictObject({
  apiVersion: z.literal('phased-rollback/v1'),
  gateway: gatewaySchema.optional(),
  services: z.array(z.unknown()).min(1),
});

/** A service as the file gives it, defaults not yet filled in. */
export type ServiceEntry = z.infer<typeof serviceSchema>;

/** The gateway's part as the file gives it. */
export type GatewayEntry = z.infer<typeof gatewaySchema>;
