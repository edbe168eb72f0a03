import { stringify } from 'yaml';
import { REGIONS, targetName } from './world';

const ENVIRONMENT = 'prod';

/** A service that the laboratory runs. */
export interface LabService {
  readonly name: string;
  readonly mode: 'ask' | 'auto';
  /** Between two samples; a quarter of a second where nothing is said. */
  readonly interval?: string;
  /** `express` where nothing is said. */
  readonly pace?: 'surgical' | 'balanced' | 'express';
  /** A phase without a verdict by then asks a person. */
  readonly longestBake?: string;
}

/** The policy file of the laboratory, over its own targets and metric pages. */
export function policyFile(
  services: readonly LabService[],
  ports: { readonly gateway: number; readonly target: number; readonly metrics: number },
  archive: string,
): string {
  const counter = { name: 'http_requests_total' };
  const at = (port: number, service: string, region: string) =>
    `http://127.0.0.1:${port}/${targetName(service, region)}`;
  return stringify({
    apiVersion: 'phased-rollback/v1',
    gateway: { host: '127.0.0.1', port: ports.gateway },
    // Many services alert at once here so that many rollbacks are killed at once; what limits them is tried elsewhere.
    environments: { [ENVIRONMENT]: { automaticAtOnce: 1_000, commonCause: { services: 1_000 } } },
    services: services.map(({ name, mode, interval = '250ms', pace = 'express', longestBake = '5m' }) => ({
      name,
      environment: ENVIRONMENT,
      mode,
      pace,
      targets: REGIONS.map((region) => ({
        name: region,
        labels: { region },
        type: 'http',
        url: at(ports.target, name, region),
      })),
      metrics: [
        {
          name: 'failed requests',
          kind: 'errors',
          objective: 0.02,
          type: 'openmetrics',
          endpoints: Object.fromEntries(REGIONS.map((region) => [region, at(ports.metrics, name, region)])),
          requests: counter,
          bad: { ...counter, labels: { code: '/5../' } },
        },
      ],
      alerts: { coolDown: '0s' },
      archive: { type: 'directory', path: archive },
      timing: {
        interval,
        settle: interval,
        longestBake,
        soak: '1s',
        noData: '60s',
        quiet: '60s',
        capacity: '60s',
      },
    })),
  });
}
