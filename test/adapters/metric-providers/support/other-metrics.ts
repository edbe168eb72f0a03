import type { HistogramCounts, OtherMetrics } from '../../../contract/metric-provider.contract';
import type { MetricProvider } from '../../../../src/ports';

const HISTOGRAM = 'latency_seconds';
const GAUGE = 'queue_depth';
const EVENTS = 'crashes_total';

/** How the policy asks for each kind. */
const SETTINGS = {
  histogram: { bad: { slowerThan: { histogram: HISTOGRAM } } },
  gauge: { gauge: { name: GAUGE } },
  events: { events: { name: EVENTS } },
} as const;

type Kind = keyof typeof SETTINGS;

/** Lines of an exposition for every kind beside counters; `put` shows them in place of what they showed before. */
export function otherMetrics(
  provider: (settings: object) => MetricProvider,
  put: (target: string, key: string, lines: (labels: string) => readonly string[]) => Promise<void>,
): OtherMetrics {
  const of = (kind: Kind): MetricProvider => provider({ requests: undefined, bad: undefined, ...SETTINGS[kind] });
  return {
    histogram: {
      provider: of('histogram'),
      show: (target, revision, counts) =>
        put(target, `${revision}/histogram`, (own) => histogram(own, revision, counts)),
    },
    gauge: {
      provider: of('gauge'),
      show: (target, revision, value) =>
        put(target, `${revision}/gauge`, (own) => [`${GAUGE}{${own}revision="${revision}"} ${value}`]),
    },
    events: {
      provider: of('events'),
      show: (target, revision, count) =>
        put(target, `${revision}/events`, (own) => [`${EVENTS}{${own}revision="${revision}"} ${count}`]),
    },
  };
}

function histogram(own: string, revision: string, { requests, upTo }: HistogramCounts): readonly string[] {
  const labels = `${own}revision="${revision}"`;
  return [
    ...Object.entries(upTo).map(([le, count]) => `${HISTOGRAM}_bucket{${labels},le="${le}"} ${count}`),
    `${HISTOGRAM}_count{${labels}} ${requests}`,
  ];
}
