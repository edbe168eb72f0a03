import { createAdapters, InMemoryMetrics } from '../../../src/adapters';
import type { MetricProvider } from '../../../src/ports';
import { describeMetricProvider } from '../../contract/metric-provider.contract';
import { testDependencies } from '../support/dependencies';
import { listen } from '../support/loopback';
import { otherMetrics } from './support/other-metrics';

const ASKED_AT = 1_795_400_000_000;
const QUERY = { targets: ['eu'], current: 'v42', stable: 'v41' };
const COUNTER = {
  requests: { name: 'http_requests_total' },
  bad: { name: 'http_requests_total', labels: { code: '/5../' } },
};
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

function provider(
  endpoints: Record<string, string>,
  settings: object = COUNTER,
  deps = testDependencies(),
): MetricProvider {
  const config = { type: 'openmetrics', endpoints, ...settings };
  return createAdapters(deps).metrics({ name: 'errors', kind: 'errors', provider: config });
}

describeMetricProvider({
  name: 'openmetrics',
  showsOther: true,
  readsLabels: true,
  async create() {
    const pages: Record<string, Record<string, { requests: number; bad: number }>> = { eu: {}, us: {} };
    const others: Record<string, Record<string, readonly string[]>> = { eu: {}, us: {} };
    const server = await listen((request, response) => {
      const target = request.url?.slice(1) ?? '';
      const lines = Object.entries(pages[target] ?? {}).flatMap(([revision, { requests, bad }]) => [
        `http_requests_total{revision="${revision}",code="200"} ${requests - bad}`,
        `http_requests_total{revision="${revision}",code="502"} ${bad}`,
      ]);
      response.writeHead(200, { 'content-type': 'application/openmetrics-text; version=1.0.0' });
      const other = Object.values(others[target] ?? {}).flat();
      response.end([...lines, ...other, '# EOF', ''].join('\n'));
    });
    const endpoints = { eu: `${server.url}/eu`, us: `${server.url}/us` };
    return {
      provider: provider(endpoints),
      other: otherMetrics(
        (settings) => provider(endpoints, settings),
        async (target, key, lines) => {
          others[target] = { ...others[target], [key]: lines('') };
        },
      ),
      async show(target, revision, counts) {
        pages[target] = { ...pages[target], [revision]: counts };
      },
      unreachable: server.close,
      close: server.close,
    };
  },
});

describeMetricProvider({
  name: 'in-memory',
  async create() {
    const metrics = new InMemoryMetrics();
    return {
      provider: metrics,
      async show(target, revision, counts) {
        metrics.set(target, revision, { ...counts, at: Date.now() });
      },
      async unreachable() {
        metrics.unreachable = true;
      },
      close: () => Promise.resolve(),
    };
  },
});

/** What the provider makes of one page of `eu`. */
async function collected(page: string, settings: object = COUNTER, type = 'text/plain; version=0.0.4') {
  const server = await listen((_request, response) => response.writeHead(200, { 'content-type': type }).end(page));
  try {
    return (await provider({ eu: server.url }, settings).collect(QUERY, ASKED_AT, soon())).strata[0];
  } finally {
    await server.close();
  }
}

const HISTOGRAM = { bad: { slowerThan: { histogram: 'latency_seconds', boundSeconds: 0.5 } } };

