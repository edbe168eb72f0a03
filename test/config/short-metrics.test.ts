import { createAdapters, resolveSecret } from '../../src/adapters';
import { countsOf } from '../../src/adapters/metric-providers/counters';
import type { CountersConfig } from '../../src/adapters/metric-providers/counters';
import { parseMetricText } from '../../src/adapters/metric-providers/text-format';
import { loadConfig, policyJsonSchema, showConfig } from '../../src/config';
import type { ServicePolicy } from '../../src/domain/policy/policy';

const STORE = 'http://127.0.0.1:9090';

const TARGETS = "[{ type: http, url: 'http://127.0.0.1:1/' }]";

function load(metrics: string, targets = TARGETS): ReturnType<typeof loadConfig> {
  const service = `  - name: checkout\n    targets: ${targets}\n    metrics: ${metrics}\n`;
  return loadConfig(`apiVersion: phased-rollback/v1\nservices:\n${service}`, 'policy.yaml');
}

function policyOf(metrics: string, targets = TARGETS): ServicePolicy {
  const { services, invalid } = load(metrics, targets);
  expect(invalid).toEqual([]);
  const [policy] = services;
  if (!policy) throw new Error('no service was read');
  return policy;
}

/** What a metric of the policy counts of a revision on a page of its exporter. */
function counted(policy: ServicePolicy, metric: string, page: string, revision: string) {
  const text = parseMetricText(page, false);
  const provider = policy.metrics.find(({ name }) => name === metric)?.provider;
  if (!text.ok || !provider) throw new Error('nothing to count');
  // The schema has read it; a policy keeps it as plain JSON.
  const config = { instanceLabels: ['instance', 'pod'], ...provider } as unknown as CountersConfig;
  return countsOf(config, text.lines, revision).map(({ requests, bad, buckets }) => ({ requests, bad, buckets }));
}

describe('a ready-made set', () => {
  test.each([
    {
      set: 'http',
      revision: 'v42',
      page: 'http_requests_total{version="v42",code="200"} 90\nhttp_requests_total{version="v42",code="503"} 10\n',
    },
    {
      set: 'istio',
      revision: 'v42',
      page: [
        'istio_requests_total{reporter="destination",destination_version="v42",response_code="200"} 90',
        'istio_requests_total{reporter="destination",destination_version="v42",response_code="500"} 10',
        'istio_requests_total{reporter="source",destination_version="v42",response_code="500"} 10\n',
      ].join('\n'),
    },
    {
      set: 'nginx-ingress',
      revision: 'checkout-v42',
      page: [
        'nginx_ingress_controller_requests{ingress="checkout",service="checkout-v42",status="200"} 90',
        'nginx_ingress_controller_requests{ingress="checkout",service="checkout-v42",status="502"} 10\n',
      ].join('\n'),
    },
    {
      set: 'haproxy',
      revision: 'green',
      page: [
        'haproxy_server_http_responses_total{proxy="checkout",server="green",code="2xx"} 85',
        'haproxy_server_http_responses_total{proxy="checkout",server="green",code="4xx"} 5',
        'haproxy_server_http_responses_total{proxy="checkout",server="green",code="5xx"} 10',
        'haproxy_server_http_responses_total{proxy="checkout",server="blue",code="5xx"} 1\n',
      ].join('\n'),
    },
    {
      set: 'grpc',
      revision: 'v42',
      page: [
        'grpc_server_handled_total{version="v42",grpc_code="OK"} 80',
        'grpc_server_handled_total{version="v42",grpc_code="NotFound"} 10',
        'grpc_server_handled_total{version="v42",grpc_code="Unavailable"} 10\n',
      ].join('\n'),
    },
  ])('$set counts what its exporter shows', ({ set, page, revision }) => {
    const policy = policyOf(`{ prometheus: '${STORE}', use: ${set} }`);
    expect(counted(policy, 'failed requests', page, revision)).toEqual([{ requests: 100, bad: 10 }]);
  });

  test('of a queue counts by names of its own, and watches how far behind it is', () => {
    const names = 'processed: jobs_total, failed: jobs_failed_total, lag: jobs_waiting';
    const policy = policyOf(`{ prometheus: '${STORE}', use: queue, ${names} }`);
    const page = 'jobs_total{version="v42"} 100\njobs_failed_total{version="v42"} 10\njobs_waiting{version="v42"} 7\n';
    expect(counted(policy, 'failed messages', page, 'v42')).toEqual([{ requests: 100, bad: 10 }]);
    expect(policy.metrics.map(({ name, kind, measures }) => [name, kind, measures])).toEqual([
      ['failed messages', 'errors', undefined],
      ['lag', 'saturation', 'gauge'],
    ]);
  });

  test('watches latency by bounds that the judge picks, in seconds whatever the histogram counts in', () => {
    const policy = policyOf(`{ prometheus: '${STORE}', use: istio, objective: 1% }`);
    const histogram = 'istio_request_duration_milliseconds';
    const labels = 'reporter="destination",destination_version="v42"';
    const page = `${histogram}_count{${labels}} 10\n${histogram}_bucket{${labels},le="500"} 8\n${histogram}_bucket{${labels},le="+Inf"} 10\n`;
    expect(counted(policy, 'slow requests', page, 'v42')).toEqual([
      { requests: 10, bad: 0, buckets: [{ bound: 0.5, count: 8 }] },
    ]);
    expect(policy.metrics.map(({ name, measures, objective }) => [name, measures, objective])).toEqual([
      ['failed requests', undefined, 0.01],
      ['slow requests', 'buckets', undefined],
    ]);
  });

  test('takes the labels and the credentials of the store with it, and makes providers that work', () => {
    const store = `prometheus: '${STORE}', token: '\${env:TOKEN}', tenant: shop, targetLabel: region`;
    const policy = policyOf(`{ ${store}, use: http, labels: { service: checkout }, revisionLabel: release }`);
    expect(policy.metrics[0]?.provider).toMatchObject({
      url: STORE,
      token: '${env:TOKEN}',
      tenant: 'shop',
      targetLabel: 'region',
      revisionLabel: 'release',
      requests: { labels: { service: 'checkout' } },
      bad: { labels: { service: 'checkout', code: '/5../' } },
    });
    const adapters = createAdapters({ resolveSecret, log: { info: () => undefined }, now: () => 0 });
    expect(policy.metrics.map((metric) => adapters.metrics(metric).delayMs())).toEqual([0, 0]);
  });

  test('is shown written out, each value with the set that it comes from', () => {
    const shown = showConfig(load(`{ prometheus: '${STORE}', use: haproxy }`));
    const value = shown.find(({ path }) => path === 'prod/checkout metrics[0].requests.name');
    expect(value).toMatchObject({ value: 'haproxy_server_http_responses_total', from: 'set haproxy (line 5)' });
  });
});

