import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { TerminalError } from '../../ports';
import { outsideText } from '../outside-text';
import { pagesOf, unreadable } from './cloudwatch-client';
import type { CloudwatchPlace } from './cloudwatch-client';

/** One metric of exactly these dimensions. */
export interface CloudwatchCount {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: 'Sum' | 'SampleCount';
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Some metrics over the same whole buckets; times in epoch milliseconds. */
export interface CloudwatchQuestion extends CloudwatchPlace {
  readonly counts: readonly CloudwatchCount[];
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

/** What one metric counted, by the beginning of the bucket; NaN where CloudWatch says so. */
type Counted = ReadonlyMap<number, number>;

/** So many metrics may be asked for at once. */
const MOST_AT_ONCE = 500;
const messagesField = z.array(z.object({ Code: z.string().optional(), Value: z.string().optional() })).optional();
const pageSchema = z.object({
  MetricDataResults: z.array(
    z.object({
      Id: z.string(),
      StatusCode: z.enum(['Complete', 'PartialData', 'InternalError', 'Forbidden']),
      Timestamps: z.array(z.date()).default([]),
      Values: z.array(z.union([z.number(), z.nan()])).default([]),
      Messages: messagesField,
    }),
  ),
  Messages: messagesField,
  NextToken: z.string().optional(),
});
type Page = z.infer<typeof pageSchema>;
type Result = Page['MetricDataResults'][number];

/**
 * Asks CloudWatch, with the credentials that the environment has. One map for each count, in their order. What is
 * incomplete or cannot be read throws `METRICS_UNREADABLE`, what may be there later `METRICS_UNREACHABLE`, what nobody
 * can answer `METRICS_MISCONFIGURED`; empty maps are an answer.
 */
export async function queryCloudwatch(question: CloudwatchQuestion, signal: AbortSignal): Promise<readonly Counted[]> {
  const { counts } = question;
  const found: Counted[] = [];
  for (let from = 0; from < counts.length; from += MOST_AT_ONCE)
    found.push(...(await countedOf({ ...question, counts: counts.slice(from, from + MOST_AT_ONCE) }, signal)));
  return found;
}

async function countedOf(question: CloudwatchQuestion, signal: AbortSignal): Promise<readonly Counted[]> {
  const { counts, from, to, bucketMs, account } = question;
  const queries = counts.map((count, index) => ({
    ...queryOf(count, `q${index}`, bucketMs),
    ...(account === undefined ? {} : { AccountId: account }),
  }));
  const input = {
    MetricDataQueries: queries,
    StartTime: new Date(from),
    EndTime: new Date(to),
    ScanBy: 'TimestampAscending',
  } as const;
  const page = { schema: pageSchema, called: 'counts by bucket' };
  const pages = await pagesOf(
    question,
    page,
    (token) => (client, sdk) =>
      client.send(new sdk.GetMetricDataCommand({ ...input, NextToken: token }), { abortSignal: signal }),
    signal,
  );
  for (const { Messages } of pages) refuseReservations(Messages);
  const results = pages.flatMap(({ MetricDataResults }) => MetricDataResults);
  return queries.map(({ Id }) =>
    countedBy(
      results.filter((each) => each.Id === Id),
      question,
    ),
  );
}

function queryOf({ namespace, name, statistic, dimensions }: CloudwatchCount, id: string, bucketMs: number) {
  return {
    Id: id,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: name,
        Dimensions: Object.entries(dimensions).map(([key, value]) => ({ Name: key, Value: value })),
      },
      Period: bucketMs / 1000,
      Stat: statistic,
    },
  } satisfies MetricDataQuery;
}

/** The parts of one metric over all pages: the last one says whether it is complete. */
function countedBy(
  parts: readonly Result[],
  { bucketMs, account }: Pick<CloudwatchQuestion, 'bucketMs' | 'account'>,
): Counted {
  const forbidden = parts.some(({ StatusCode }) => StatusCode === 'Forbidden');
  if (forbidden)
    throw new TerminalError(
      'METRICS_MISCONFIGURED',
      `CloudWatch forbids to read a metric that is asked for${ofLinked(account)}`,
    );
  for (const { Messages } of parts) refuseReservations(Messages);
  const last = parts.at(-1)?.StatusCode ?? 'nothing';
  if (last !== 'Complete') throw unreadable(`answered in part (${last})`);
  if (parts.some(({ Timestamps, Values }) => Timestamps.length !== Values.length))
    throw unreadable('answered with counts that belong to nothing');
  const points = parts.flatMap(({ Timestamps, Values }) =>
    Timestamps.map((time, index): readonly [number, number] => [time.getTime(), Values[index] ?? Number.NaN]),
  );
  const counted = new Map(points);
  if (counted.size < points.length || points.some(([at]) => at % bucketMs !== 0))
    throw unreadable(`did not answer with one count for each ${bucketMs / 1000} s`);
  return counted;
}

function ofLinked(account: string | undefined): string {
  return account === undefined
    ? ''
    : ` of account ${account}: link it to the monitoring account whose credentials are used, and share its metrics`;
}

function refuseReservations(messages: Page['Messages'] = []): void {
  const said = messages.map(({ Code = '', Value = '' }) => `${Code} ${Value}`).join('; ');
  if (messages.length > 0) throw unreadable(`has reservations: ${outsideText(said)}`);
}
