import type { ServicePolicy } from '../policy/policy';

/** Labels that name the service, the first present wins. */
const SERVICE_LABELS = ['service', 'app', 'job'];
const ENVIRONMENT_LABELS = ['environment', 'env'];

/** The services that an alert's labels mean. One that names no environment means the only one its service runs in. */
export function matchServices(
  labels: Readonly<Record<string, string>>,
  policies: readonly ServicePolicy[],
): readonly ServicePolicy[] {
  const environment = first(labels, ENVIRONMENT_LABELS);
  const named = policies.filter((policy) => concerns(labels, policy));
  if (environment !== undefined) return named.filter((policy) => policy.environment === environment);
  return named.filter((policy) => named.filter((other) => other.service === policy.service).length === 1);
}

function concerns(labels: Readonly<Record<string, string>>, policy: ServicePolicy): boolean {
  const wanted = Object.entries(policy.alerts.match);
  if (wanted.length > 0) return wanted.every(([label, value]) => labels[label] === value);
  return serviceNamed(labels) === policy.service;
}

/** The service that labels name, whether or not it is configured. */
export function serviceNamed(labels: Readonly<Record<string, string>>): string | undefined {
  return first(labels, SERVICE_LABELS);
}

function first(labels: Readonly<Record<string, string>>, names: readonly string[]): string | undefined {
  return names.map((name) => labels[name]).find((value) => value !== undefined);
}
