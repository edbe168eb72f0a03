import { z } from 'zod';
import { limitedTo, TerminalError } from '../../ports';
import type { MetricProvider, Sliced } from '../../ports';
import type { AdapterDependencies } from '../dependencies';
import { urlField } from '../fields';
import { metricKind } from '../kinds';
import { demandFew, demandLabel } from './asking';
import { BucketProvider } from './bucket-provider';
import type { BucketQuestion, CohortBucket } from './bucket-provider';
import { queryCloudwatch } from './cloudwatch-api';
import { unreadable } from './cloudwatch-client';
import { listValues } from './cloudwatch-values';

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

const regionField = z.string().regex(/^[a-z0-9-]+$/, 'must be a region, such as eu-west-1');
const ACCOUNT_RULE = "must be the 12 digits of an account as a text, in quotes: '111122223333'";
const accountField = z.string(ACCOUNT_RULE).regex(/^\d{12}$/, ACCOUNT_RULE);

/** Counts in Amazon CloudWatch, by GetMetricData. */
export const cloudwatchSchema = z
  .strictObject({
    type: z.literal('cloudwatch'),
    region: regionField.optional().describe('AWS_REGION, where it is left out'),
    regions: z
      .record(z.string(), regionField)
      .optional()
      .describe('region of each target, where their metrics are in several'),
    account: accountField
      .optional()
      .describe('linked to the account whose credentials are used, which is asked of itself where it is left out'),
    accounts: z
      .record(z.string(), accountField)
      .optional()
      .describe('account of each target, where their metrics are in several'),
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
  })
  .superRefine(({ region, regions, account, accounts }, context) => {
    if (region !== undefined && regions !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['regions'],
        message: 'stands beside "region"; one of them says where',
      });
    if (account !== undefined && accounts !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['accounts'],
        message: 'stands beside "account"; one of them says whose',
      });
  });

/** Configuration of a `cloudwatch` provider. */
export type CloudwatchConfig = z.infer<typeof cloudwatchSchema>;

/** A day of minutes; more is read in larger buckets. */
const MOST_BUCKETS = 1440;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Counts increments in whole buckets; CloudWatch knows no counters. */
export function cloudwatchProvider(config: CloudwatchConfig, deps: AdapterDependencies): MetricProvider & Sliced {
  const { regions, accounts, delayMs, revisionLabel, targetLabel, timeoutMs } = config;
  const bucketMs = config.bucketSeconds * 1000;
  return new BucketProvider({
    delayMs,
    bucketMs,
    revisionLabel,
    targetLabel,
    areApart: regions !== undefined || accounts !== undefined,
    mostBuckets: MOST_BUCKETS,
    finestMs: (from) => Math.max(bucketMs, keptMs(deps.now() - from)),
    async read(question, signal) {
      const limit = limitedTo(signal, timeoutMs);
      const places = placesOf(config, question.targets);
      const found = await Promise.all(
        places.map(({ region, account, targets }) =>
          readIn({ ...config, region, account }, { ...question, targets }, deps.now() - question.from, limit),
        ),
      );
      return found.flat();
    },
  });
}

/** Where some targets are counted. */
interface Place {
  readonly region: string | undefined;
  readonly account: string | undefined;
  readonly targets: readonly string[];
}

/**
 * The regions and accounts in which targets are counted. Throws `METRICS_MISCONFIGURED` for a target that is in none, and for
 * two in one that nothing tells apart.
 */
function placesOf(config: CloudwatchConfig, targets: readonly string[]): readonly Place[] {
  const { region, regions, account, accounts, targetLabel } = config;
  if (regions === undefined && accounts === undefined) return [{ region, account, targets }];
  const places = new Map<string, Place>();
  for (const target of targets) {
    const own = {
      region: regions === undefined ? region : ownOf(target, regions, 'region'),
      account: accounts === undefined ? account : ownOf(target, accounts, 'account'),
    };
    const key = JSON.stringify([own.region, own.account]);
    places.set(key, { ...own, targets: [...(places.get(key)?.targets ?? []), target] });
  }
  const mixed = [...places.values()].find((place) => place.targets.length > 1);
  if (mixed && targetLabel === undefined)
    throw misconfigured(
      `"targetLabel" has to tell ${mixed.targets.join(' and ')} apart, which are all in ${said(mixed)}`,
    );
  return [...places.values()];
}

function ownOf(target: string, places: Readonly<Record<string, string>>, kind: 'region' | 'account'): string {
  const own = Object.hasOwn(places, target) ? places[target] : undefined;
  if (own === undefined) throw misconfigured(`no ${kind} for target ${target} in "${kind}s"`);
  return own;
}

function said({ region, account }: Place): string {
  const parts = [...(account === undefined ? [] : [`account ${account}`]), ...(region === undefined ? [] : [region])];
  return parts.join(' and ');
}

