import { stringify } from 'yaml';
import { troubleFile } from './trouble';
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
  /** How long capacity may take to come; a minute where nothing is said. */
  readonly capacity?: string;
  /** Whether somebody's own check is asked, which says no while the service is in that trouble. */
  readonly isChecked?: boolean;
}

/** The policy file of the laboratory, over its own targets and metric pages. */
export function policyFile(
  services: readonly LabService[],
  ports: { readonly gateway: number; readonly target: number; readonly metrics: number },
  folders: { readonly archive: string; readonly world: string },
): string {
  const counter = { name: 'http_requests_total' };
  const at = (port: number, service: string, region: string) =>
    `http://127.0.0.1:${port}/${targetName(service, region)}`;
  return stringify({
    apiVersion: 'phased-rollback/v1',
    gateway: { host: '127.0.0.1', port: ports.gateway },
    // Many services alert at once here so that many rollbacks are killed at once; what limits them is tried elsewhere.
    environments: { [ENVIRONMENT]: { automaticAtOnce: 1_000, commonCause: { services: 1_000 } } },
    services: services.map(
      ({ name, mode, interval = '250ms', pace = 'express', longestBake = '5m', capacity = '60s', isChecked }) => ({
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
        ...(isChecked ? { checks: [asksTheWorld(folders.world, name)] } : {}),
        archive: { type: 'directory', path: folders.archive },
        timing: {
          interval,
          settle: interval,
          longestBake,
          soak: '1s',
          noData: '60s',
          quiet: '60s',
          capacity,
        },
      }),
    ),
  });
}

/** A program of the team's own, as small as one can be. */
function asksTheWorld(world: string, service: string): object {
  const says = `[ "$(cat '${troubleFile(world, service)}' 2>/dev/null)" = 'not ready' ] && exit 30; echo '{}'`;
  return { type: 'exec', name: 'the world', command: ['sh', '-c', says] };
}
