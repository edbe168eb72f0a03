import type { MetricProvider, Sliced } from '../../../src/ports';
import { testDependencies } from '../support/dependencies';
import { listen, send } from '../support/loopback';
import { describeBucketProvider, events, NOON, QUERY, soon } from './support/bucket-suite';
import type { StubEvents } from './support/bucket-suite';
import { datadogAnswer, startDatadogStub } from './support/datadog-stub';
import type { DatadogSeries } from './support/datadog-stub';
import { slicedProvider } from './support/sliced-provider';
import { named } from './support/named';

const HOUR = 3_600_000;
const NOWHERE = 'http://127.0.0.1:1/';

function provider(url: string, settings: object = {}): MetricProvider & Sliced {
  const config = {
    type: 'datadog',
    url,
    apiKey: '${env:API}',
    applicationKey: '${env:APP}',
    requests: { name: 'shop.requests', tags: { service: 'checkout' } },
    bad: { name: 'shop.errors' },
    ...settings,
  };
  const deps = testDependencies({ '${env:API}': 'api-hidden', '${env:APP}': 'app-hidden' });
  return slicedProvider(config, deps);
}

/** Asks a stub of Datadog that holds these events. */
async function withEvents<T>(held: StubEvents[], ask: (url: string) => Promise<T>): Promise<T> {
  const stub = await startDatadogStub(held);
  try {
    return await ask(stub.url);
  } finally {
    await stub.close();
  }
}

describeBucketProvider({
  name: 'datadog, before a stub of Datadog,',
  start: startDatadogStub,
  targetLabel: 'region',
  provider: (url, byTarget) => provider(url, byTarget ? { targetLabel: 'region' } : {}),
});