async function readIn(
  config: CloudwatchConfig,
  question: BucketQuestion,
  ageMs: number,
  signal: AbortSignal,
): Promise<readonly CohortBucket[]> {
  const { label, from, to, bucketMs } = question;
  const { region, account, endpoint } = config;
  const whole = cohortsOf(question);
  const values = label === undefined ? [] : await valuesOf(config, label, ageMs, signal);
  const cohorts = [...whole, ...whole.flatMap((cohort) => values.map((value) => ({ ...cohort, value })))];
  const counts = cohorts.flatMap((cohort) => [
    countOf(config, config.requests, cohort, label),
    countOf(config, config.bad, cohort, label),
  ]);
  demandFew('CloudWatch', counts.length);
  const found = await queryCloudwatch({ region, account, endpoint, counts, from, to, bucketMs }, signal);
  const buckets = cohorts.flatMap((cohort, index) => {
    const [requests = new Map(), bad = new Map()] = found.slice(2 * index, 2 * index + 2);
    return bucketsOf(cohort, requests, bad, bucketMs);
  });
  return label === undefined ? buckets : withRest(buckets, label);
}

/** What is asked for: a revision on a target, or one value of a label of it. */
type Cohort = Pick<CohortBucket, 'revision' | 'target' | 'value'>;

function cohortsOf({ revisions, targets }: BucketQuestion): readonly Cohort[] {
  return targets.flatMap((target) => revisions.map((revision) => ({ target, revision })));
}

/** The values that requests have of a dimension beside all of theirs, whatever their revision and target. */
function valuesOf(
  { region, account, endpoint, namespace, revisionLabel, targetLabel, requests, bad }: CloudwatchConfig,
  label: string,
  ageMs: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  demandLabel(label, nameField, 'a dimension of CloudWatch');
  if ([requests, bad].some(({ dimensions }) => Object.hasOwn(dimensions, label)))
    throw misconfigured(`"dimensions" give ${label} one value for all that is counted`);
  const others = [revisionLabel, ...(targetLabel === undefined ? [] : [targetLabel])];
  const dimensions = { ...requests.dimensions, ...Object.fromEntries(others.map((name) => [name, undefined])) };
  const { name } = requests;
  const isRecent = ageMs < 3 * HOUR_MS;
  return listValues({ region, account, endpoint, namespace, name, dimensions, label, isRecent }, signal);
}

/**
 * What is published by a dimension is published without it as well; what is left of that after all of its values is what
 * lacks the dimension. Throws `METRICS_UNREADABLE` where the values hold more.
 */
function withRest(buckets: readonly CohortBucket[], label: string): readonly CohortBucket[] {
  const [whole, parts] = [buckets.filter(({ value }) => value === undefined), buckets.filter(isPart)];
  const sumOf = (each: readonly CohortBucket[], count: 'requests' | 'bad'): number =>
    each.reduce((sum, bucket) => sum + bucket[count], 0);
  if (sumOf(parts, 'requests') > sumOf(whole, 'requests'))
    throw unreadable(
      `counted more requests with ${label} than in all; requests have to be published without it as well`,
    );
  const partsIn = new Map<string, CohortBucket[]>();
  const keyOf = ({ revision, target, from }: CohortBucket): string => JSON.stringify([revision, target, from]);
  for (const part of parts) partsIn.set(keyOf(part), [...(partsIn.get(keyOf(part)) ?? []), part]);
  const rest = whole.map((bucket) => {
    const own = partsIn.get(keyOf(bucket)) ?? [];
    const left = (count: 'requests' | 'bad'): number => Math.max(0, bucket[count] - sumOf(own, count));
    return { ...bucket, value: '', requests: left('requests'), bad: left('bad') };
  });
  return [...parts, ...rest];
}

function isPart({ value }: CohortBucket): boolean {
  return value !== undefined;
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
  cohort: Cohort,
  label?: string,
) {
  const own = {
    [revisionLabel]: kept('revision', cohort.revision),
    ...(targetLabel === undefined ? {} : { [targetLabel]: kept('target', cohort.target) }),
    ...(label === undefined || cohort.value === undefined ? {} : { [label]: cohort.value }),
  };
  return { namespace, name, statistic, dimensions: { ...dimensions, ...own } };
}

function kept(what: string, value: string): string {
  if (isKept(value)) return value;
  throw misconfigured(`${what} ${value} cannot be the value of a dimension: ${VALUE_RULE}`);
}

function isKept(value: string): boolean {
  return value.length <= 1024 && /^[ -~]*[!-~][ -~]*$/.test(value);
}

/** Counts side by side. No count beside requests is 0. */
function bucketsOf(
  cohort: Cohort,
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

function misconfigured(message: string): TerminalError {
  return new TerminalError('METRICS_MISCONFIGURED', message);
}

/** Amazon CloudWatch. */
export const cloudwatch = metricKind(cloudwatchSchema, cloudwatchProvider);
