import { z } from 'zod';
import { limitedTo } from '../../ports';
import type { MetricProvider, Sliced } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { secretField, urlField } from '../fields';
import { metricKind } from '../kinds';
import { demandFew, demandLabel } from './asking';
import { BucketProvider } from './bucket-provider';
import type { BucketQuestion, CohortBucket } from './bucket-provider';
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
/** What New Relic shows of the facets of one question at most; of more it takes a selection of its own. */
const MOST_FACETS = 5_000;

/** Counts events in whole buckets; New Relic knows events, not counters. */
export function newrelicProvider(config: NewrelicConfig, deps: AdapterDependencies): MetricProvider & Sliced {
  const { url, accountId, userKey, delayMs, revisionLabel, targetLabel, timeoutMs } = config;
  const bucketMs = config.bucketSeconds * 1000;
  return new BucketProvider({
    delayMs,
    bucketMs,
    revisionLabel,
    targetLabel,
    mostBuckets: MOST_BUCKETS,
    finestMs: () => bucketMs,
    async read(question, signal) {
      const { label } = question;
      if (label !== undefined) demandLabel(label, attributeField, 'an attribute of New Relic');
      const limit = limitedTo(signal, timeoutMs);
      const key = deps.resolveSecret(userKey);
      const ask = (scope?: LabelScope): Promise<readonly FacetBucket[]> =>
        queryNerdGraph({ url, key, accountId, nrql: nrqlFor(config, question, scope), now: deps.now() }, limit);
      const cohorts = (rows: readonly FacetBucket[], isLabelled?: boolean): readonly CohortBucket[] =>
        rows.map((row) => cohortOf(targetLabel, question, row, isLabelled));
      if (label === undefined) return cohorts(await ask());
      // Facets leave out what lacks the attribute.
      const [having, lacking] = await Promise.all([ask({ label, has: true }), ask({ label, has: false })]);
      demandFew(url, new Set(having.map(({ facet }) => JSON.stringify(facet))).size, MOST_FACETS - 1);
      return [...cohorts(having, true), ...cohorts(lacking, false)];
    },
  });
}

/** The events that have an attribute, by its values, or those that lack it. */
interface LabelScope {
  readonly label: string;
  readonly has: boolean;
}

/** `isLabelled`: the last of the facet's values is that of the label; false where it has none, absent where none was asked for. */
function cohortOf(
  targetLabel: string | undefined,
  { targets: [only = ''] }: BucketQuestion,
  { facet, ...bucket }: FacetBucket,
  isLabelled?: boolean,
): CohortBucket {
  const [revision = '', target = ''] = facet;
  const value = isLabelled === undefined ? {} : { value: isLabelled ? (facet.at(-1) ?? '') : '' };
  return { ...bucket, revision, target: targetLabel === undefined ? only : target, ...value };
}

/** Every value is quoted; attributes are checked by the schema or before. The limit leaves no cohort out. */
function nrqlFor(
  { event, revisionLabel, targetLabel, requests, bad }: NewrelicConfig,
  { revisions, targets, from, to, bucketMs }: BucketQuestion,
  scope?: LabelScope,
): string {
  const oneOf = (attribute: string, values: readonly string[]): string =>
    `${named(attribute)} IN (${values.map(quoted).join(', ')})`;
  const where = [
    ...conditions(requests),
    oneOf(revisionLabel, revisions),
    ...(targetLabel === undefined ? [] : [oneOf(targetLabel, targets)]),
    ...(scope === undefined ? [] : [`${named(scope.label)} IS ${scope.has ? 'NOT NULL' : 'NULL'}`]),
  ];
  const label = scope?.has === true ? scope.label : undefined;
  const facets = [revisionLabel, targetLabel, label].filter((attribute) => attribute !== undefined).map(named);
  return [
    `SELECT count(*) AS 'requests', filter(count(*), WHERE ${conditions(bad).join(' AND ')}) AS 'bad'`,
    `FROM ${named(event)} WHERE ${where.join(' AND ')}`,
    `SINCE ${from} UNTIL ${to}`,
    `FACET ${facets.join(', ')} LIMIT ${label === undefined ? revisions.length * targets.length : MOST_FACETS}`,
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

/** New Relic. */
export const newrelic = metricKind(newrelicSchema, newrelicProvider);