describe('the datadog provider, before a stub of Datadog', () => {
  it('takes a failure that is counted in the bucket after its request for what it is', async () => {
    const held = [events(NOON + 5_000, 10), events(NOON + 35_000, 0, 1)];
    const [stratum] = await withEvents(
      held,
      async (url) => (await provider(url).collect(QUERY, NOON + 60_000, soon())).strata,
    );
    expect(stratum?.current).toMatchObject([{ requests: 10, bad: 1 }]);
  });

  it('asks for a label beside what tells cohorts apart, once for both counts', async () => {
    const stub = await startDatadogStub([]);
    const window = { from: NOON, to: NOON + 60_000, stepMs: 10_000 };
    const settings = { targetLabel: 'region' };
    await provider(stub.url, settings).slices(QUERY, 'http.route', window, soon());
    await stub.close();
    expect(stub.asked).toHaveLength(1);
    const { queries = [], ...span } = stub.asked[0]?.attributes ?? {};
    expect(queries.map(({ query }) => query)).toEqual([
      'sum:shop.requests{service:checkout AND (version:v42 OR version:v41) AND region:eu} by {version,region,http.route}.as_count().rollup(sum, 30)',
      'sum:shop.errors{(version:v42 OR version:v41) AND region:eu} by {version,region,http.route}.as_count().rollup(sum, 30)',
    ]);
    // With the bucket before the window, whose requests may fail in it.
    expect(span).toMatchObject({ from: NOON - 30_000, to: NOON + 60_000, interval: 30_000 });
  });

  it('asks for no label that no tag can be called', async () => {
    const stub = await startDatadogStub([]);
    const window = { from: NOON, to: NOON + 60_000, stepMs: 10_000 };
    await expect(provider(stub.url).slices(QUERY, 'route} by {host', window, soon())).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: '"route} by {host" cannot be the name of a tag of Datadog',
    });
    await stub.close();
    expect(stub.asked).toEqual([]);
  });

  it('never asks for more points than Datadog gives as asked, however long the past is', async () => {
    const stub = await startDatadogStub([]);
    await provider(stub.url).history(QUERY, NOON - 72 * HOUR, NOON, 10_000, soon());
    await stub.close();
    const { interval = 0 } = stub.asked[0]?.attributes ?? {};
    expect((72 * HOUR) / interval).toBeLessThanOrEqual(1500);
    expect(interval % 30_000).toBe(0);
  });

  it('asks for both counts at once, summed and never as a rate, and shows who asks', async () => {
    const stub = await startDatadogStub([]);
    await provider(stub.url, { targetLabel: 'region' }).collect({ ...QUERY, targets: ['eu', 'US'] }, NOON, soon());
    await stub.close();
    const cohorts = '(version:v42 OR version:v41) AND (region:eu OR region:us)} by {version,region}';
    const query = (from: string): string => `${from}${cohorts}.as_count().rollup(sum, 30)`;
    expect(stub.asked).toEqual([
      {
        keys: ['api-hidden', 'app-hidden'],
        path: '/api/v2/query/timeseries',
        attributes: {
          from: NOON - HOUR,
          to: NOON,
          interval: 30_000,
          queries: [
            { data_source: 'metrics', name: 'q0', query: query('sum:shop.requests{service:checkout AND ') },
            { data_source: 'metrics', name: 'q1', query: query('sum:shop.errors{') },
          ],
        },
      },
    ]);
  });

  it('finds a revision that Datadog keeps in lower case', async () => {
    const [stratum] = await withEvents(
      [events(NOON + 5_000, 10, 1, 'Release-7')],
      async (url) => (await provider(url).collect({ ...QUERY, current: 'Release-7' }, NOON + 60_000, soon())).strata,
    );
    expect(stratum?.current).toMatchObject([{ requests: 10, bad: 1 }]);
  });

  it.each([
    ['v1} by {host', 'revision v1} by {host cannot be the value of the tag version'],
    ['v1 OR service:other', 'cannot be'],
    ['v*', 'cannot be'],
    ['$version', 'cannot be'],
    ['1.2.3+5', 'cannot be'],
    ['v1__2', 'cannot be'],
    ['v1_', 'cannot be'],
    ['', 'cannot be'],
    ['v'.repeat(200), '200 characters with the key'],
    ['V41', 'revisions V41 and v41 are the same to Datadog'],
  ])(
    'asks nothing for a revision that Datadog would not keep apart or that would widen the query: %p',
    async (current, message) => {
      const stub = await startDatadogStub([]);
      const read = provider(stub.url).collect({ ...QUERY, current }, NOON, soon());
      await expect(read).rejects.toMatchObject({
        code: 'METRICS_MISCONFIGURED',
        retryable: false,
        message: expect.stringContaining(message),
      });
      await stub.close();
      expect(stub.asked).toEqual([]);
    },
  );

  it('asks nothing for a target that would widen the query', async () => {
    const read = provider(NOWHERE, { targetLabel: 'region' }).collect({ ...QUERY, targets: ['e*'] }, NOON, soon());
    await expect(read).rejects.toMatchObject({ message: expect.stringContaining('target e* cannot be') });
  });

  it.each([
    ['a metric that is none', { bad: { name: 'errors{*}' } }, 'must be the name of a metric'],
    ['a key that is none', { revisionLabel: 'a} by {b' }, 'must be the key of a tag'],
    ['a value that matches several', { bad: { name: 'e', tags: { status: '5*' } } }, 'must be the value of a tag'],
    ['a key in the file', { apiKey: 'api-1' }, 'must be a reference'],
    ['a bucket that does not divide an hour', { bucketSeconds: 45 }, 'bucketSeconds'],
    ['no metric of bad ones', { bad: undefined }, 'bad'],
  ])('refuses %s when the policy is read', (_name, settings, message) => {
    expect(() => provider(NOWHERE, settings)).toThrow(message);
  });
});