describe('the openmetrics provider', () => {
  it('takes the stamps and the start of the process from the page', async () => {
    const page = [
      'http_requests_total{revision="v42",code="200"} 90 1795400905',
      'http_requests_total{revision="v42",code="500"} 10 1795400904',
      'process_start_time_seconds 1795400000.5',
      '# EOF',
    ].join('\n');
    expect((await collected(page, COUNTER, 'application/openmetrics-text'))?.current).toEqual([
      { series: 'v42', requests: 100, bad: 10, at: 1_795_400_904_000, startedAt: 1_795_400_000_500 },
    ]);
  });

  it('takes the start of the process from another gauge, or from none, where the policy says so', async () => {
    const page = [
      'http_requests_total{revision="v42",code="200"} 90',
      'process_start_time_seconds 1795400000',
      'haproxy_process_start_time_seconds 1795300000.1234',
      '',
    ].join('\n');
    const started = async (startTime: string | false) =>
      (await collected(page, { ...COUNTER, startTime }))?.current[0]?.startedAt;
    expect(await started('haproxy_process_start_time_seconds')).toBe(1_795_300_000_123);
    expect(await started(false)).toBeUndefined();
  });

  it('stamps counts without a stamp with the time of the question, than which they are not older', async () => {
    expect((await collected('http_requests_total{revision="v42"} 1\n'))?.current[0]?.at).toBe(ASKED_AT);
  });

  it.each(['NaN', '+Inf', '-1'])('leaves a series out whole when one of its counts is %s', async (value) => {
    const page = `http_requests_total{revision="v42",code="200"} 90\nhttp_requests_total{revision="v42",code="500"} ${value}\nhttp_requests_total{revision="v41",code="200"} 5\n`;
    expect(await collected(page)).toMatchObject({ current: [], stable: [{ requests: 5, bad: 0 }] });
  });

  it('keeps processes apart, which restart each on its own', async () => {
    const page = ['a', 'b'].map((pod) => `http_requests_total{revision="v42",code="200",pod="${pod}"} 7\n`).join('');
    expect((await collected(page))?.current.map(({ series }) => series)).toEqual(['v42/pod=a', 'v42/pod=b']);
  });

  it('counts as slow what is above the bound of a histogram', async () => {
    const page =
      'latency_seconds_bucket{revision="v42",le="0.1"} 50\nlatency_seconds_bucket{revision="v42",le="5e-1"} 80\nlatency_seconds_bucket{revision="v42",le="+Inf"} 100\nlatency_seconds_count{revision="v42"} 100\nlatency_seconds_sum{revision="v42"} 31.5\n';
    expect((await collected(page, HISTOGRAM))?.current).toMatchObject([{ requests: 100, bad: 20 }]);
  });

  it('does not call everything slow where the histogram lacks the bound', async () => {
    const page = 'latency_seconds_bucket{revision="v42",le="0.1"} 50\nlatency_seconds_count{revision="v42"} 100\n';
    await expect(collected(page, HISTOGRAM)).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: 'latency_seconds has no bucket of 0.5 s; it has 0.1',
    });
  });

  it('does not count failures of a series whose requests it cannot see as none', async () => {
    const page = 'http_requests_total{revision="v42"} 90\nerrors_total{revision="v42",pod="a"} 9\n';
    const settings = { requests: { name: 'http_requests_total' }, bad: { name: 'errors_total' } };
    await expect(collected(page, settings)).rejects.toMatchObject({ code: 'METRICS_UNREADABLE' });
  });

  it('passes over series of other targets where the page names them', async () => {
    const page =
      'http_requests_total{revision="v42",target="eu"} 5\nhttp_requests_total{revision="v42",target="us"} 7\n';
    expect((await collected(page, { ...COUNTER, targetLabel: 'target' }))?.current).toMatchObject([{ requests: 5 }]);
  });

  it.each([
    ['<html>', 'text/plain', 'METRICS_UNREADABLE'],
    ['up 1', 'application/openmetrics-text', 'METRICS_UNREADABLE'],
    ['#'.repeat(9_000_000), 'text/plain', 'METRICS_TOO_LARGE'],
  ])('calls a page unreadable that is broken, cut off or endless', async (page, type, code) => {
    await expect(collected(page, COUNTER, type)).rejects.toMatchObject({ code, retryable: true });
  });

  it('shows one target it cannot read as missing, beside the others, and says and logs why', async () => {
    const server = await listen((_request, response) => response.end('http_requests_total{revision="v42"} 5\n'));
    const deps = testDependencies();
    const metrics = provider(
      { eu: `${server.url}/?token=hidden`, us: 'http://127.0.0.1:1/?token=hidden' },
      COUNTER,
      deps,
    );
    const sample = await metrics.collect({ ...QUERY, targets: ['eu', 'us'] }, 1, soon());
    await server.close();
    expect(sample.strata).toMatchObject([{ current: [{ requests: 5 }] }, { target: 'us', current: [], stable: [] }]);
    expect(deps.logged).toMatchObject([{ details: { target: 'us' }, message: 'a metrics page could not be read' }]);
    expect(sample.unread).toEqual([
      { target: 'us', code: 'METRICS_UNREACHABLE', because: expect.stringMatching(/127\.0\.0\.1:1\/: the connection/) },
    ]);
    expect(JSON.stringify([deps.logged, sample])).not.toContain('hidden');
  });

  it('does not wait for a page longer than it may', async () => {
    const server = await listen(() => undefined);
    const longer = soon();
    const read = provider({ eu: server.url }, { ...COUNTER, timeoutMs: 200 }).collect(QUERY, 1, longer);
    await expect(read).rejects.toMatchObject({ code: 'METRICS_UNREACHABLE' });
    expect(longer.aborted).toBe(false);
    await server.close();
  });

  it('names a target that has no page', async () => {
    const read = provider({ us: 'http://127.0.0.1:1/' }).collect(QUERY, 1, soon());
    await expect(read).rejects.toMatchObject({ code: 'METRICS_MISCONFIGURED', message: expect.stringContaining('eu') });
  });

  it('refuses a pattern that is no regular expression when the policy is read', () => {
    const bad = { name: 'http_requests_total', labels: { code: '/5(/' } };
    expect(() => provider({ eu: 'http://127.0.0.1:1/' }, { ...COUNTER, bad })).toThrow(/METRICS_MISCONFIGURED|bad/);
  });

  it('adds the buckets of a process over its label sets', async () => {
    const page = ['a', 'b']
      .flatMap((route) => [
        `latency_seconds_bucket{revision="v42",route="${route}",le="0.1"} 3`,
        `latency_seconds_bucket{revision="v42",route="${route}",le="+Inf"} 5`,
        `latency_seconds_count{revision="v42",route="${route}"} 5`,
      ])
      .join('\n');
    const stratum = await collected(page, { bad: { slowerThan: { histogram: 'latency_seconds' } } });
    expect(stratum?.current).toMatchObject([{ requests: 10, buckets: [{ bound: 0.1, count: 6 }] }]);
  });

  it.each([
    ['whose label sets have other bounds', ['a",le="0.1"} 5', 'b",le="0.5"} 1']],
    ['that shows no buckets', []],
    ['of which a bucket is no number', ['a",le="0.1"} NaN']],
  ])('leaves a histogram out %s, instead of guessing', async (_name, buckets) => {
    const page = [
      ...buckets.map((each) => `latency_seconds_bucket{revision="v42",route="${each}`),
      'latency_seconds_count{revision="v42",route="a"} 5',
      'latency_seconds_count{revision="v42",route="b"} 5',
    ].join('\n');
    const stratum = await collected(page, { bad: { slowerThan: { histogram: 'latency_seconds' } } });
    expect(stratum?.current).toEqual([]);
  });

  it.each([
    ['nothing', {}, 'is missing'],
    ['two things', { gauge: { name: 'a' }, events: { name: 'b' } }, 'stands beside "gauge"'],
    ['requests of a gauge', { gauge: { name: 'a' }, requests: { name: 'b' } }, 'stands without "bad"'],
  ])('refuses a metric that measures %s', (_name, settings, message) => {
    expect(() => provider({ eu: 'http://127.0.0.1:1/' }, settings)).toThrow(message);
  });
});
