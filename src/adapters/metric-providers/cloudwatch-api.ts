import type { CloudWatchClient, GetMetricDataCommandInput, MetricDataQuery } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { RetryableError, TerminalError } from '../../ports';
import { isTransient } from '../http';
import { outsideJson, outsideText } from '../outside-text';
import { ask } from './asking';

/** One metric of exactly these dimensions. */
export interface CloudwatchCount {
  readonly namespace: string;
  readonly name: string;
  readonly statistic: 'Sum' | 'SampleCount';
  readonly dimensions: Readonly<Record<string, string>>;
}

/** Some metrics over the same whole buckets; times in epoch milliseconds. */
export interface CloudwatchQuestion {
  readonly region?: string;
  readonly endpoint?: string;
  readonly counts: readonly CloudwatchCount[];
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

/** What one metric counted, by the beginning of the bucket; NaN where CloudWatch says so. */
type Counted = ReadonlyMap<number, number>;

const MOST_PAGES = 20;
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
  const { counts, from, to, bucketMs } = question;
  const queries = counts.map((count, index) => queryOf(count, `q${index}`, bucketMs));
  const results: Result[] = [];
  let token: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const input = {
      MetricDataQueries: queries,
      StartTime: new Date(from),
      EndTime: new Date(to),
      ScanBy: 'TimestampAscending',
      NextToken: token,
    } as const;
    const answer = await orAborted(() => pageOf(question, input, signal), signal);
    refuseReservations(answer.Messages);
    results.push(...answer.MetricDataResults);
    token = answer.NextToken;
    if (token === undefined)
      return queries.map(({ Id }) =>
        countedBy(
          results.filter((each) => each.Id === Id),
          bucketMs,
        ),
      );
  }
  throw unreadable(`went on after ${MOST_PAGES} pages`);
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
function countedBy(parts: readonly Result[], bucketMs: number): Counted {
  const forbidden = parts.some(({ StatusCode }) => StatusCode === 'Forbidden');
  if (forbidden)
    throw new TerminalError('METRICS_MISCONFIGURED', 'CloudWatch forbids to read a metric that is asked for');
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

function refuseReservations(messages: Page['Messages'] = []): void {
  const said = messages.map(({ Code = '', Value = '' }) => `${Code} ${Value}`).join('; ');
  if (messages.length > 0) throw unreadable(`has reservations: ${outsideText(said)}`);
}

async function pageOf(
  question: CloudwatchQuestion,
  input: GetMetricDataCommandInput,
  signal: AbortSignal,
): Promise<Page> {
  // Not before it is needed: it takes a third of a second, and most workers never ask CloudWatch.
  const { GetMetricDataCommand } = await import('@aws-sdk/client-cloudwatch');
  const client = await clientFor(question);
  try {
    const read = pageSchema.safeParse(await client.send(new GetMetricDataCommand(input), { abortSignal: signal }));
    if (read.success) return read.data;
  } catch (error) {
    throw translated(error);
  }
  throw unreadable('did not answer with counts by bucket');
}

/** Kept by region and endpoint, for each looks up its credentials anew. */
const clients = new Map<string, CloudWatchClient>();

async function clientFor({ region, endpoint }: CloudwatchQuestion): Promise<CloudWatchClient> {
  const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch');
  const key = JSON.stringify([region, endpoint]);
  // Whoever asks decides when to ask again.
  const client =
    clients.get(key) ?? new CloudWatchClient({ region, endpoint, maxAttempts: 1, requestHandler: { handle } });
  clients.set(key, client);
  return client;
}

interface SignedRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly path: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends as every adapter does: bounded, tied to the signal, without following redirects; nothing that was sent comes back. */
async function handle(request: SignedRequest, { abortSignal }: { abortSignal?: AbortSignal } = {}) {
  const { protocol, hostname, port, path, method, body } = request;
  // The address says the host.
  const { host: _host, ...headers } = request.headers;
  const url = `${protocol}//${hostname}${port === undefined ? '' : `:${port}`}${path}`;
  const answer = await ask(url, { method, headers, body, signal: abortSignal ?? AbortSignal.timeout(5000) });
  const document = outsideJson(answer.body, sentWith(headers));
  const told = document === undefined ? 'no JSON' : JSON.stringify(document);
  return {
    response: { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: Buffer.from(told) },
  };
}

/** What of the credentials goes out: their name and the token of a session, never the key itself. */
function sentWith(headers: SignedRequest['headers']): readonly string[] {
  const [, name = ''] = /Credential=([^/]+)/.exec(headers['authorization'] ?? '') ?? [];
  return [name, headers['x-amz-security-token'] ?? ''];
}

const outsideErrorSchema = z.object({
  name: z.string(),
  message: z.string(),
  $metadata: z.object({ httpStatusCode: z.number().optional() }).optional(),
});

/** Throttled, or signed too long ago: clocks are set right and credentials renewed by the next attempt. */
const PASSES = /throttl|too ?many ?requests|rate exceeded|expired|not yet current|too ?skewed|in ?the ?future/i;

function translated(error: unknown): RetryableError | TerminalError {
  if (error instanceof RetryableError || error instanceof TerminalError) return error;
  const read = outsideErrorSchema.safeParse(error);
  if (!read.success) return unreadable('could not be asked');
  const { name, $metadata } = read.data;
  // The next line of the SDK's tells programmers where to look.
  const [message = ''] = read.data.message.split('\n');
  const status = $metadata?.httpStatusCode;
  if (name === 'CredentialsProviderError')
    return new RetryableError(
      'METRICS_UNREACHABLE',
      `CloudWatch was not asked, for lack of credentials: ${outsideText(message)}`,
    );
  if (message === 'Region is missing')
    return new TerminalError('METRICS_MISCONFIGURED', 'CloudWatch needs a "region", or AWS_REGION in the environment');
  const said = outsideText(`${name}: ${message}`);
  if (status === undefined || status === 200) return unreadable(`could not be read: ${said}`);
  const text = `CloudWatch answered ${status}: ${said}`;
  if (isTransient(status) || PASSES.test(`${name} ${message}`)) return new RetryableError('METRICS_UNREACHABLE', text);
  return new TerminalError('METRICS_MISCONFIGURED', text);
}

/** What looks up credentials hears no signal. */
async function orAborted<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const late = new RetryableError('METRICS_UNREACHABLE', 'CloudWatch: no answer in time');
  if (signal.aborted) throw late;
  const ended = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(late), { once: true });
  });
  return Promise.race([work(), ended]);
}

function unreadable(why: string): RetryableError {
  return new RetryableError('METRICS_UNREADABLE', `CloudWatch ${why}`);
}
