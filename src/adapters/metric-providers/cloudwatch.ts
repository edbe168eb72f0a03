import { z } from 'zod';
import { limitedTo, TerminalError } from '../../ports';
import type { MetricProvider } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { urlField } from '../fields';
import { metricKind } from '../kinds';
import { BucketProvider } from './bucket-provider';
import type { CohortBucket } from './bucket-provider';
import { queryCloudwatch } from './cloudwatch-api';

const nameField = z
  .string()
  .max(255)
  .regex(/^[!-9;-~][ -~]*$/, 'must be printable ASCII and not begin with a colon or a space');
const VALUE_RULE = 'up to 1024 printable ASCII characters, not only spaces';
const valueField = z.string().refine(isKept, `must be the value of a dimension: ${VALUE_RULE}`);
const countField = z.strictObject({
  name: nameField.describe('name of the metric'),
  statistic: z
    .enum(['Sum', 'SampleCount'])
    .default('Sum')
    .describe('what is counted: what was published, or how often'),
  dimensions: z.record(nameField, valueField).default({}).describe('every other dimension that it is published with'),
});

/** Counts in Amazon CloudWatch, by GetMetricData. */
export const cloudwatchSchema = z.strictObject({
  type: z.literal('cloudwatch'),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be a region, such as eu-west-1')
    .optional()
    .describe('AWS_REGION, where it is left out'),
  endpoint: urlField.optional().describe('of a VPC endpoint'),
  namespace: nameField,
  revisionLabel: nameField.default('Version').describe('dimension that names the revision'),
  targetLabel: nameField.optional().describe('dimension that names the target, where there are several'),
  requests: countField.describe('what counts all requests'),
  bad: countField.describe('what counts the bad ones among them'),
  bucketSeconds: z
    .union([z.literal(10), z.literal(30), z.literal(60)])
    .default(60)
    .describe('less than 60 only for metrics of high resolution'),
  delayMs: z.number().int().min(0).max(600_000).default(120_000).describe('how long its data takes to arrive'),
  timeoutMs: z.number().int().min(100).max(5000).default(4000),
});

/** Configuration of a `cloudwatch` provider. */
export type CloudwatchConfig = z.infer<typeof cloudwatchSchema>;

/** A day of minutes; more is read in larger buckets. */
const MOST_BUCKETS = 1440;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Counts increments in whole buckets; CloudWatch knows no counters. */
export function cloudwatchProvider(config: CloudwatchConfig, deps: AdapterDependencies): MetricProvider {
  const { region, endpoint, delayMs, targetLabel, timeoutMs } = config;
  const bucketMs = config.bucketSeconds * 1000;
  return new BucketProvider({
    delayMs,
    bucketMs,
    targetLabel,
    mostBuckets: MOST_BUCKETS,
    finestMs: (from) => Math.max(bucketMs, keptMs(deps.now() - from)),
    async read({ revisions, targets, ...span }, signal) {
      const cohorts = targets.flatMap((target) => revisions.map((revision) => ({ target, revision })));
      const counts = cohorts.flatMap((cohort) => [
        countOf(config, config.requests, cohort),
        countOf(config, config.bad, cohort),
      ]);
      const limit = limitedTo(signal, timeoutMs);
      const found = await queryCloudwatch({ region, endpoint, counts, ...span }, limit);
      return cohorts.flatMap((cohort, index) => {
        const [requests = new Map(), bad = new Map()] = found.slice(2 * index, 2 * index + 2);
        return bucketsOf(cohort, requests, bad, span.bucketMs);
      });
    },
  });
}

/** What CloudWatch keeps of data of this age; asked for less it answers with nothing. */
function keptMs(ageMs: number): number {
  if (ageMs < 3 * HOUR_MS) return 0;
  if (ageMs < 15 * DAY_MS) return 60_000;
  return ageMs < 63 * DAY_MS ? 300_000 : HOUR_MS;
}

/** Dimensions are matched exactly and all of them: nothing in a value can widen what is counted. */
function countOf(
  { namespace, revisionLabel, targetLabel }: CloudwatchConfig,
  { name, statistic, dimensions }: CloudwatchConfig['bad'],
  cohort: { readonly revision: string; readonly target: string },
) {
  const own = {
    [revisionLabel]: kept('revision', cohort.revision),
    ...(targetLabel === undefined ? {} : { [targetLabel]: kept('target', cohort.target) }),
  };
  return { namespace, name, statistic, dimensions: { ...dimensions, ...own } };
}

function kept(what: string, value: string): string {
  if (isKept(value)) return value;
  throw new TerminalError(
    'METRICS_MISCONFIGURED',
    `${what} ${value} cannot be the value of a dimension: ${VALUE_RULE}`,
  );
}

function isKept(value: string): boolean {
  return value.length <= 1024 && /^[ -~]*[!-~][ -~]*$/.test(value);
}

/** Counts side by side. No count beside requests is 0. */
function bucketsOf(
  cohort: { readonly revision: string; readonly target: string },
  requests: ReadonlyMap<number, number>,
  bad: ReadonlyMap<number, number>,
  bucketMs: number,
): readonly CohortBucket[] {
  return [...new Set([...requests.keys(), ...bad.keys()])].map((from) => ({
    ...cohort,
    from,
    to: from + bucketMs,
    requests: requests.get(from) ?? 0,
    bad: bad.get(from) ?? 0,
  }));
}

/** Amazon CloudWatch. */
export const cloudwatch = metricKind(cloudwatchSchema, cloudwatchProvider);
