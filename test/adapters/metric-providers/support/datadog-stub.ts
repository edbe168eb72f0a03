import { bodyOf, listen, send } from '../../support/loopback';
import type { Loopback } from '../../support/loopback';
import type { StubEvents } from './bucket-suite';

/** What one question held. */
export interface AskedOfDatadog {
  readonly keys: readonly unknown[];
  readonly path: string | undefined;
  readonly attributes: {
    readonly from: number;
    readonly to: number;
    readonly interval: number;
    readonly queries: readonly { readonly data_source: string; readonly name: string; readonly query: string }[];
  };
}

/** A series of an answer: the place of its query, its tags, and a count or null for each of the answer's times. */
export interface DatadogSeries {
  readonly query: number;
  readonly tags: readonly string[];
  readonly values: readonly unknown[];
}

/** The documented shape of an answer. */
export function datadogAnswer(times: readonly number[], series: readonly DatadogSeries[], more: object = {}): object {
  return {
    data: {
      id: '0',
      type: 'timeseries_response',
      attributes: {
        series: series.map(({ query, tags }) => ({ group_tags: tags, query_index: query, unit: null })),
        times,
        values: series.map(({ values }) => values),
      },
    },
    ...more,
  };
}

/**
 * Stands in for Datadog, which cannot run here: it reads the range, the rollup and the tags that are asked for, keeps tags
 * in lower case, and answers as documented: times at which anything was counted, null where a series has nothing. A query
 * whose metric ends in `errors` counts the bad ones.
 */
export async function startDatadogStub(
  events: StubEvents[],
): Promise<Loopback & { readonly asked: readonly AskedOfDatadog[] }> {
  const asked: AskedOfDatadog[] = [];
  const server = await listen((request, response) => {
    void bodyOf(request).then((body) => {
      const { attributes } = JSON.parse(body).data;
      const keys = ['dd-api-key', 'dd-application-key'].map((name) => request.headers[name]);
      asked.push({ keys, path: request.url, attributes });
      send(response, 200, answerTo(attributes, events));
    });
  });
  return { ...server, asked };
}

function answerTo({ from, to, queries }: AskedOfDatadog['attributes'], events: readonly StubEvents[]): object {
  const bucketMs = Number(/rollup\(sum, (\d+)\)/.exec(queries[0]?.query ?? '')?.[1]) * 1000;
  const bucketOf = ({ at }: StubEvents): number => Math.floor(at / bucketMs) * bucketMs;
  const found = queries.flatMap(({ query }, index) => {
    const field = /^sum:[\w.]*errors\{/.test(query) ? 'bad' : 'requests';
    const by = (/by \{(.*?)\}/.exec(query)?.[1] ?? '').split(',');
    const wanted = events.filter((each) => each[field] > 0 && each.at >= from && each.at < to && isWanted(query, each));
    return [...new Set(wanted.map((each) => tagsOf(by, each).join()))].map((tags) => ({
      query: index,
      tags: tags.split(','),
      own: wanted.filter((each) => tagsOf(by, each).join() === tags),
      field,
    }));
  });
  const times = [...new Set(found.flatMap(({ own }) => own.map(bucketOf)))].toSorted((a, b) => a - b);
  return datadogAnswer(
    times,
    found.map(({ query, tags, own, field }) => ({
      query,
      tags,
      values: times.map((time) => {
        const inside = own.filter((each) => bucketOf(each) === time);
        return inside.length === 0 ? null : inside.reduce((sum, each) => sum + each[field as 'bad' | 'requests'], 0);
      }),
    })),
  );
}

function isWanted(query: string, { revision, target }: StubEvents): boolean {
  const asksFor = (tag: string): boolean => new RegExp(`\\b${tag.toLowerCase()}(?=[ )}])`).test(query);
  return asksFor(`version:${revision}`) && (!query.includes('region:') || asksFor(`region:${target}`));
}

/** What lacks a tag is in a group of its own, whose value no tag can have. */
function tagsOf(by: readonly string[], { revision, target, labels }: StubEvents): readonly string[] {
  const own: Readonly<Record<string, string>> = { ...labels, version: revision, region: target };
  return by.map((key) => `${key.toLowerCase()}:${own[key]?.toLowerCase() ?? 'N/A'}`);
}