describe('what Datadog may answer, by its documentation', () => {
  const series = (query: number, values: readonly unknown[], version = 'v42'): DatadogSeries => ({
    query,
    tags: [`version:${version}`],
    values,
  });
  const counted = (more: object = {}): object => datadogAnswer([NOON], [series(0, [9]), series(1, [1])], more);
  const shapeless = (attributes: object): object => ({ data: { type: 'timeseries_response', attributes } });

  async function collected(status: number, answer: object | string, headers: Record<string, string> = {}) {
    const server = await listen((_request, response) =>
      typeof answer === 'string' ? response.writeHead(status).end(answer) : send(response, status, answer, headers),
    );
    try {
      return (await provider(server.url).collect(QUERY, NOON + 60_000, soon())).strata[0];
    } finally {
      await server.close();
    }
  }

  it.each([
    ['errors with status 200', 200, { errors: 'query took too long' }, 'UNREADABLE', true],
    ['a list of errors with status 200', 200, { errors: ['no'] }, 'UNREADABLE', true],
    ['a part beside errors', 200, counted({ errors: 'some shards did not answer' }), 'UNREADABLE', true],
    ['a cohort twice', 200, datadogAnswer([NOON], [series(0, [9]), series(0, [9])]), 'UNREADABLE', true],
    ['a time twice', 200, datadogAnswer([NOON, NOON], [series(0, [9, 9])]), 'UNREADABLE', true],
    ['buckets that nobody asked for', 200, datadogAnswer([NOON + 7_000], [series(0, [9])]), 'UNREADABLE', true],
    ['fewer values than times', 200, datadogAnswer([NOON, NOON + 30_000], [series(0, [9])]), 'UNREADABLE', true],
    ['a query that nobody asked', 200, datadogAnswer([NOON], [series(2, [9])]), 'UNREADABLE', true],
    ['values without series', 200, shapeless({ times: [NOON], values: [[9]], series: [] }), 'UNREADABLE', true],
    ['text for a number', 200, datadogAnswer([NOON], [series(0, ['NaN'])]), 'UNREADABLE', true],
    ['no number', 200, '{"data":{"attributes":{"times":[0],"values":[[NaN]],"series":[]}}}', 'UNREADABLE', true],
    ['no data', 200, { data: null }, 'UNREADABLE', true],
    ['a page', 200, '<html>', 'UNREADABLE', true],
    ['more than anybody reads', 200, 'x'.repeat(9_000_000), 'TOO_LARGE', true],
    ['a wrong question', 400, { errors: ['Error parsing query: unable to parse'] }, 'MISCONFIGURED', false],
    ['a wrong key', 401, { errors: ['Unauthorized api-hidden'] }, 'MISCONFIGURED', false],
    ['a key without the scope', 403, { errors: ['Forbidden app-hidden'] }, 'MISCONFIGURED', false],
    ['another address', 302, {}, 'MISCONFIGURED', false],
    ['too many questions', 429, { errors: ['Too many requests'] }, 'UNREACHABLE', true],
    ['being away', 503, 'later', 'UNREACHABLE', true],
  ])('%s has a name and is never taken for good', async (_name, status, answer, code, retryable) => {
    await expect(collected(status, answer)).rejects.toMatchObject(named(code, retryable));
  });

  it('waits for as long as its limit of questions says', async () => {
    const headers = { 'x-ratelimit-limit': '1600', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '7' };
    await expect(collected(429, { errors: ['Too many requests'] }, headers)).rejects.toMatchObject({
      code: 'METRICS_UNREACHABLE',
      retryAfterMs: 7_000,
    });
  });

  it('does not wait for an answer longer than it may', async () => {
    const server = await listen(() => undefined);
    const read = provider(server.url, { timeoutMs: 200 }).collect(QUERY, NOON, soon());
    await expect(read).rejects.toMatchObject({ code: 'METRICS_UNREACHABLE', retryable: true });
    await server.close();
  });

  it.each([
    ['a metric or tag that nobody knows, an empty answer,', datadogAnswer([], [])],
    ['nothing but nulls', datadogAnswer([NOON], [series(0, [null]), series(1, [null])])],
    ['nothing but zeros', datadogAnswer([NOON], [series(0, [0]), series(1, [0])])],
    ['failures without requests', datadogAnswer([NOON], [series(1, [3])])],
  ])('takes %s for missing data', async (_name, answer) => {
    expect(await collected(200, answer)).toEqual({ target: 'eu', current: [], stable: [] });
  });

  it('takes a null beside requests for no failure sent, and requests without any series of failures too', async () => {
    const answer = datadogAnswer(
      [NOON, NOON + 30_000],
      [series(0, [9, 5]), series(1, [null, 2]), series(0, [8, null], 'v41')],
    );
    expect(await collected(200, answer)).toMatchObject({
      current: [{ requests: 14, bad: 2 }],
      stable: [{ requests: 8, bad: 0 }],
    });
  });

  it.each([
    ['negative', [series(0, [5, 7]), series(1, [-1, 0])]],
    ['too large for its requests', [series(0, [5, 7]), series(1, [6, 7])]],
  ])(
    'leaves a cohort out whole when a count is %s, and passes over revisions that nobody asked for',
    async (_name, own) => {
      const others = [series(0, [8, 0], 'v41'), series(1, [1, 0], 'v41'), series(0, [9, 0], 'v40')];
      const answer = datadogAnswer([NOON, NOON + 30_000], [...own, ...others]);
      expect(await collected(200, answer)).toMatchObject({ current: [], stable: [{ requests: 8, bad: 1 }] });
    },
  );
});
