import { z } from 'zod';
import { adapterSchemas } from '../adapters';
import type { TimingPolicy } from '../domain/policy/policy';
import { DEFAULTS } from './defaults';
import { durationField, formatDuration, ratioField } from './duration';

const nameField = z.string().regex(/^[a-z0-9._-]{1,63}$/, 'must be 1 to 63 of a-z, 0-9, dot, underscore and dash');
const labelsField = z.record(z.string(), z.string());

/** An adapter's own keys stand beside ours; each option of its union gets them. */
function beside(union: z.ZodDiscriminatedUnion, shape: z.ZodRawShape): z.ZodDiscriminatedUnion {
  const [first, ...rest] = union.options.map((option) => {
    if (!(option instanceof z.ZodObject)) throw new Error('an adapter schema must be an object');
    return option.safeExtend(shape);
  });
  if (!first) throw new Error('a port needs at least one adapter');
  return z.discriminatedUnion('type', [first, ...rest]);
}

const targetShape = {
  name: nameField.optional().describe('name of the target; a single target may go by the name of the service'),
  labels: labelsField.default({}).describe('what it is, for choosing: region, segment, feature'),
  behind: nameField
    .optional()
    .describe('name of the target through which its traffic comes: it goes back after that one, and is counted there'),
  prepare: adapterSchemas.prepareHooks
    .optional()
    .describe('what starts a revision where the target cannot: an http or exec address that is asked to prepare'),
};
const metricShape = {
  name: z.string().min(1).optional().describe('what people call it; by default its kind'),
  kind: z.enum(['errors', 'latency', 'saturation']).default(DEFAULTS.metric.kind).describe('which trouble it shows'),
  objective: ratioField.optional().describe('highest acceptable share of bad events, 0.01 or 1%'),
  threshold: z
    .number()
    .optional()
    .describe(
      'of a gauge, the value above which it is harmed; of events, how many an hour at full traffic are no harm',
    ),
  margin: z
    .strictObject({
      factor: z.number().min(1, 'must be at least 1').optional().describe('by default 1.5'),
      delta: z.number().min(0, 'must be at least 0').optional().describe('on top of it, in its own unit; by default 0'),
    })
    .optional()
    .describe("of a gauge: up to so many times the suspect's value, and so much on top, it is not harmed"),
  critical: z.boolean().optional().describe('its harm counts twice among all that may stop a phase; by default once'),
};

const MOST_LABELS = 4;
const labelList = (what: string) =>
  z
    .array(z.string().min(1))
    .min(1, `names no label; leave it out where nothing ${what}`)
    .max(MOST_LABELS, 'names too many labels; each makes it harder to prove anything by the others')
    .refine((labels) => new Set(labels).size === labels.length, 'names a label twice');

/** Our own keys of a target and a metric, for reading them where the adapter's type is unknown. */
export const ownKeys = { targets: z.object(targetShape), metrics: z.object(metricShape) } as const;

/** One duration of a table of defaults, with its default in its description. */
function duration(what: string, usualMs: number, leastMs = 0): z.ZodOptional<z.ZodType<number, string>> {
  return durationField(leastMs)
    .optional()
    .describe(`${what}; by default ${formatDuration(usualMs)}`);
}

const { timing, alerts } = DEFAULTS;

/** The durations of a rollback. */
export const timingEntry = z.strictObject({
  interval: duration('between two samples of the metrics', timing.intervalMs, 50),
  settle: duration('after a shift, while what is seen counts for neither revision', timing.settleMs),
  longestBake: duration('a phase without a verdict by then asks a person', timing.longestBakeMs, 1),
  soak: duration('watching after everything is back', timing.soakMs),
  noData: duration('without usable metrics for this long a person is asked', timing.noDataMs, 1),
  quiet: duration('counters flat for this long mean that there is no traffic', timing.quietMs, 1),
  capacity: duration('patience for the old revision to become ready', timing.capacityMs),
  approval: duration('an approval not given by then pages again', timing.approvalMs, 1),
  reminder: duration('between reminders of whatever else waits for a person', timing.reminderMs, 1),
  knowledge: duration('plan and checks older than this are renewed before something moves', timing.knowledgeMs, 1),
  reliefWithin: duration('phases are merged until full relief is expected by then', timing.reliefWithinMs),
  keepWarm: duration('the suspect should stay able to take the traffic back for this long', timing.keepWarmMs),
  watchAfter: duration('after a rollback its targets are watched for drift for this long', timing.watchAfterMs),
} satisfies { [Key in keyof TimingPolicy as Key extends `${infer Name}Ms` ? Name : never]: z.ZodType });

