import { createAdapters } from '../../../src/adapters';
import { MOST_SERIES } from '../../../src/adapters/metric-providers/asking';
import type { AdapterConfig } from '../../../src/domain/policy/policy';
import type { MetricProvider } from '../../../src/ports';
import { describeCrowdedMetrics, describeTroubledMetrics } from '../../contract/limited-metrics.contract';
import { testDependencies } from '../support/dependencies';
import { listen, send } from '../support/loopback';
import { needsStore, startStore } from './support/metric-store';
import type { MetricStore, StoreKind } from './support/metric-store';

const COUNTERS = {
  requests: { name: 'http_requests_total' },
  bad: { name: 'http_requests_total', labels: { code: '/5../' } },
};
const QUERY = { targets: ['eu'], current: 'v42', stable: 'v41' };
const soon = (): AbortSignal => AbortSignal.timeout(20_000);
const secrets = { '${env:KEY}': 'hidden' };

function provider(config: AdapterConfig): MetricProvider {
  return createAdapters(testDependencies(secrets)).metrics({ name: 'errors', kind: 'errors', provider: config });
}

const prometheus = (url: string, settings: object = {}): MetricProvider =>
  provider({ type: 'prometheus', url, ...COUNTERS, ...settings });
const openmetrics = (url: string, settings: object = {}): MetricProvider =>
  provider({ type: 'openmetrics', endpoints: { eu: url }, ...COUNTERS, ...settings });
const paths = { requests: 'shop.{target}.{revision}.requests', bad: 'shop.{target}.{revision}.bad' };
const graphite = (url: string, settings: object = {}): MetricProvider =>
  provider({ type: 'graphite', url, stepSeconds: 1, sends: 'counters', ...paths, ...settings });
const datadog = (url: string, settings: object = {}): MetricProvider => {
  const keys = { apiKey: '${env:KEY}', applicationKey: '${env:KEY}' };
  return provider({ type: 'datadog', url, ...keys, requests: { name: 'hits' }, bad: { name: 'errors' }, ...settings });
};
const newrelic = (url: string, settings: object): MetricProvider =>
  provider({
    type: 'newrelic',
    url,
    accountId: 7,
    userKey: '${env:KEY}',
    requests: {},
    bad: { error: true },
    ...settings,
  });

describeTroubledMetrics({ name: 'prometheus', provider: prometheus });
describeTroubledMetrics({ name: 'openmetrics', provider: openmetrics });
describeTroubledMetrics({ name: 'graphite', provider: graphite });
describeTroubledMetrics({ name: 'datadog', provider: datadog });
describeTroubledMetrics({ name: 'newrelic', provider: newrelic });

const line = (path: number): string => `http_requests_total{revision="v42",code="200",path="/${path}"} 1`;

/** A page on which one process shows so many label sets. */
const page = (series: number): string => Array.from({ length: series }, (_, path) => line(path)).join('\n');

describeCrowdedMetrics({
  name: 'openmetrics',
  most: MOST_SERIES,
  async create() {
    let text = '';
    const server = await listen((_request, response) => response.end(`# TYPE x gauge\nx 1\n${text}\n`));
    return {
      provider: openmetrics(server.url),
      crowd: async (series) => void (text = page(series)),
      close: server.close,
    };
  },
});

describe.each<StoreKind>(['prometheus', 'victoria-metrics'])('with the real %s', (kind) => {
  needsStore(kind);
  let store: MetricStore;
  beforeAll(async () => (store = await startStore(kind)));
  afterAll(() => store.close());

  describeCrowdedMetrics({
    name: kind,
    most: MOST_SERIES,
    create: async () => ({
      provider: prometheus(store.url),
      crowd: (series) => store.show(page(series), line(series - 1)),
      close: () => Promise.resolve(),
    }),
  });

  it('does not wait for a store that hangs, and reads it once it goes on', async () => {
    await store.show('http_requests_total{revision="v43",code="200"} 7');
    const query = { ...QUERY, current: 'v43' };
    const hasty = prometheus(store.url, { timeoutMs: 300 });
    store.freeze();
    try {
      await expect(hasty.collect(query, Date.now(), soon())).rejects.toMatchObject({
        code: 'METRICS_UNREACHABLE',
        retryable: true,
        message: expect.stringContaining('no answer in time'),
      });
    } finally {
      store.thaw();
    }
    const { strata } = await prometheus(store.url).collect(query, Date.now(), soon());
    expect(strata[0]?.current).toMatchObject([{ requests: 7, bad: 0 }]);
  });
});

describe('an answer of too many series', () => {
  const many = Array.from({ length: MOST_SERIES + 1 }, (_, index) => index);
  const now = Math.floor(Date.now() / 1000);

  it.each([
    ['Graphite', graphite, many.map((index) => ({ target: `shop.eu.v42.p${index}.requests`, datapoints: [[1, now]] }))],
    [
      'Datadog',
      datadog,
      {
        data: {
          type: 'timeseries_response',
          attributes: {
            times: [],
            values: many.map(() => []),
            series: many.map((index) => ({ query_index: 0, group_tags: [`version:v${index}`] })),
          },
        },
      },
    ],
  ])('of %s is none', async (_name, of, answer) => {
    const server = await listen((_request, response) => send(response, 200, answer));
    try {
      await expect(of(server.url).collect(QUERY, Date.now(), soon())).rejects.toMatchObject({
        code: 'METRICS_TOO_LARGE',
        message: expect.stringContaining('sum by the labels'),
      });
    } finally {
      await server.close();
    }
  });
});
