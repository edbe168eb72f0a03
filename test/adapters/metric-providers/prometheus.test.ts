import { createAdapters } from '../../../src/adapters';
import type { MetricProvider } from '../../../src/ports';
import { describeMetricProvider } from '../../contract/metric-provider.contract';
import { testDependencies } from '../support/dependencies';
import { listen, send } from '../support/loopback';
import { otherMetrics } from './support/other-metrics';
import { SharedStore } from './support/shared-store';
import type { StoreKind } from './support/metric-store';
import type { StorePart } from './support/shared-store';

const COUNTERS = {
  requests: { name: 'http_requests_total' },
  bad: { name: 'http_requests_total', labels: { code: '/5../' } },
};
const QUERY = { targets: ['eu'], current: 'v42', stable: 'v41' };
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

function provider(url: string, settings: object = {}, deps = testDependencies()): MetricProvider {
  const config = { type: 'prometheus', url, ...COUNTERS, ...settings };
  return createAdapters(deps).metrics({ name: 'errors', kind: 'errors', provider: config });
}

/** A provider that sees one part of a store. */
const within = (part: StorePart, settings: object = {}): MetricProvider =>
  provider(part.url, part.within({ ...COUNTERS, ...settings }));

type Counts = Readonly<Record<string, { readonly requests: number; readonly bad: number }>>;

/** Counters by target and revision, as `eu/v42`. */
function pageOf(counts: Counts): string {
  return Object.entries(counts)
    .flatMap(([key, { requests, bad }]) => {
      const [target, revision] = key.split('/');
      const of = (code: number): string =>
        `http_requests_total{region="${target}",revision="${revision}",code="${code}"}`;
      return [`${of(200)} ${requests - bad}`, ...(bad === 0 ? [] : [`${of(502)} ${bad}`])];
    })
    .join('\n');
}