const alertsEntry = z.strictObject({
  match: labelsField.optional().describe('labels that an alert must have as well'),
  severities: z
    .array(z.enum(['critical', 'warning', 'info']))
    .min(1)
    .optional()
    .describe('which alerts may start a rollback; by default critical'),
  stale: duration('an alert that arrives later than this after it was sent starts nothing', alerts.staleMs),
  blameWindow: duration('a release older than this when the alert began is not blamed', alerts.blameWindowMs),
  coolDown: duration('after a rollback, alerts start no other for this long', alerts.coolDownMs),
  knownGood: duration('a revision that served this long is known good', alerts.knownGoodMs),
});

/** A phase written by hand. */
export const phaseEntry = z.strictObject({
  name: z.string().min(1).describe('what people call it'),
  select: labelsField.default({}).describe('labels of the targets that it concerns; all without'),
  weight: z.number().min(0).max(100).describe('percent of each of them on the old revision'),
  approval: z.enum(['required', 'automatic']).default('automatic').describe('whether a person must agree before it'),
});

/** One service of the file. */
export const serviceSchema = z.strictObject({
  name: nameField.describe('name of the service'),
  environment: nameField.optional().describe(`by default ${DEFAULTS.environment}`),
  mode: z
    .enum(['observe', 'ask', 'auto'])
    .optional()
    .describe(`how far alerts go without a person; by default ${DEFAULTS.mode}`),
  pace: z
    .enum(['surgical', 'balanced', 'express'])
    .optional()
    .describe(`how fast a rollback widens; by default ${DEFAULTS.pace}`),
  targets: z
    .array(beside(adapterSchemas.targets, targetShape))
    .min(1, 'needs at least one target')
    .describe('where the service runs, in the order in which it goes back'),
  metrics: z
    .array(beside(adapterSchemas.metrics, metricShape))
    .default([])
    .describe('what a phase is judged by; one of them, by the cause, gets better, and at most six others no worse'),
  phases: z.array(phaseEntry).default([]).describe('phases by hand, instead of those of the pace'),
  checks: z.array(adapterSchemas.checks).default([]).describe('readiness checks besides the built-in ones'),
  notify: z.array(adapterSchemas.notifiers).optional().describe('whom to tell; by default the log'),
  archive: adapterSchemas.archives.optional().describe('where reports are kept; by default a folder beside this file'),
  alerts: alertsEntry.optional().describe('which alerts count, and when'),
  timing: timingEntry.optional().describe('every duration of a rollback'),
  onHalt: z
    .enum(['stay', 'unwind', 'now'])
    .optional()
    .describe(`what happens by itself at a halt; by default ${DEFAULTS.onHalt}`),
  onThinEvidence: z
    .enum(['ask', 'advance'])
    .optional()
    .describe(`with too few requests to tell; by default ${DEFAULTS.onThinEvidence}`),
  onCoupled: z
    .enum(['ask', 'widen'])
    .optional()
    .describe(`when old and new fail together; by default ${DEFAULTS.onCoupled}`),
  burst: z
    .strictObject({
      phi: z.number().min(1).max(20).optional().describe('largest clump in which bad events come'),
      minIntervals: z.number().int().min(1).max(9).optional().describe('intervals that any verdict needs'),
    })
    .optional()
    .describe('how errors clump, instead of what history shows'),
  margins: z
    .strictObject({
      help: z
        .number()
        .gt(0, 'must be above 0: nothing fails less often than never')
        .max(1, 'must be at most 1: more often is no help')
        .optional()
        .describe('it helps where the old revision fails at most this often, the suspect being 1; by default 0.7'),
      harm: z
        .strictObject({
          factor: z.number().min(1, 'must be at least 1').optional().describe('by default 1.5'),
          delta: ratioField.optional().describe('on top of it, 0.01 or 1%; by default 1%'),
        })
        .optional()
        .describe("up to so many times the suspect's share, and so much on top, nothing is harmed"),
    })
    .optional()
    .describe('what counts as help and as harm, set in advance'),
  assess: z
    .strictObject({
      splitBy: labelList('is to be split')
        .optional()
        .describe('labels of metrics or targets by which failures are told apart, such as region and route'),
      classes: labelList('is to be told')
        .optional()
        .describe(
          'labels of metrics that say of what class a failure is, such as code; asked where the old revision is worse',
        ),
    })
    .optional()
    .describe('what is asked about the trouble; by default nothing that costs a query'),
  guardProof: z
    .enum(['required', 'best-effort'])
    .optional()
    .describe(`what the other metrics need before a phase goes on; by default ${DEFAULTS.guardProof}`),
});

