import { z } from 'zod';
import type { MetricReading } from '../../domain/judge/sample';
import { TerminalError } from '../../ports';
import type { History, MetricProvider, MetricQuery } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { secretField, urlField } from '../fields';
import { intervalsOf, newestEnd, spanToSum, summed } from './bucket-sums';
import { queryNerdGraph } from './nerdgraph';
import type { FacetBucket } from './nerdgraph';

const attributeField = z
  .string()
  .regex(/^[A-Za-z_][\w.:-]*$/, 'must be an attribute: letters, digits, and _ . : - after the first letter');
const wantedField = z.union([z.string(), z.number(), z.boolean(), z.strictObject({ atLeast: z.number() })]);
const conditionsField = z.record(attributeField, wantedField);

/** Counts events in New Relic, by NRQL over its GraphQL API (NerdGraph). */
export const newrelicSchema = z.strictObject({
  type: z.literal('newrelic'),
  url: urlField
    .default('https://api.newrelic.com/graphql')
    .describe('NerdGraph; https://api.eu.newrelic.com/graphql for accounts in the EU'),
  accountId: z.number().int().positive(),
  userKey: secretField.describe('a user key that may read this account, and nothing more'),
  event: attributeField.default('Transaction').describe('type of the events that are counted'),
  revisionLabel: attributeField.default('revision').describe('attribute that names the revision'),
  targetLabel: attributeField.optional().describe('attribute that names the target, where there are several'),
  requests: conditionsField
    .default({})
    .describe('which events are requests: attributes with exact values, or { atLeast: 0.5 }'),
  bad: conditionsField
    .refine((conditions) => Object.keys(conditions).length > 0, {
      message: 'needs a condition; without one every request would be bad',
    })
    .describe('which of the requests are bad'),
  // 20 s is what New Relic allows: at most 366 buckets in the two hours that are read.
  bucketSeconds: z.union([z.literal(20), z.literal(30), z.literal(60)]).default(30),
  delayMs: z.number().int().min(0).max(600_000).default(90_000).describe('how long its data takes to arrive'),
  timeoutMs: z.number().int().min(100).max(5000).default(4000),
});

/** Configuration of a `newrelic` provider. */
export type NewrelicConfig = z.infer<typeof newrelicSchema>;

const MOST_BUCKETS = 366;

/** Sums counts of whole buckets from the hour on; New Relic knows events, not counters. */
export class NewrelicProvider implements MetricProvider {
  private readonly config: NewrelicConfig;
  private readonly deps: AdapterDependencies;

  constructor(config: NewrelicConfig, deps: AdapterDependencies) {
    this.config = config;
    this.deps = deps;
  }

  delayMs(): number {
    return this.config.delayMs;
  }

  async collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<MetricReading> {
    const bucketMs = this.config.bucketSeconds * 1000;
    const span = { ...spanToSum(at, bucketMs), bucketMs };
    const buckets = await this.read(query, [query.current, query.stable], span, signal);
    const strata = query.targets.map((target) => {
      const own = buckets.filter((bucket) => this.isOf(bucket, target));
      const asOf = newestEnd(own) ?? span.to;
      const cohort = (revision: string) =>
        summed(
          revision,
          own.filter(({ facet }) => facet[0] === revision),
          asOf,
          bucketMs,
        );
      return { target, current: cohort(query.current), stable: cohort(query.stable) };
    });
    return { at, strata };
  }

  async history(query: MetricQuery, from: number, to: number, stepMs: number, signal: AbortSignal): Promise<History> {
    const wanted = Math.max(this.config.bucketSeconds * 1000, stepMs, (to - from) / MOST_BUCKETS);
    const bucketMs = Math.ceil(wanted / 1000) * 1000;
    const end = Math.floor(to / bucketMs) * bucketMs;
    const start = Math.ceil(from / bucketMs) * bucketMs;
    if (start >= end) return { kind: 'counts', intervals: [] };
    const buckets = await this.read(query, [query.current], { from: start, to: end, bucketMs }, signal);
    const own = buckets.filter((bucket) => query.targets.some((target) => this.isOf(bucket, target)));
    return { kind: 'counts', intervals: intervalsOf(own.filter(({ facet }) => facet[0] === query.current)) };
  }

  private async read(
    { targets }: MetricQuery,
    revisions: readonly string[],
    span: Span,
    signal: AbortSignal,
  ): Promise<readonly FacetBucket[]> {
    const { url, accountId, userKey, targetLabel, timeoutMs } = this.config;
    if (targetLabel === undefined && targets.length > 1)
      throw new TerminalError('METRICS_MISCONFIGURED', `"targetLabel" has to tell ${targets.join(' and ')} apart`);
    const nrql = nrqlFor(this.config, revisions, targets, span);
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const key = this.deps.resolveSecret(userKey);
    const buckets = await queryNerdGraph({ url, key, accountId, nrql, now: this.deps.now() }, limit);
    return buckets.filter(({ from, to }) => from >= span.from && to <= span.to);
  }

  private isOf({ facet }: FacetBucket, target: string): boolean {
    return this.config.targetLabel === undefined || facet[1] === target;
  }
}

/** What is read, in epoch milliseconds; whole buckets. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

/** Every value is quoted; attributes are checked by the schema. The limit leaves no cohort out. */
function nrqlFor(
  { event, revisionLabel, targetLabel, requests, bad }: NewrelicConfig,
  revisions: readonly string[],
  targets: readonly string[],
  { from, to, bucketMs }: Span,
): string {
  const oneOf = (attribute: string, values: readonly string[]): string =>
    `${named(attribute)} IN (${values.map(quoted).join(', ')})`;
  const where = [
    ...conditions(requests),
    oneOf(revisionLabel, revisions),
    ...(targetLabel === undefined ? [] : [oneOf(targetLabel, targets)]),
  ];
  const facets = [revisionLabel, ...(targetLabel === undefined ? [] : [targetLabel])].map(named);
  return [
    `SELECT count(*) AS 'requests', filter(count(*), WHERE ${conditions(bad).join(' AND ')}) AS 'bad'`,
    `FROM ${named(event)} WHERE ${where.join(' AND ')}`,
    `SINCE ${from} UNTIL ${to}`,
    `FACET ${facets.join(', ')} LIMIT ${revisions.length * targets.length}`,
    `TIMESERIES ${bucketMs / 1000} seconds`,
  ].join(' ');
}

function conditions(wanted: NewrelicConfig['bad']): readonly string[] {
  return Object.entries(wanted).map(([attribute, value]) => {
    if (typeof value === 'object') return `${named(attribute)} >= ${value.atLeast}`;
    if (typeof value === 'boolean') return `${named(attribute)} IS ${value}`;
    return `${named(attribute)} = ${typeof value === 'string' ? quoted(value) : value}`;
  });
}

function named(attribute: string): string {
  return `\`${attribute}\``;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}