describe.each<StoreKind>(['prometheus', 'victoria-metrics'])('with the real %s', (kind) => {
  const store = new SharedStore(kind);
  afterAll(() => store.close());

  describeMetricProvider({
    name: kind,
    showsOther: true,
    readsLabels: true,
    async create() {
      const part = await store.part();
      const counts: Record<string, { requests: number; bad: number }> = {};
      const others: Record<string, readonly string[]> = {};
      const show = (): Promise<void> => part.show([pageOf(counts), ...Object.values(others).flat()].join('\n'));
      return {
        provider: within(part, { targetLabel: 'region' }),
        async show(target, revision, own) {
          counts[`${target}/${revision}`] = own;
          await show();
        },
        other: otherMetrics(
          (settings) => within(part, { targetLabel: 'region', ...settings }),
          async (target, key, lines) => {
            others[`${target}/${key}`] = lines(`region="${target}",`);
            await show();
          },
        ),
        unreachable: async () => part.stop(),
        close: part.close,
      };
    },
  });

  describe('the prometheus provider', () => {
    let part: StorePart;
    beforeAll(async () => (part = await store.part()));
    afterAll(() => part.close());

    it('reads each counter with the time of its scrape, and how often it is scraped', async () => {
      await part.show(pageOf({ 'eu/v42': { requests: 10, bad: 1 } }));
      await part.show(pageOf({ 'eu/v42': { requests: 20, bad: 3 } }));
      const asked = Date.now();
      const [stratum] = (await within(part).collect(QUERY, asked, soon())).strata;
      const [reading] = stratum?.current ?? [];
      expect(reading).toMatchObject({ requests: 20, bad: 3, series: expect.stringMatching(/^v42\/instance=127/) });
      expect(reading?.at).toBeLessThanOrEqual(asked);
      expect(await part.gaps('http_requests_total')).toContain(reading?.everyMs);
    });

    it('tells what the past minutes would have shown, the first failures and a restart among them', async () => {
      const from = Date.now();
      for (const counts of [
        { requests: 100, bad: 0 },
        { requests: 150, bad: 10 },
        { requests: 30, bad: 5 },
      ])
        await part.keep(pageOf({ 'eu/v40': counts }));
      const past = await within(part).history({ ...QUERY, current: 'v40' }, from, Date.now(), 100, soon());
      const intervals = past.kind === 'counts' ? past.intervals : [];
      const total = (key: 'requests' | 'bad'): number => intervals.reduce((sum, each) => sum + each[key], 0);
      expect([total('requests'), total('bad')]).toEqual([50 + 30, 10 + 5]);
    });

    it('counts as slow what is above the bound of a histogram', async () => {
      const of = (suffix: string, value: number): string => `latency_seconds_${suffix} ${value}`;
      await part.show(
        [
          of('bucket{revision="v42",le="0.1"}', 50),
          of('bucket{revision="v42",le="0.5"}', 80),
          of('bucket{revision="v42",le="+Inf"}', 100),
          of('count{revision="v42"}', 100),
        ].join('\n'),
      );
      const slow = (boundSeconds: number): MetricProvider =>
        within(part, {
          requests: undefined,
          bad: { slowerThan: { histogram: 'latency_seconds', boundSeconds } },
        });
      const sample = await slow(0.5).collect(QUERY, Date.now(), soon());
      expect(sample.strata[0]?.current).toMatchObject([{ requests: 100, bad: 20 }]);
      await expect(slow(0.3).collect(QUERY, Date.now(), soon())).rejects.toMatchObject({
        code: 'METRICS_MISCONFIGURED',
        message: expect.stringContaining('no bucket of 0.3 s; it has 0.1, 0.5, +Inf'),
      });
    });

    it('tells by bucket, and of a gauge, what the past minutes would have shown', async () => {
      const from = Date.now();
      for (const [slow, all] of [
        [10, 100],
        [40, 200],
      ] as const) {
        await part.keep(
          [
            `past_seconds_bucket{revision="v40",le="0.5"} ${all - slow}`,
            `past_seconds_bucket{revision="v40",le="+Inf"} ${all}`,
            `past_seconds_count{revision="v40"} ${all}`,
            `past_depth{revision="v40"} ${slow}`,
          ].join('\n'),
        );
      }
      const past = (settings: object) =>
        within(part, { requests: undefined, bad: undefined, ...settings }).history(
          { ...QUERY, current: 'v40' },
          from,
          Date.now(),
          100,
          soon(),
        );
      const counts = await past({ bad: { slowerThan: { histogram: 'past_seconds' } } });
      const intervals = counts.kind === 'counts' ? counts.intervals : [];
      const added = intervals.flatMap(({ requests, buckets = [] }) => (requests > 0 ? [{ requests, buckets }] : []));
      expect(added).toEqual([{ requests: 100, buckets: [{ bound: 0.5, count: 70 }] }]);
      const gauge = await past({ gauge: { name: 'past_depth' } });
      expect(gauge.kind === 'values' && [...new Set(gauge.values)]).toEqual([10, 40]);
    });

    it('leaves a series out whole when one of its counts is no number', async () => {
      const line = 'http_requests_total{revision="v39",code="200"}';
      await part.show(`${line} +Inf`);
      const sample = await within(part).collect({ ...QUERY, current: 'v39' }, Date.now(), soon());
      expect(sample.strata[0]?.current).toEqual([]);
    });

    it('asks for revisions and labels by their letters, however odd they are', async () => {
      const revision = String.raw`v1.0+a"b\c`;
      const escaped = revision.replace(/[\\"]/g, String.raw`\$&`);
      await part.show(
        [
          `http_requests_total{revision="${escaped}",code="200"} 7`,
          'http_requests_total{revision="v1x0+a",code="200"} 9',
        ].join('\n'),
      );
      const sample = await within(part).collect({ ...QUERY, current: revision }, Date.now(), soon());
      expect(sample.strata[0]?.current).toMatchObject([{ requests: 7, bad: 0 }]);
    });

    it('says that a selector cannot be asked', async () => {
      const wrong = { bad: { name: 'http_requests_total', labels: { 'no label': 'x' } } };
      await expect(within(part, wrong).collect(QUERY, Date.now(), soon())).rejects.toMatchObject({
        code: expect.stringMatching(/METRICS_(MISCONFIGURED|UNREADABLE)/),
      });
    });
  });
});

describe('what a store may answer', () => {
  const at = 1_795_400_000_000;
  const seconds = at / 1000;
  const success = (result: object[], more: object = {}) => ({
    status: 'success',
    data: { resultType: 'matrix', result },
    ...more,
  });
  const series = (labels: object, values: [number, string][]) => ({
    metric: { __name__: 'http_requests_total', revision: 'v42', ...labels },
    values,
  });

  async function collected(status: number, answer: object | string, settings: object = {}) {
    const server = await listen((_request, response) =>
      typeof answer === 'string' ? response.writeHead(status).end(answer) : send(response, status, answer),
    );
    try {
      return (await provider(server.url, settings).collect(QUERY, at, soon())).strata[0]?.current;
    } finally {
      await server.close();
    }
  }

  it.each([
    ['an error with status 200', 200, { status: 'error', errorType: 'timeout', error: 'too slow' }, 'UNREADABLE', true],
    ['warnings', 200, success([], { warnings: ['a replica is missing'] }), 'UNREADABLE', true],
    ['a part', 200, success([], { isPartial: true }), 'UNREADABLE', true],
    [
      'another kind of result',
      200,
      { status: 'success', data: { resultType: 'vector', result: [] } },
      'UNREADABLE',
      true,
    ],
    ['a page', 200, '<html>', 'UNREADABLE', true],
    ['a question it cannot compute', 422, { status: 'error', error: 'too many samples' }, 'UNREADABLE', true],
    ['a wrong question', 400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, 'MISCONFIGURED', false],
    ['no access', 401, 'who are you', 'MISCONFIGURED', false],
    ['a wrong address', 404, '404 page not found', 'MISCONFIGURED', false],
    ['too many questions', 429, 'slow down', 'UNREACHABLE', true],
    ['being away', 503, { status: 'error', errorType: 'unavailable', error: 'starting' }, 'UNREACHABLE', true],
  ])('%s has a name and is never taken for good', async (_name, status, answer, code, retryable) => {
    await expect(collected(status, answer)).rejects.toMatchObject({ code: `METRICS_${code}`, retryable });
  });

  it('waits as long as a store that is asked too often wants', async () => {
    const server = await listen((_request, response) => send(response, 429, {}, { 'retry-after': '7' }));
    await expect(provider(server.url).collect(QUERY, at, soon())).rejects.toMatchObject({ retryAfterMs: 7_000 });
    await server.close();
  });

  it('takes requests and failures of one scrape, though the store has more of one', async () => {
    const answer = success([
      series({ code: '200' }, [
        [seconds - 30, '80'],
        [seconds - 15, '90'],
        [seconds, '100'],
      ]),
      series({ code: '500' }, [
        [seconds - 30, '4'],
        [seconds - 15, '6'],
      ]),
    ]);
    expect(await collected(200, answer)).toMatchObject([{ requests: 96, bad: 6, at: at - 15_000, everyMs: 15_000 }]);
  });

  it('no longer counts a series that a restart has left behind', async () => {
    const answer = success([
      series({ code: '200' }, [
        [seconds - 45, '80'],
        [seconds - 30, '3'],
        [seconds - 15, '9'],
        [seconds, '15'],
      ]),
      series({ code: '500' }, [[seconds - 45, '40']]),
    ]);
    expect(await collected(200, answer)).toMatchObject([{ requests: 15, bad: 0, at }]);
  });

  it('shows who asks, and keeps the token out of what it says', async () => {
    const seen: (string | undefined)[] = [];
    const server = await listen((request, response) => {
      seen.push(request.headers.authorization, String(request.headers['x-scope-orgid']));
      send(response, 400, { status: 'error', error: 'no, hidden' });
    });
    const settings = { token: '${env:TOKEN}', tenant: 'shop' };
    const asked = provider(server.url, settings, testDependencies({ '${env:TOKEN}': 'hidden' })).collect(
      QUERY,
      at,
      soon(),
    );
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining('hidden') });
    await server.close();
    expect(seen.slice(0, 2)).toEqual(['Bearer hidden', 'shop']);
  });

  it('refuses to count everything for each of several targets', async () => {
    const read = provider('http://127.0.0.1:1/').collect({ ...QUERY, targets: ['eu', 'us'] }, at, soon());
    await expect(read).rejects.toMatchObject({ message: '"targetLabel" or "targets" has to tell eu and us apart' });
  });

  it('tells targets apart by labels of their own', async () => {
    const answer = success([
      series({ zone: 'a', code: '200' }, [[seconds, '5']]),
      series({ zone: 'b', code: '200' }, [[seconds, '7']]),
    ]);
    expect(await collected(200, answer, { targets: { eu: { zone: 'b' } } })).toMatchObject([{ requests: 7 }]);
    await expect(collected(200, answer, { targets: { us: { zone: 'b' } } })).rejects.toMatchObject({
      message: 'no labels for target eu in "targets"',
    });
  });
});
