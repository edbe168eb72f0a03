import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { boundSecondsOf, measuredBy } from '../adapters';
import type { AdapterConfig, MetricPolicy, ServicePolicy } from '../domain/policy/policy';
import { DEFAULTS } from './defaults';
import type { ServiceEntry } from './schema';

/** An entry's own keys beside those of its adapter, as the schema has let them through. */
type Flat<Own> = Own & AdapterConfig;
type FlatTarget = Flat<{
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly prepare?: AdapterConfig;
  readonly behind?: string;
}>;
type FlatMetric = Flat<
  Pick<MetricPolicy, 'kind' | 'objective' | 'threshold' | 'margin'> &
    Partial<Pick<MetricPolicy, 'name'>> & { readonly critical?: boolean }
>;

/** The policy that a stanza means, with every default filled in. The hash does not depend on where the file lies. */
export function toPolicy(entry: ServiceEntry, file: string): ServicePolicy {
  const policy = {
    environment: entry.environment ?? DEFAULTS.environment,
    service: entry.name,
    mode: entry.mode ?? DEFAULTS.mode,
    pace: entry.pace ?? DEFAULTS.pace,
    // The unions are put together at run time, so their types do not show what `beside` has added.
    targets: (entry.targets as readonly FlatTarget[]).map(
      ({ name = entry.name, labels, prepare, behind, ...adapter }) => ({
        name,
        labels,
        adapter: adapter as AdapterConfig,
        ...(prepare === undefined ? {} : { prepare }),
        ...(behind === undefined ? {} : { behind }),
      }),
    ),
    metrics: (entry.metrics as readonly FlatMetric[]).map(toMetric),
    phases: entry.phases,
    checks: entry.checks,
    notify: entry.notify ?? DEFAULTS.notify,
    archive: entry.archive ?? DEFAULTS.archive,
    alerts: alertsOf(entry.alerts ?? {}),
    timing: { ...DEFAULTS.timing, ...inMs(entry.timing ?? {}) },
    onHalt: entry.onHalt ?? DEFAULTS.onHalt,
    onThinEvidence: entry.onThinEvidence ?? DEFAULTS.onThinEvidence,
    onCoupled: entry.onCoupled ?? DEFAULTS.onCoupled,
    guardProof: entry.guardProof ?? DEFAULTS.guardProof,
    ...(entry.assess === undefined ? {} : { assess: entry.assess }),
    ...(entry.burst === undefined ? {} : { burst: entry.burst }),
    ...(entry.margins === undefined ? {} : { margins: entry.margins }),
  };
  const hash = createHash('sha256').update(canonicalJson(policy)).digest('hex').slice(0, 12);
  return { ...policy, archive: placed(policy.archive, file), hash };
}

function toMetric({ name, kind, objective, threshold, margin, critical, ...provider }: FlatMetric): MetricPolicy {
  const measures = measuredBy(provider);
  const boundSeconds = boundSecondsOf(provider);
  return {
    name: name ?? kind,
    kind,
    ...(objective === undefined ? {} : { objective }),
    ...(measures === undefined ? {} : { measures }),
    ...(boundSeconds === undefined ? {} : { boundSeconds }),
    ...(threshold === undefined ? {} : { threshold }),
    ...(margin === undefined ? {} : { margin }),
    ...(critical ? { critical } : {}),
    provider: provider as AdapterConfig,
  };
}

function alertsOf({ match, severities, ...times }: NonNullable<ServiceEntry['alerts']>): ServicePolicy['alerts'] {
  const { alerts } = DEFAULTS;
  return { ...alerts, match: match ?? alerts.match, severities: severities ?? alerts.severities, ...inMs(times) };
}

/** The file says `interval`, the policy `intervalMs`. */
function inMs(times: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> {
  const given = Object.entries(times).flatMap(([name, ms]) => (ms === undefined ? [] : [[`${name}Ms`, ms] as const]));
  return Object.fromEntries(given);
}

/** A relative path means: beside the policy file, wherever the process was started. */
function placed(archive: AdapterConfig, file: string): AdapterConfig {
  const path = archive['path'];
  return typeof path === 'string' ? { ...archive, path: resolve(dirname(file), path) } : { ...archive };
}

/** JSON in which the order of keys says nothing. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
