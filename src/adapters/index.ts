import type { z } from 'zod';
import { nearest } from '../domain/plan';
import type { AdapterConfig, CheckPolicy, MetricPolicy, TargetPolicy } from '../domain/policy/policy';
import type { SlotRecord } from '../domain/service/slots';
import { TerminalError } from '../ports';
import type { AlertSource, Archive, DeploymentTarget, MetricProvider, Notifier, ReadinessCheck } from '../ports';
import type { PortErrorCode } from '../ports';
import { alertSourceFactories, alertSourceSchema } from './alert-sources';
import { archiveFactories, archiveSchema } from './archives';
import { InMemoryArchive } from './archives/in-memory';
import { checkFactories, checkSchema } from './checks';
import type { AdapterDependencies } from './dependencies';
import { metricProviderFactories, metricProviderSchema } from './metric-providers';
import type { InMemoryMetrics } from './metric-providers/in-memory';
import { notifierFactories, notifierSchema } from './notifiers';
import { InMemoryNotifier } from './notifiers/in-memory';
import { prepareHookSchema, targetFactories, targetSchema } from './targets';
import type { InMemoryTarget } from './targets/in-memory';
import { withPrepareHook } from './targets/prepare-hook';

export { InMemoryArchive } from './archives/in-memory';
export { measuredBy } from './metric-providers/counters';
export { InMemoryMetrics } from './metric-providers/in-memory';
export { InMemoryNotifier } from './notifiers/in-memory';
export { labelsField, secretField, urlField } from './fields';
export { resolveSecret } from './secrets';
export { InMemoryTarget } from './targets/in-memory';

/** Schemas that the policy file is read with. */
export const adapterSchemas = {
  targets: targetSchema,
  prepareHooks: prepareHookSchema,
  metrics: metricProviderSchema,
  checks: checkSchema,
  notifiers: notifierSchema,
  archives: archiveSchema,
  alertSources: alertSourceSchema,
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
  const targets = new Map<string, InMemoryTarget>();
  const metrics = new Map<string, InMemoryMetrics>();
  const notifications = new InMemoryNotifier();
  const archive = new InMemoryArchive();
  const target = { kind: 'target', code: 'TARGET_MISCONFIGURED' } as const;
  const metric = { kind: 'metric provider', code: 'METRICS_MISCONFIGURED' } as const;
  const other = (kind: string): Family => ({ kind, code: 'POLICY_INVALID' });
  return {
    target({ name, adapter, prepare }, slots) {
      const context = { name, inMemory: targets, ...(slots ? { slots } : {}) };
      const made = make(read(target, targetSchema, adapter), targetFactories, deps, context);
      if (prepare === undefined) return made;
      const hook = { kind: 'hook that prepares', code: target.code } as const;
      return withPrepareHook(made, make(read(hook, prepareHookSchema, prepare), targetFactories, deps, context));
    },
    metrics: ({ name, provider }) =>
      make(read(metric, metricProviderSchema, provider), metricProviderFactories, deps, { name, inMemory: metrics }),
    check: (policy) => make(read(other('check'), checkSchema, policy), checkFactories, deps, undefined),
    notifier: (config) => make(read(other('notifier'), notifierSchema, config), notifierFactories, deps, notifications),
    archive: (config) => make(read(other('archive'), archiveSchema, config), archiveFactories, deps, archive),
    alertSource(source, config) {
      const chosen = typeof source === 'string' ? (config ?? { type: source }) : source;
      return make(read(other('alert source'), alertSourceSchema, chosen), alertSourceFactories, deps, undefined);
    },
  };
}

/** What a config is called in errors, and their code. */
interface Family {
  readonly kind: string;
  readonly code: PortErrorCode;
}

/** A policy in an old run may be older than the schema, so it is read again at use. */
function read<Schema extends z.ZodDiscriminatedUnion>(
  family: Family,
  schema: Schema,
  config: AdapterConfig,
): z.infer<Schema> {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  // The keys of the union's index are its types.
  const types = schema.options.flatMap((option) => [...(option._zod.propValues?.['type'] ?? [])].map(String));
  if (!types.includes(config.type)) {
    const meant = nearest(config.type, types);
    const hint = meant ? `, did you mean "${meant}"?` : `; there are ${types.join(', ')}`;
    throw new TerminalError(family.code, `unknown ${family.kind} type "${config.type}"${hint}`);
  }
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || config.type}: ${issue.message}`);
  throw new TerminalError(family.code, `${family.kind} ${config.type} is not configured right: ${problems.join('; ')}`);
}

function make<Config extends { readonly type: string }, Port, Extra>(
  config: Config,
  factories: Readonly<Record<string, (config: never, deps: AdapterDependencies, extra: Extra) => Port>>,
  deps: AdapterDependencies,
  extra: Extra,
): Port {
  const factory = factories[config.type];
  if (!factory) throw new TerminalError('POLICY_INVALID', `no adapter of type ${config.type}`);
  // The schema has matched the config to its type, which the factory table is keyed by.
  return factory(config as never, deps, extra);
}