const tokenEntry = z.strictObject({
  name: nameField.describe('whose it is; it signs what is done with it'),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be the hex SHA-256 of the token, never the token'),
  role: z.enum(['viewer', 'operator', 'approver', 'admin']).describe('what it may do'),
});

const gatewaySchema = z.strictObject({
  host: z.string().min(1).optional().describe(`by default ${DEFAULTS.gateway.host}; others need tokens`),
  port: z.number().int().min(1).max(65_535).optional().describe(`by default ${DEFAULTS.gateway.port}`),
  tokens: z.array(tokenEntry).default([]).describe('who may call; without any it listens on loopback only'),
  alertSources: z
    .record(nameField, adapterSchemas.alertSources)
    .optional()
    .describe(
      'webhook formats by the name in their path, besides alertmanager, which is unsigned unless it is named here',
    ),
});

const { automaticAtOnce, commonCause } = DEFAULTS.environments;

/** An environment as a whole. */
const environmentSchema = z.strictObject({
  automaticAtOnce: z
    .number()
    .int()
    .min(0)
    .max(1_000)
    .optional()
    .describe(`automatic rollbacks under way at once; others ask; by default ${automaticAtOnce}`),
  commonCause: z
    .strictObject({
      services: z
        .number()
        .int()
        .min(2, 'must be 2 or more: one service alone has nothing in common with another')
        .max(1_000)
        .optional()
        .describe(`so many services that alert together stop what is automatic; by default ${commonCause.services}`),
      within: duration('together means within this long', commonCause.withinMs, 1_000),
    })
    .optional()
    .describe('when alerts of many services are taken for one trouble'),
  notify: z
    .array(adapterSchemas.notifiers)
    .optional()
    .describe('whom to tell of what concerns the environment; by default everybody whom its services name'),
});

/** The whole file, but for what is inside each service. */
export const fileSchema = z.strictObject({
  apiVersion: z
    .literal('phased-rollback/v1', { error: 'must be phased-rollback/v1; no service is read from another format' })
    .describe('format of this file'),
  gateway: gatewaySchema.optional().describe('the way in for alerts, people and pipelines'),
  environments: z.record(nameField, environmentSchema).optional().describe('limits of automation, by environment'),
  services: z.array(z.unknown()).min(1, 'needs at least one service').describe('every service that can be taken back'),
});

/** A service as the file gives it, defaults not yet filled in. */
export type ServiceEntry = z.infer<typeof serviceSchema>;

/** An environment as the file gives it. */
export type EnvironmentEntry = z.infer<typeof environmentSchema>;

/** The gateway's part as the file gives it. */
export type GatewayEntry = z.infer<typeof gatewaySchema>;
