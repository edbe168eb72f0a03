import { z } from 'zod';
import { pagesOf } from './cloudwatch-client';
import type { CloudwatchPlace } from './cloudwatch-client';

/** A metric, and a dimension of it whose values are wanted. */
export interface CloudwatchDimension extends CloudwatchPlace {
  readonly namespace: string;
  readonly name: string;
  /** Every other dimension that it is published with; undefined where any value will do. */
  readonly dimensions: Readonly<Record<string, string | undefined>>;
  readonly label: string;
  /** Only of what was published in the last three hours. */
  readonly isRecent: boolean;
}

/** A question may name no more dimensions than that; the rest is looked at in the answer. */
const MOST_FILTERS = 10;

const pageSchema = z.object({
  Metrics: z
    .array(z.object({ Dimensions: z.array(z.object({ Name: z.string(), Value: z.string() })).default([]) }))
    .default([]),
  NextToken: z.string().optional(),
});

/**
 * The values of a dimension in what CloudWatch lists, each once. It lists a metric up to 15 minutes after its first value, so
 * that those of a new release are best looked for with what was there before it. Throws as `pagesOf` does.
 */
export async function listValues(question: CloudwatchDimension, signal: AbortSignal): Promise<readonly string[]> {
  const { account, namespace, name, dimensions, label, isRecent } = question;
  const wanted = { [label]: undefined, ...dimensions };
  const input = {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(wanted)
      .slice(0, MOST_FILTERS)
      .map(([key, value]) => (value === undefined ? { Name: key } : { Name: key, Value: value })),
    ...(isRecent ? { RecentlyActive: 'PT3H' as const } : {}),
    ...(account === undefined ? {} : { IncludeLinkedAccounts: true, OwningAccount: account }),
  };
  const pages = await pagesOf(
    question,
    { schema: pageSchema, called: 'metrics and their dimensions' },
    (token) => (client, sdk) =>
      client.send(new sdk.ListMetricsCommand({ ...input, NextToken: token }), { abortSignal: signal }),
    signal,
  );
  const values = pages.flatMap(({ Metrics }) =>
    Metrics.flatMap(({ Dimensions }) => {
      const isWhole = Dimensions.length === Object.keys(wanted).length;
      const isWanted = Dimensions.every(
        ({ Name, Value }) => Object.hasOwn(wanted, Name) && [undefined, Value].includes(wanted[Name]),
      );
      // With more dimensions it is another metric, of a part of the same requests.
      return isWhole && isWanted ? Dimensions.filter(({ Name }) => Name === label).map(({ Value }) => Value) : [];
    }),
  );
  return [...new Set(values)];
}
