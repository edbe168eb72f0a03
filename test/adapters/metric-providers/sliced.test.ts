import { InMemoryMetrics } from '../../../src/adapters';
import type { AdapterConfig } from '../../../src/domain/policy/policy';
import type { LabelValues, MetricProvider, Added, Sliced } from '../../../src/ports';
import { describeSliced } from '../../contract/sliced.contract';
import { testDependencies } from '../support/dependencies';
import { listen } from '../support/loopback';
import { SharedStore } from './support/shared-store';
import { slicedProvider } from './support/sliced-provider';

const COUNTERS = {
  requests: { name: 'http_requests_total' },
  bad: { name: 'http_requests_total', labels: { code: '/5../' } },
};
const soon = (): AbortSignal => AbortSignal.timeout(5_000);

function provider(config: AdapterConfig): MetricProvider & Sliced {
  return slicedProvider({ ...COUNTERS, ...config }, testDependencies());
}

/** Lines by route; a route that is empty has no label. `own`: the labels before it, each with a comma. */
function lines(own: string, route: string, { requests, bad }: Added): string {
  const labels = route === '' ? own : `${own}route="${route}",`;
  return [
    `http_requests_total{${labels}code="200"} ${requests - bad}`,
    `http_requests_total{${labels}code="502"} ${bad}`,
  ].join('\n');
}

const store = new SharedStore('prometheus');
afterAll(() => store.close());

describeSliced({
  name: 'prometheus',
  async create() {
    const part = await store.part();
    const shown: Record<string, string> = {};
    return {
      provider: provider({ type: 'prometheus', url: part.url, targetLabel: 'region', ...part.within(COUNTERS) }),
      async show(target, revision, route, counts) {
        shown[`${target} ${revision} ${route}`] = lines(`region="${target}",revision="${revision}",`, route, counts);
        await part.show(Object.values(shown).join('\n'));
      },
      unreachable: async () => part.stop(),
      close: part.close,
    };
  },
});

describeSliced({
  name: 'openmetrics',
  async create() {
    const shown: Record<string, Record<string, string>> = { eu: {}, us: {} };
    const server = await listen((request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(`${Object.values(shown[request.url?.slice(1) ?? ''] ?? {}).join('\n')}\n`);
    });
    return {
      provider: provider({ type: 'openmetrics', endpoints: { eu: `${server.url}/eu`, us: `${server.url}/us` } }),
      async show(target, revision, route, counts) {
        shown[target] = {
          ...shown[target],
          [`${revision} ${route}`]: lines(`revision="${revision}",`, route, counts),
        };
      },
      unreachable: server.close,
      close: server.close,
    };
  },
});

describeSliced({
  name: 'in-memory',
  async create() {
    const metrics = new InMemoryMetrics();
    return {
      provider: metrics,
      async show(target, revision, route, counts) {
        metrics.setValue(target, revision, 'route', route, counts);
      },
      async unreachable() {
        metrics.unreachable = true;
      },
      close: () => Promise.resolve(),
    };
  },
});

describe('values of labels from pages', () => {
  const QUERY = { targets: ['eu', 'us'], current: 'v42', stable: 'v41' };
  const WINDOW = { from: 0, to: 60_000, stepMs: 10_000 };

  async function asked(page: string, settings: object = {}, label = 'route'): Promise<LabelValues> {
    const server = await listen((_request, response) => response.end(page));
    const config = { type: 'openmetrics', endpoints: { eu: server.url, us: `${server.url}/us` }, ...settings };
    try {
      return await provider(config).slices({ ...QUERY, targets: ['eu'] }, label, WINDOW, soon());
    } finally {
      await server.close();
    }
  }

  it('have all buckets of a histogram for which no bound is named', async () => {
    const page = [
      'seconds_bucket{revision="v42",route="/pay",le="0.1"} 3',
      'seconds_bucket{revision="v42",route="/pay",le="+Inf"} 5',
      'seconds_count{revision="v42",route="/pay"} 5',
      '',
    ].join('\n');
    const settings = { requests: undefined, bad: { slowerThan: { histogram: 'seconds' } } };
    expect((await asked(page, settings)).values).toEqual([
      {
        value: '/pay',
        current: [{ requests: 5, bad: 0, buckets: [{ bound: 0.1, count: 3 }] }],
        stable: [{ requests: 0, bad: 0 }],
      },
    ]);
  });

  it('are refused where failures have a label that requests lack, for none of them could be told apart', async () => {
    const page = 'requests_total{revision="v42"} 90\nfailed_total{revision="v42",route="/pay"} 9\n';
    const settings = { requests: { name: 'requests_total' }, bad: { name: 'failed_total' } };
    await expect(asked(page, settings)).rejects.toMatchObject({ code: 'METRICS_UNREADABLE' });
  });

  it('are refused of what has no requests', async () => {
    const settings = { requests: undefined, bad: undefined, gauge: { name: 'depth' } };
    await expect(asked('depth{revision="v42"} 1\n', settings)).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: '"gauge" has no requests that a label could tell apart',
    });
  });

  it('are of all pages or of none: a target that is left out would look like one without failures', async () => {
    const server = await listen((_request, response) =>
      response.end('http_requests_total{revision="v42",route="/"} 5\n'),
    );
    const config = { type: 'openmetrics', endpoints: { eu: server.url, us: 'http://127.0.0.1:1/' } };
    await expect(provider(config).slices(QUERY, 'route', WINDOW, soon())).rejects.toMatchObject({
      code: 'METRICS_UNREACHABLE',
    });
    await server.close();
  });
});