test.each([
  ['the backend that all targets name', ['checkout', 'checkout'], '', { proxy: 'checkout' }],
  ['what the policy says of it', ['checkout', 'checkout'], ', labels: { proxy: shop }', { proxy: 'shop' }],
  ['nothing where targets name several', ['checkout', 'shop'], '', {}],
])('servers of a HAProxy are counted of %s', (_what, backends, labels, wanted) => {
  const targets = backends.map(
    (backend, index) =>
      `{ name: t${index}, type: haproxy, address: '127.0.0.1:9999', backend: ${backend}, slots: { blue: [b1], green: [g1] } }`,
  );
  const policy = policyOf(
    `{ prometheus: '${STORE}', use: haproxy, targetLabel: region${labels} }`,
    `[${targets.join(', ')}]`,
  );
  expect(policy.metrics[0]?.provider).toMatchObject({ requests: { labels: wanted } });
});

test('one counter with the labels of its bad ones is a start', () => {
  const policy = policyOf(`{ prometheus: '${STORE}', counter: orders_total, bad: { result: failed } }`);
  const page = 'orders_total{version="v42",result="done"} 95\norders_total{version="v42",result="failed"} 5\n';
  expect(counted(policy, 'failed requests', page, 'v42')).toEqual([{ requests: 100, bad: 5 }]);
});

test.each([
  { wrong: `{ prometheus: '${STORE}' }`, says: 'services[0].metrics.use: is missing; there is http, istio' },
  { wrong: `{ prometheus: '${STORE}', use: isto }`, says: 'services[0].metrics.use: ' },
  { wrong: '{ prometheus: nowhere, use: http }', says: 'services[0].metrics.prometheus: must be an http or https' },
  { wrong: '{ use: http }', says: 'services[0].metrics.prometheus: ' },
  {
    wrong: `{ prometheus: '${STORE}', use: http, counter: a_total }`,
    says: 'services[0].metrics.counter: stands beside "use: http"; take a set or a counter',
  },
  {
    wrong: `{ prometheus: '${STORE}', counter: a_total }`,
    says: 'services[0].metrics.bad: is missing; say which ones of a_total are bad',
  },
  {
    wrong: `{ prometheus: '${STORE}', use: queue, failed: f_total }`,
    says: 'services[0].metrics.processed: is missing; no convention names the counters of a queue',
  },
  {
    wrong: `{ prometheus: '${STORE}', use: http, lag: waiting }`,
    says: 'services[0].metrics.lag: says nothing here: it belongs to "use: queue"',
  },
  { wrong: `{ prometheus: '${STORE}', use: http, label: {} }`, says: 'did you mean "labels"?' },
  { wrong: `{ prometheus: '${STORE}', use: http, token: hunter2 }`, says: 'must be a reference' },
])('what is wrong in a short form is named with its place and the way out: $wrong', ({ wrong, says }) => {
  const { services, invalid } = load(wrong);
  expect(services).toEqual([]);
  const problems = invalid.flatMap((service) => service.problems.map(({ path, message }) => `${path}: ${message}`));
  expect(problems.join('\n')).toContain(says);
  expect(problems.join('\n')).not.toContain('hunter2');
});

test('editors are told both forms', () => {
  const schema = JSON.stringify(policyJsonSchema());
  expect(schema).toContain('nginx-ingress');
  expect(schema).toContain('"anyOf"');
});

describe('margins and bursts', () => {
  const withKeys = (keys: string) => load(`[]\n    ${keys}`);

  test('go into the policy as they are written', () => {
    const { services } = withKeys(
      'burst: { phi: 4, minIntervals: 3 }\n    margins: { help: 0.5, harm: { factor: 1.2, delta: 2% } }',
    );
    expect(services[0]).toMatchObject({
      burst: { phi: 4, minIntervals: 3 },
      margins: { help: 0.5, harm: { factor: 1.2, delta: 0.02 } },
    });
  });

  test.each([
    { keys: 'burst: { phi: 0.5 }', says: 'services[0].burst.phi' },
    { keys: 'burst: { minIntervals: 12 }', says: 'services[0].burst.minIntervals' },
    { keys: 'margins: { help: 1.5 }', says: 'must be at most 1: more often is no help' },
    { keys: 'margins: { harm: { factor: 0.5 } }', says: 'must be at least 1' },
    { keys: 'margins: { harms: {} }', says: 'did you mean "harm"?' },
  ])('are refused outside of what can be judged: $keys', ({ keys, says }) => {
    const problems = withKeys(keys).invalid.flatMap((service) => service.problems);
    expect(problems.map(({ path, message }) => `${path}: ${message}`).join('\n')).toContain(says);
  });
});
