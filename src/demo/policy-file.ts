import { stringify } from 'yaml';
import type { Fleet } from './fleet/fleet';

const TIMING = {
  interval: '1s',
  settle: '2s',
  longestBake: '45s',
  soak: '5s',
  noData: '20s',
  quiet: '10s',
  capacity: '30s',
};

/** What a scenario changes in the policy. */
export interface DemoPolicy {
  readonly mode: 'ask' | 'auto';
  readonly pace: 'surgical' | 'balanced' | 'express';
  /** Times that differ from the demo's own. */
  readonly timing?: Readonly<Partial<Record<keyof typeof TIMING, string>>>;
}

/** The demo's policy file: an ordinary one, with short times so that a minute shows what half an hour would. */
export function demoPolicyFile(
  fleet: Fleet,
  policy: DemoPolicy,
  places: { archive: string; gatewayPort: number },
): string {
  const endpoints = Object.fromEntries(fleet.targets.map((target) => [target.name, target.metricsUrl]));
  const counters = { name: 'http_requests_total' };
  return stringify({
    apiVersion: 'phased-rollback/v1',
    gateway: { host: '127.0.0.1', port: places.gatewayPort },
    services: [
      {
        name: 'checkout',
        environment: 'prod',
        mode: policy.mode,
        pace: policy.pace,
        targets: fleet.targets.map((target) => ({
          name: target.name,
          labels: target.labels,
          type: 'http',
          url: target.url,
          sticky: true,
        })),
        metrics: [
          {
            name: 'failed requests',
            kind: 'errors',
            objective: 0.02,
            type: 'openmetrics',
            endpoints,
            requests: counters,
            bad: { ...counters, labels: { code: '/5../' } },
          },
          {
            name: 'slow requests',
            kind: 'latency',
            objective: 0.05,
            type: 'openmetrics',
            endpoints,
            requests: counters,
            bad: { slowerThan: { histogram: 'http_request_duration_seconds', boundSeconds: 0.5 } },
          },
        ],
        archive: { type: 'directory', path: places.archive },
        timing: { ...TIMING, ...policy.timing },
      },
    ],
  });
}
