import { z } from 'zod';
import { labelsField, secretField, urlField } from '../adapters';
import { DEFAULTS } from './defaults';
import { ratioField } from './duration';
import { failures, METRIC_SETS } from './metric-sets';
import type { MetricSetName, WrittenMetric } from './metric-sets';
import { listOf, memberOf } from './policy-text';
import type { PolicyText } from './policy-text';
import type { ConfigProblem } from './problem';
import { problemsOf } from './problems';

const SET_NAMES = Object.keys(METRIC_SETS) as [MetricSetName, ...MetricSetName[]];

/** The short form of `metrics`: a store, and a ready-made set or one counter of it. */
export const shortMetricsSchema = z
  .strictObject({
    prometheus: urlField.describe('where its API is, without /api/v1'),
    use: z
      .enum(SET_NAMES)
      .optional()
      .describe(`a ready-made set: ${SET_NAMES.map((name) => `${name} (${METRIC_SETS[name].what})`).join('; ')}`),
    counter: z.string().min(1).optional().describe('instead of a set: one counter of all requests'),
    bad: labelsField.optional().describe('labels of its bad ones, exact or /regular expressions/'),
    processed: z.string().min(1).optional().describe('of a queue: counter of all messages processed, failed ones too'),
    failed: z.string().min(1).optional().describe('of a queue: counter of those that failed'),
    lag: z.string().min(1).optional().describe('of a queue: gauge of how far behind it is'),
    labels: labelsField.optional().describe('labels that every counter must have, such as the name of the service'),
    revisionLabel: z.string().min(1).optional().describe('label that names the revision; each set has its own default'),
    targetLabel: z
      .string()
      .min(1)
      .optional()
      .describe(`label that names the target, where there are several; ${DEFAULTS.metric.targetLabel} without`),
    targets: z.record(z.string(), labelsField).optional().describe('labels of each target, instead of targetLabel'),
    instanceLabels: z.array(z.string()).optional().describe('labels that tell processes apart'),
    token: secretField.optional().describe('bearer token'),
    tenant: z.string().min(1).optional().describe('tenant of a shared store (X-Scope-OrgID)'),
    objective: ratioField.optional().describe('highest acceptable share of failures, 0.01 or 1%'),
  })
  .superRefine((short, context) => {
    for (const { key, message } of lacks(short)) context.addIssue({ code: 'custom', path: [key], message });
  });

type ShortMetrics = z.infer<typeof shortMetricsSchema>;

/** The whole stanza with its metrics written out, where they are in the short form. */
export function withWholeMetrics(
  text: PolicyText,
  at: readonly PropertyKey[],
): { readonly entry: unknown; readonly problems: readonly ConfigProblem[] } {
  const entry = text.valueAt(at);
  const short = memberOf(entry, 'metrics');
  if (!isShort(short) || typeof entry !== 'object') return { entry, problems: [] };
  const above = [...at, 'metrics'];
  const parsed = shortMetricsSchema.safeParse(short);
  if (parsed.success) return { entry: { ...entry, metrics: writtenOut(parsed.data, entry) }, problems: [] };
  const problems = problemsOf(parsed.error.issues, { schema: shortMetricsSchema, above, text });
  return { entry: { ...entry, metrics: [] }, problems };
}

/** True for metrics that are written in the short form, right or wrong. */
export function isShort(metrics: unknown): boolean {
  return typeof metrics === 'object' && metrics !== null && !Array.isArray(metrics);
}

/** The targets of a stanza at which requests are counted: one that stands behind another has none of its own. */
export function countedTargets(entry: unknown): readonly unknown[] {
  return listOf(entry, 'targets').filter((target) => memberOf(target, 'behind') === undefined);
}

/** What all targets of a stanza say of their backend, where it is the same. */
function sharedBackend(entry: unknown): string | undefined {
  const backends = new Set(countedTargets(entry).map((target) => memberOf(target, 'backend')));
  const [backend] = backends;
  return backends.size === 1 && typeof backend === 'string' ? backend : undefined;
}

/** By which label targets are told apart: what counts for all of them would count for each of them otherwise. */
function apart({ targetLabel, targets }: ShortMetrics, entry: unknown): Pick<ShortMetrics, 'targetLabel'> {
  const isTold = targetLabel !== undefined || targets !== undefined;
  return isTold || countedTargets(entry).length < 2 ? {} : { targetLabel: DEFAULTS.metric.targetLabel };
}

function writtenOut(short: ShortMetrics, entry: unknown): readonly WrittenMetric[] {
  const { prometheus, use, counter, bad, processed, failed, lag, labels = {}, ...given } = short;
  const backend = sharedBackend(entry);
  const revisionLabel = given.revisionLabel ?? (use ? METRIC_SETS[use].revisionLabel : 'version');
  const shared = { type: 'prometheus', url: prometheus, ...given, ...apart(short, entry), revisionLabel };
  const input = { shared, labels, ...(backend === undefined ? {} : { backend }), names: { processed, failed, lag } };
  return use ? METRIC_SETS[use].metrics(input) : [failures(input, counter ?? '', bad ?? {})];
}

interface Lack {
  readonly key: string;
  readonly message: string;
}

function lacks(short: ShortMetrics): readonly Lack[] {
  const { use, counter, bad } = short;
  if (use && counter !== undefined)
    return [{ key: 'counter', message: `stands beside "use: ${use}"; take a set or a counter` }];
  if (use) return [...alien(short, 'bad', 'it belongs to "counter"'), ...ofQueue(short)];
  if (counter === undefined)
    return [{ key: 'use', message: `is missing; there is ${SET_NAMES.join(', ')}, or "counter" with "bad"` }];
  const without = { key: 'bad', message: `is missing; say which ones of ${counter} are bad, such as { code: /5../ }` };
  return [...(bad ? [] : [without]), ...ofQueue(short)];
}

function ofQueue(short: ShortMetrics): readonly Lack[] {
  const keys = ['processed', 'failed', 'lag'] as const;
  if (short.use !== 'queue') return keys.flatMap((key) => alien(short, key, 'it belongs to "use: queue"'));
  return (['processed', 'failed'] as const).flatMap((key) =>
    short[key] === undefined
      ? [{ key, message: 'is missing; no convention names the counters of a queue, so say yours' }]
      : [],
  );
}

function alien(short: ShortMetrics, key: keyof ShortMetrics, why: string): readonly Lack[] {
  return short[key] === undefined ? [] : [{ key, message: `says nothing here: ${why}` }];
}
