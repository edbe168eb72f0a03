import { bodyOf, listen, send } from '../../support/loopback';
import type { Loopback } from '../../support/loopback';
import type { StubEvents } from './bucket-suite';

/** One metric of a question. */
interface AskedMetric {
  readonly Id: string;
  readonly AccountId?: string;
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

/** What a question for the names of metrics holds. */
interface AskedList {
  readonly MetricName?: string;
  readonly RecentlyActive?: string;
  readonly IncludeLinkedAccounts?: boolean;
  readonly OwningAccount?: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value?: string }[];
}

/** What one question held. */
export interface AskedOfCloudwatch {
  readonly headers: Readonly<Record<string, unknown>>;
  /** The operation, such as `GetMetricData`. */
  readonly operation: string;
  readonly body: AskedList & {
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
 * the bad ones. Every event is published without its labels, with each of them, and with each of them and a dimension more.
 */
export async function startCloudwatchStub(
  held: StubEvents[],
  /** The region of each target, where they are in several. */
  regions: Readonly<Record<string, string>> = {},
  /** The account of each target that is in another than the one that asks, which has linked it. */
  accounts: Readonly<Record<string, string>> = {},
): Promise<Loopback & { readonly asked: readonly AskedOfCloudwatch[] }> {
  const asked: AskedOfCloudwatch[] = [];
  const server = await listen((request, response) => {
    void bodyOf(request).then((text) => {
      const body: AskedOfCloudwatch['body'] = JSON.parse(text);
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      asked.push({ headers: request.headers, operation, body });
      const events = held.filter(
        ({ target }) =>
          regions[target] === undefined || request.headers.authorization?.includes(`/${regions[target]}/`),
      );
      const ofAccount = (account: string | undefined): readonly StubEvents[] =>
        events.filter(({ target }) => accounts[target] === account);
      if (operation === 'ListMetrics') {
        const { IncludeLinkedAccounts, OwningAccount } = body;
        const found = ofAccount(IncludeLinkedAccounts === true ? OwningAccount : undefined);
        send(response, 200, { Metrics: metricsOf(body, found) }, JSON_1_0);
        return;
      }
      const results = body.MetricDataQueries.map((query) => resultOf(query, body, ofAccount(query.AccountId)));
      send(response, 200, { MetricDataResults: results, Messages: [] }, JSON_1_0);
    });
  });
  return { ...server, asked };
}

/** Headers of an answer. */
export const JSON_1_0 = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'request-1' };

const OWN: readonly string[] = ['Version', 'Region'];
const FIXED: readonly string[] = ['Service'];

/** Metrics that have all of these dimensions, and perhaps others. */
function metricsOf({ MetricName, Dimensions = [] }: AskedList, events: readonly StubEvents[]): readonly object[] {
  return events.flatMap(({ revision, target, labels = {} }) => {
    const own: Readonly<Record<string, string>> = { ...labels, Version: revision, Region: target };
    const found = Dimensions.flatMap(({ Name, Value = own[Name] }) => (Value === undefined ? [] : [{ Name, Value }]));
    if (found.length < Dimensions.length) return [];
    const metric = { Namespace: 'Shop', MetricName, Dimensions: found };
    return [metric, { ...metric, Dimensions: [...found, { Name: 'Pod', Value: 'a' }] }];
  });
}

function resultOf(
  { Id, MetricStat: { Metric, Period } }: AskedMetric,
  { StartTime, EndTime }: AskedOfCloudwatch['body'],
  events: readonly StubEvents[],
): object {
  const bucketMs = Period * 1000;
  const field = Metric.MetricName.endsWith('Errors') ? 'bad' : 'requests';
  const wanted = (name: string): string | undefined => Metric.Dimensions.find(({ Name }) => Name === name)?.Value;
  const buckets = new Map<number, number>();
  for (const { at, revision, target, labels = {}, ...counts } of events) {
    const hasLabels = Metric.Dimensions.every(
      ({ Name, Value }) => OWN.includes(Name) || FIXED.includes(Name) || labels[Name] === Value,
    );
    const isAsked = hasLabels && wanted('Version') === revision && [undefined, target].includes(wanted('Region'));
    if (!isAsked || at < StartTime * 1000 || at >= EndTime * 1000 || counts[field] === 0) continue;
    const bucket = Math.floor(at / bucketMs) * bucketMs;
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + counts[field]);
  }
  return cloudwatchResult(
    Id,
    [...buckets].toSorted(([a], [b]) => a - b),
  );
}
