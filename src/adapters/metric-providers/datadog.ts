import { z } from 'zod';
import { limitedTo, RetryableError, TerminalError } from '../../ports';
import type { MetricProvider, Sliced } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { secretField, urlField } from '../fields';
import { metricKind } from '../kinds';
import { demandLabel } from './asking';
import { BucketProvider } from './bucket-provider';
import type { BucketQuestion, CohortBucket } from './bucket-provider';
import { queryDatadog } from './datadog-api';
import type { TaggedCounts } from './datadog-api';

const nameField = z
  .string()
  .regex(/^[A-Za-z][\w.]*$/, 'must be the name of a metric: letters, digits, _ and . after the first letter');
const keyField = z
  .string()
  .regex(/^[A-Za-z][\w./-]*$/, 'must be the key of a tag: letters, digits, and _ . / - after the first letter');
const VALUE_RULE = 'letters, digits, and _ . : / - only, as Datadog keeps it: no __, no _ or : at the end';
const valueField = z.string().refine(isKept, `must be the value of a tag: ${VALUE_RULE}`);
const countField = z.strictObject({
  name: nameField.describe('a metric of type count'),
  tags: z.record(keyField, valueField).default({}).describe('tags with exact values'),
});

/** Counts in Datadog, by its timeseries API. */
export const datadogSchema = z.strictObject({
  type: z.literal('datadog'),
  url: urlField
    .default('https://api.datadoghq.com')
    .describe('API of your site: https://api.datadoghq.eu, https://api.us5.datadoghq.com'),
  apiKey: secretField,
  applicationKey: secretField.describe('an application key with the scope timeseries_query, and nothing more'),
  revisionLabel: keyField.default('version').describe('tag that names the revision'),
  targetLabel: keyField.optional().describe('tag that names the target, where there are several'),
  requests: countField.describe('what counts all requests'),
  bad: countField.describe('what counts the bad ones among them'),
  bucketSeconds: z.union([z.literal(20), z.literal(30), z.literal(60)]).default(30),
  delayMs: z.number().int().min(0).max(600_000).default(90_000).describe('how long its data takes to arrive'),
  timeoutMs: z.number().int().min(100).max(5000).default(4000),
});

/** Configuration of a `datadog` provider. */
export type DatadogConfig = z.infer<typeof datadogSchema>;

/** With more points for a series Datadog chooses the bucket. */
const MOST_BUCKETS = 1500;
const LONGEST_TAG = 200;

/** Counts increments in whole buckets; Datadog knows no counters. */
export function datadogProvider(config: DatadogConfig, deps: AdapterDependencies): MetricProvider & Sliced {
  const { url, apiKey, applicationKey, delayMs, revisionLabel, targetLabel, timeoutMs } = config;
  const bucketMs = config.bucketSeconds * 1000;
  return new BucketProvider({
    delayMs,
    bucketMs,
    revisionLabel,
    targetLabel,
    mostBuckets: MOST_BUCKETS,
    finestMs: () => bucketMs,
    async read(question, signal) {
      const { from, to } = question;
      const queries = [config.requests, config.bad].map((count) => queryFor(config, count, question));
      const limit = limitedTo(signal, timeoutMs);
      const keys = { api: deps.resolveSecret(apiKey), application: deps.resolveSecret(applicationKey) };
      const asked = { url, keys, queries, from, to, bucketMs: question.bucketMs, now: deps.now() };
      return cohortsOf(config, question, await queryDatadog(asked, limit));
    },
  });
}

/** `OR` and not `IN`: there a value stands behind its key, so that none is taken for an operator. */
function queryFor(
  { revisionLabel, targetLabel }: DatadogConfig,
  { name, tags }: DatadogConfig['bad'],
  { revisions, targets, bucketMs, label }: BucketQuestion,
): string {
  if (label !== undefined) demandLabel(label, keyField, 'a tag of Datadog');
  const where = [
    ...Object.entries(tags).map(([key, value]) => oneOf('tag', key, [value])),
    oneOf('revision', revisionLabel, revisions),
    ...(targetLabel === undefined ? [] : [oneOf('target', targetLabel, targets)]),
  ].join(' AND ');
  const by = [revisionLabel, targetLabel, label].filter((key) => key !== undefined).join(',');
  return `sum:${name}{${where}} by {${by}}.as_count().rollup(sum, ${bucketMs / 1000})`;
}

function oneOf(what: string, key: string, values: readonly string[]): string {
  const odd = values.find((value) => !isKept(value) || `${key}:${value}`.length > LONGEST_TAG);
  if (odd !== undefined)
    throw new TerminalError(
      'METRICS_MISCONFIGURED',
      `${what} ${odd} cannot be the value of the tag ${key}: ${VALUE_RULE}, ${LONGEST_TAG} characters with the key`,
    );
  const kept = values.map(asKept);
  if (new Set(kept).size < new Set(values).size)
    throw new TerminalError(
      'METRICS_MISCONFIGURED',
      `${what}s ${values.join(' and ')} are the same to Datadog, which keeps the tag ${key} in lower case`,
    );
  const each = kept.map((value) => `${key}:${value}`);
  return each.length === 1 ? each.join('') : `(${each.join(' OR ')})`;
}

/** Whether Datadog keeps it as it is, but for its case; only then it can be told from others, and ends no condition. */
function isKept(value: string): boolean {
  return /^[\w.:/-]*[A-Za-z0-9./-]$/.test(value) && !value.includes('__');
}

function asKept(value: string): string {
  return value.toLowerCase();
}

/** Counts of both queries side by side. No count beside requests is 0; a null is one that nothing was sent for. */
function cohortsOf(
  { revisionLabel, targetLabel }: DatadogConfig,
  { revisions, targets, bucketMs, label }: BucketQuestion,
  found: readonly TaggedCounts[],
): readonly CohortBucket[] {
  const buckets = new Map<string, CohortBucket>();
  const seen = new Set<string>();
  for (const { query, tags, points } of found) {
    const revision = revisions.find((each) => asKept(each) === tags[revisionLabel]);
    const target = targetLabel === undefined ? targets[0] : targets.find((each) => asKept(each) === tags[targetLabel]);
    if (revision === undefined || target === undefined) continue;
    const value = label === undefined ? undefined : valueOf(label, tags);
    const cohort = JSON.stringify([query, revision, target, value]);
    if (seen.has(cohort))
      throw new RetryableError('METRICS_UNREADABLE', `Datadog counted ${revision} of ${target} twice`);
    seen.add(cohort);
    for (const { at, count } of points) {
      const key = JSON.stringify([revision, target, value, at]);
      const told = value === undefined ? {} : { value };
      const empty = { revision, target, ...told, from: at, to: at + bucketMs, requests: 0, bad: 0 };
      buckets.set(key, { ...(buckets.get(key) ?? empty), [query === 0 ? 'requests' : 'bad']: count });
    }
  }
  return [...buckets.values()];
}

/** Datadog keeps keys in lower case as well, and says N/A of what lacks the tag. */
function valueOf(label: string, tags: TaggedCounts['tags']): string {
  const value = tags[label] ?? tags[asKept(label)] ?? '';
  return value.toUpperCase() === 'N/A' ? '' : value;
}

/** Datadog. */
export const datadog = metricKind(datadogSchema, datadogProvider);
