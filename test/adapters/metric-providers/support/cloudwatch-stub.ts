import { bodyOf, listen, send } from '../../support/loopback';
import type { Loopback } from '../../support/loopback';
import type { StubEvents } from './bucket-suite';

/** One metric of a question. */
interface AskedMetric {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

/** What one question held. */
export interface AskedOfCloudwatch {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: {
    readonly MetricDataQueries: readonly AskedMetric[];
    readonly StartTime: number;
    readonly EndTime: number;
    readonly NextToken?: string;
  };
}

/** The documented shape of one metric's part of an answer; `at` in epoch milliseconds. */
export function cloudwatchResult(
  id: string,
  points: readonly (readonly [at: number, value: unknown])[],
  status = 'Complete',
): object {
  return {
    Id: id,
    Label: id,
    StatusCode: status,
    Timestamps: points.map(([at]) => at / 1000),
    Values: points.map(([, value]) => value),
  };
}

/**
 * Stands in for CloudWatch, which cannot run here, in the JSON form of its API that the SDK speaks: it answers every
 * metric that is asked for, those of unknown dimensions without any points. A metric whose name ends in `Errors` counts
 * the bad ones.
 */
export async function startCloudwatchStub(
  events: StubEvents[],
): Promise<Loopback & { readonly asked: readonly AskedOfCloudwatch[] }> {
  const asked: AskedOfCloudwatch[] = [];
  const server = await listen((request, response) => {
    void bodyOf(request).then((text) => {
      const body: AskedOfCloudwatch['body'] = JSON.parse(text);
      asked.push({ headers: request.headers, body });
      const results = body.MetricDataQueries.map((query) => resultOf(query, body, events));
      send(response, 200, { MetricDataResults: results, Messages: [] }, JSON_1_0);
    });
  });
  return { ...server, asked };
}

/** Headers of an answer. */
export const JSON_1_0 = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'request-1' };

function resultOf(
  { Id, MetricStat: { Metric, Period } }: AskedMetric,
  { StartTime, EndTime }: AskedOfCloudwatch['body'],
  events: readonly StubEvents[],
): object {
  const bucketMs = Period * 1000;
  const field = Metric.MetricName.endsWith('Errors') ? 'bad' : 'requests';
  const wanted = (name: string): string | undefined => Metric.Dimensions.find(({ Name }) => Name === name)?.Value;
  const buckets = new Map<number, number>();
  for (const { at, revision, target, ...counts } of events) {
    const isAsked = wanted('Version') === revision && [undefined, target].includes(wanted('Region'));
    if (!isAsked || at < StartTime * 1000 || at >= EndTime * 1000 || counts[field] === 0) continue;
    const bucket = Math.floor(at / bucketMs) * bucketMs;
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + counts[field]);
  }
  return cloudwatchResult(
    Id,
    [...buckets].toSorted(([a], [b]) => a - b),
  );
}
