import { z } from 'zod';
import { RetryableError } from '../../ports';
import { withoutSecrets } from '../http';
import type { HttpAnswer } from '../http';
import { outsideJson, outsideText } from '../outside-text';
import { ask, demandFew, refusal } from './asking';

/** Some queries over the same whole buckets; times in epoch milliseconds. */
export interface DatadogQuestion {
  /** The API of the site, without a path. */
  readonly url: string;
  readonly keys: { readonly api: string; readonly application: string };
  readonly queries: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly now: number;
}

/** What one query counted for one set of tags. */
export interface TaggedCounts {
  /** Its place among the queries. */
  readonly query: number;
  readonly tags: Readonly<Record<string, string>>;
  /** `at`: when the bucket begins, in epoch milliseconds. A bucket in which nothing was counted is left out. */
  readonly points: readonly { readonly at: number; readonly count: number }[];
}

const textField = z.union([z.string(), z.array(z.string()).transform((all) => all.join('; '))]);
const errorsSchema = z.object({ errors: textField.refine((text) => text !== '') });
const answerSchema = z.object({
  data: z.object({
    attributes: z.object({
      times: z.array(z.number()),
      values: z.array(z.array(z.number().nullable())),
      series: z.array(z.object({ group_tags: z.array(z.string()), query_index: z.number() })),
    }),
  }),
});

/**
 * Asks Datadog. What is incomplete or cannot be read throws `METRICS_UNREADABLE`, what may be there later
 * `METRICS_UNREACHABLE`, what nobody can answer `METRICS_MISCONFIGURED`; an empty list is an answer.
 */
export async function queryDatadog(question: DatadogQuestion, signal: AbortSignal): Promise<readonly TaggedCounts[]> {
  const { url, keys, queries, from, to, bucketMs } = question;
  const place = `${url.replace(/\/+$/, '')}/api/v2/query/timeseries`;
  const attributes = {
    from,
    to,
    interval: bucketMs,
    queries: queries.map((query, index) => ({ data_source: 'metrics', name: `q${index}`, query })),
  };
  const answer = await ask(place, {
    method: 'POST',
    headers: {
      'dd-api-key': keys.api,
      'dd-application-key': keys.application,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ data: { type: 'timeseries_request', attributes } }),
    signal,
  });
  return countsIn(answer, withoutSecrets(place), question);
}

function countsIn(answer: HttpAnswer, place: string, question: DatadogQuestion): readonly TaggedCounts[] {
  const { keys, queries, from, to, bucketMs, now } = question;
  const document = outsideJson(answer.body);
  const failed = errorsSchema.safeParse(document);
  const said = failed.success ? `: ${outsideText(failed.data.errors, Object.values(keys))}` : '';
  if (answer.status !== 200)
    throw refusal(answer, `${place} answered ${answer.status}${said}`, now, untilReset(answer.headers));
  const unreadable = (why: string): RetryableError => new RetryableError('METRICS_UNREADABLE', `${place} ${why}`);
  // A part may stand beside the errors; it is not the answer.
  if (failed.success) throw unreadable(`answered with errors${said}`);
  const read = answerSchema.safeParse(document);
  if (!read.success) throw unreadable('did not answer with counts by bucket');
  const { times, values, series } = read.data.data.attributes;
  demandFew(place, series.length);
  const isWhole = values.length === series.length && values.every(({ length }) => length === times.length);
  if (!isWhole || series.some(({ query_index: query }) => queries[query] === undefined))
    throw unreadable('answered with counts that belong to nothing');
  if (new Set(times).size < times.length || times.some((at) => at % bucketMs !== 0))
    throw unreadable(`did not answer with one count for each ${bucketMs / 1000} s`);
  return series.map(({ query_index: query, group_tags: tags }, index) => ({
    query,
    tags: Object.fromEntries(tags.map(pairOf)),
    points: times.flatMap((at, bucket) => {
      const count = values[index]?.[bucket] ?? undefined;
      return count === undefined || at < from || at >= to ? [] : [{ at, count }];
    }),
  }));
}

/** Datadog says so in seconds, and not by Retry-After. */
function untilReset(headers: Headers): number | undefined {
  const seconds = headers.get('x-ratelimit-reset') ?? '';
  return /^\d+$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

function pairOf(tag: string): readonly [string, string] {
  const cut = tag.indexOf(':');
  return cut < 0 ? [tag, ''] : [tag.slice(0, cut), tag.slice(cut + 1)];
}
