import type { AdapterConfig, CheckPolicy, MetricPolicy, TargetPolicy } from '../domain/policy/policy';
import type { SlotRecord } from '../domain/service/slots';
import type { AlertSource, Archive, DeploymentTarget, MetricProvider, Notifier, ReadinessCheck } from '../ports';
import * as alertSources from './alert-sources';
import * as archives from './archives';
import { InMemoryArchive } from './archives/in-memory';
import * as checks from './checks';
import type { AdapterDependencies } from './dependencies';
import { familyOf } from './kind';
import * as metricProviders from './metric-providers';
import type { InMemoryMetrics } from './metric-providers/in-memory';
import * as notifiers from './notifiers';
import { InMemoryNotifier } from './notifiers/in-memory';
import * as targets from './targets';
import type { InMemoryTarget } from './targets/in-memory';
import { withPrepareHook } from './targets/prepare-hook';

export { InMemoryArchive } from './archives/in-memory';
export { boundSecondsOf, measuredBy } from './metric-providers/counters';
export { lacksLabel } from './metric-providers/lacks-label';
export { countsTargetsTogether } from './metric-providers/one-store';
export { InMemoryMetrics } from './metric-providers/in-memory';
export { InMemoryNotifier } from './notifiers/in-memory';
export { labelsField, secretField, urlField } from './fields';
export { resolveSecret } from './secrets';
export { InMemoryTarget } from './targets/in-memory';

/** What can make a revision ready for a target that cannot. */
const hooks = { http: targets.httpTarget, exec: targets.execTarget };

const families = {
  targets: familyOf({ called: 'target', code: 'TARGET_MISCONFIGURED' }, targets),
  prepareHooks: familyOf({ called: 'hook that prepares', code: 'TARGET_MISCONFIGURED' }, hooks),
  metrics: familyOf({ called: 'metric provider', code: 'METRICS_MISCONFIGURED' }, metricProviders),
  checks: familyOf({ called: 'check', code: 'POLICY_INVALID' }, checks),
  notifiers: familyOf({ called: 'notifier', code: 'POLICY_INVALID' }, notifiers),
  archives: familyOf({ called: 'archive', code: 'POLICY_INVALID' }, archives),
  alertSources: familyOf({ called: 'alert source', code: 'POLICY_INVALID' }, alertSources),
} as const;

/** Schemas that the policy file is read with. */
export const adapterSchemas = {
  targets: families.targets.schema,
  prepareHooks: families.prepareHooks.schema,
  metrics: families.metrics.schema,
  checks: families.checks.schema,
  notifiers: families.notifiers.schema,
  archives: families.archives.schema,
  alertSources: families.alertSources.schema,
} as const;

/** Every adapter that a policy can name, made when asked for. A fake is the same one at every use. */
export interface Adapters {
  /** `slots` is what tells which revision is in which slot, for targets whose policy says that the release record does. */
  target(policy: TargetPolicy, slots?: SlotRecord): DeploymentTarget;
  metrics(policy: MetricPolicy): MetricProvider;
  check(policy: CheckPolicy): ReadinessCheck;
  notifier(config: AdapterConfig): Notifier;
  archive(config: AdapterConfig): Archive;
  /** By its config; or by name, where a name without a config is a type with nothing to set. */
  alertSource(source: AdapterConfig | string, config?: AdapterConfig): AlertSource;
}

/**
 * Binds the adapters to what they need of the process. A config that no schema accepts throws a `TerminalError`:
 * `TARGET_MISCONFIGURED`, `METRICS_MISCONFIGURED`, else `POLICY_INVALID`; it names places, never values.
 */
export function createAdapters(deps: AdapterDependencies): Adapters {
  const inMemoryTargets = new Map<string, InMemoryTarget>();
  const inMemoryMetrics = new Map<string, InMemoryMetrics>();
  const notifications = new InMemoryNotifier();
  const kept = new InMemoryArchive();
  return {
    target({ name, adapter, prepare }, slots) {
      const context = { name, inMemory: inMemoryTargets, ...(slots ? { slots } : {}) };
      const made = families.targets.make(adapter, deps, context);
      if (prepare === undefined) return made;
      return withPrepareHook(made, families.prepareHooks.make(prepare, deps, context));
    },
    metrics: ({ name, provider }) => families.metrics.make(provider, deps, { name, inMemory: inMemoryMetrics }),
    check: (policy) => families.checks.make(policy, deps, undefined),
    notifier: (config) => families.notifiers.make(config, deps, notifications),
    archive: (config) => families.archives.make(config, deps, kept),
    alertSource(source, config) {
      const chosen = typeof source === 'string' ? (config ?? { type: source }) : source;
      return families.alertSources.make(chosen, deps, undefined);
    },
  };
}
