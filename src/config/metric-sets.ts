/** What a set is given: where its store is and what tells revisions, targets and this service apart there. */
export interface SetInput {
  /** Keys that go into every metric as they are: address, credentials, labels that tell things apart. */
  readonly shared: Readonly<Record<string, unknown>>;
  /** Labels that every counter must have, such as the service's name. */
  readonly labels: Readonly<Record<string, string>>;
  /** The backend that every target of the service names, where they name one and the same. */
  readonly backend?: string;
  /** Names that no convention fixes; of queues only. */
  readonly names: { readonly processed?: string; readonly failed?: string; readonly lag?: string };
}

/** A metric as the policy file would write it out. */
export type WrittenMetric = Readonly<Record<string, unknown>>;

/** A set: what it counts by the names that its exporter really uses, and the label that shows revisions by default. */
interface MetricSet {
  readonly what: string;
  readonly revisionLabel: string;
  readonly metrics: (input: SetInput) => readonly WrittenMetric[];
}

/** Ready-made sets by name. Each has an errors metric; those with a histogram watch latency by bounds that the judge picks. */
export const METRIC_SETS = {
  http: {
    what: 'http_requests_total by code, and http_request_duration_seconds',
    revisionLabel: 'version',
    metrics: (input) => [
      failures(input, 'http_requests_total', { code: '/5../' }),
      slowness(input, 'http_request_duration_seconds'),
    ],
  },
  istio: {
    what: 'istio_requests_total and istio_request_duration_milliseconds, as the destination reports them',
    revisionLabel: 'destination_version',
    metrics: (input) => {
      const seen = { ...input, labels: { reporter: 'destination', ...input.labels } };
      return [
        failures(seen, 'istio_requests_total', { response_code: '/5../' }),
        slowness(seen, 'istio_request_duration_milliseconds'),
      ];
    },
  },
  'nginx-ingress': {
    what: 'nginx_ingress_controller_requests by status, and nginx_ingress_controller_request_duration_seconds',
    revisionLabel: 'service',
    metrics: (input) => [
      failures(input, 'nginx_ingress_controller_requests', { status: '/5../' }),
      slowness(input, 'nginx_ingress_controller_request_duration_seconds'),
    ],
  },
  haproxy: {
    what: "haproxy_server_http_responses_total by code, of HAProxy's own exporter; it has no histogram",
    revisionLabel: 'server',
    // A page of HAProxy's shows all its backends, and servers of several may have the same name.
    metrics: ({ backend, ...input }) => {
      const labels = { ...(backend === undefined ? {} : { proxy: backend }), ...input.labels };
      return [failures({ ...input, labels }, 'haproxy_server_http_responses_total', { code: '5xx' })];
    },
  },
  grpc: {
    what: 'grpc_server_handled_total by grpc_code, and grpc_server_handling_seconds',
    revisionLabel: 'version',
    metrics: (input) => [
      failures(input, 'grpc_server_handled_total', {
        grpc_code: '/Unknown|DeadlineExceeded|ResourceExhausted|Unimplemented|Internal|Unavailable|DataLoss/',
      }),
      slowness(input, 'grpc_server_handling_seconds'),
    ],
  },
  queue: {
    what: 'counters of processed and failed messages, and how far behind the consumer is, by names of yours',
    revisionLabel: 'version',
    metrics: (input) => [
      {
        ...input.shared,
        name: 'failed messages',
        kind: 'errors',
        requests: { name: input.names.processed, labels: input.labels },
        bad: { name: input.names.failed, labels: input.labels },
      },
      ...(input.names.lag === undefined
        ? []
        : [
            {
              ...input.shared,
              name: 'lag',
              kind: 'saturation',
              gauge: { name: input.names.lag, labels: input.labels },
            },
          ]),
    ],
  },
} as const satisfies Readonly<Record<string, MetricSet>>;

/** The name of a ready-made set. */
export type MetricSetName = keyof typeof METRIC_SETS;

/** One counter whose bad ones have these labels besides. */
export function failures(
  { shared, labels }: SetInput,
  counter: string,
  bad: Readonly<Record<string, string>>,
): WrittenMetric {
  return {
    ...shared,
    name: 'failed requests',
    kind: 'errors',
    requests: { name: counter, labels },
    bad: { name: counter, labels: { ...labels, ...bad } },
  };
}

/** Its objective is of failures; slowness is compared with the other revision. */
function slowness({ shared, labels }: SetInput, histogram: string): WrittenMetric {
  const { objective: _ofFailures, ...address } = shared;
  return { ...address, name: 'slow requests', kind: 'latency', bad: { slowerThan: { histogram, labels } } };
}
