import { bodyOf, listen, send } from '../../support/loopback';
import type { Loopback } from '../../support/loopback';
import type { StubEvents } from './bucket-suite';

/** What one question held. */
export interface Asked {
  readonly key: string | undefined;
  readonly account: number;
  readonly nrql: string;
}

/** The documented shape of an answer. */
export function nrqlAnswer(results: readonly object[], messages: readonly string[] = []): object {
  return { data: { actor: { account: { nrql: { results, metadata: { messages } } } } } };
}

/**
 * Stands in for NerdGraph, which cannot run here: it reads the time range, the bucket and the values of facets out of the
 * query and answers as documented, all buckets of every facet that has events, zeros among them. Of conditions it reads
 * whether an attribute is there.
 */
export async function startNerdGraphStub(
  events: StubEvents[],
): Promise<Loopback & { readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const server = await listen((request, response) => {
    void bodyOf(request).then((body) => {
      const { account, nrql } = JSON.parse(body).variables;
      asked.push({ key: String(request.headers['api-key']), account, nrql });
      send(response, 200, nrqlAnswer(rowsOf(events, nrql)));
    });
  });
  return { ...server, asked };
}

function rowsOf(events: readonly StubEvents[], nrql: string): readonly object[] {
  const number = (pattern: RegExp): number => Number(pattern.exec(nrql)?.[1]);
  const [since, until] = [number(/SINCE (\d+)/), number(/UNTIL (\d+)/)];
  const bucketMs = number(/TIMESERIES (\d+) seconds/) * 1000;
  const [, attribute, has] = /`(\w+)` IS (NOT )?NULL/.exec(nrql) ?? [];
  const facets = (/FACET (.+) LIMIT/.exec(nrql)?.[1] ?? '').replaceAll('`', '').split(', ');
  const valueOf = ({ target, revision, labels }: StubEvents, name: string): string | undefined => {
    const own: Readonly<Record<string, string>> = { ...labels, revision, region: target };
    return own[name];
  };
  const isThere = (each: StubEvents): boolean =>
    attribute === undefined || (valueOf(each, attribute) !== undefined) === (has !== undefined);
  const inRange = events.filter(
    (each) => each.at >= since && each.at < until && nrql.includes(`'${each.revision}'`) && isThere(each),
  );
  const keyOf = (each: StubEvents): string => {
    const values = facets.map((name) => valueOf(each, name));
    return JSON.stringify(values.length === 1 ? values[0] : values);
  };
  return [...new Set(inRange.map(keyOf))].flatMap((key) =>
    Array.from({ length: Math.ceil((until - since) / bucketMs) }, (_none, index) => {
      const from = since + index * bucketMs;
      const own = inRange.filter((each) => keyOf(each) === key && each.at >= from && each.at < from + bucketMs);
      const sum = (count: 'requests' | 'bad'): number => own.reduce((total, each) => total + each[count], 0);
      return {
        beginTimeSeconds: from / 1000,
        endTimeSeconds: (from + bucketMs) / 1000,
        facet: JSON.parse(key),
        requests: sum('requests'),
        bad: sum('bad'),
      };
    }),
  );
}
