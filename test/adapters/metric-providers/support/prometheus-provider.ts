import { createAdapters } from '../../../../src/adapters';
import type { MetricProvider } from '../../../../src/ports';
import { testDependencies } from '../../support/dependencies';

/** The counters that the suites of Prometheus ask for. */
export const COUNTERS = {
  requests: { name: 'http_requests_total' },
  bad: { name: 'http_requests_total', labels: { code: '/5../' } },
};

/** What they ask of them. */
export const QUERY = { targets: ['eu'], current: 'v42', stable: 'v41' };

/** A Prometheus provider of errors at that address. */
export function provider(url: string, settings: object = {}, deps = testDependencies()): MetricProvider {
  const config = { type: 'prometheus', url, ...COUNTERS, ...settings };
  return createAdapters(deps).metrics({ name: 'errors', kind: 'errors', provider: config });
}
