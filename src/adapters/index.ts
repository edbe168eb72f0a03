import type { z } from 'zod';
import type { AdapterConfig, CheckPolicy, MetricPolicy, TargetPolicy } from '../domain/policy/policy';
import { TerminalError } from '../ports';
import type { AlertSource, Archive, DeploymentTarget, MetricProvider, Notifier, ReadinessCheck } from '../ports';
import { alertSourceFactories, alertSourceSchema } from './alert-sources';
import { archiveFactories, archiveSchema } from './archives';
import { checkFactories, checkSchema } from './checks';
import type { AdapterDependencies } from './dependencies';
import { metricProviderFactories, metricProviderSchema } from './metric-providers';
import { notifierFactories, notifierSchema } from './notifiers';
import { targetFactories, targetSchema } from './targets';

export { resolveSecret } from './secrets';

/** Schemas that the policy file is read with. */
export const adapterSchemas = {
  targets: targetSchema,
  metrics: metricProviderSchema,
  checks: checkSchema,
  notifiers: notifierSchema,
  archives: archiveSchema,
  alertSources: alertSourceSchema,
} as const;

/** Every adapter that a policy can name, made when asked for. */
export interface Adapters {
  target(policy: TargetPolicy): DeploymentTarget;
  metrics(policy: MetricPolicy): MetricProvider;
  check(policy: CheckPolicy): ReadinessCheck;
  notifier(config: AdapterConfig): Notifier;
  archive(config: AdapterConfig): Archive;
  alertSource(config: AdapterConfig): AlertSource;
}

/** Binds the adapters to what they need of the process. A config no schema accepts throws `TARGET_MISCONFIGURED`. */
export function createAdapters(deps: AdapterDependencies): Adapters {
  return {
    target: ({ name, adapter }) => make(read(targetSchema, adapter), targetFactories, deps, name),
    metrics: ({ provider }) => make(read(metricProviderSchema, provider), metricProviderFactories, deps, undefined),
    check: (policy) => make(read(checkSchema, policy), checkFactories, deps, undefined),
    notifier: (config) => make(read(notifierSchema, config), notifierFactories, deps, undefined),
    archive: (config) => make(read(archiveSchema, config), archiveFactories, deps, undefined),
    alertSource: (config) => make(read(alertSourceSchema, config), alertSourceFactories, deps, undefined),
  };
}

/** A policy in an old run may be older than the schema, so it is read again at use. */
function read<Schema extends z.ZodType>(schema: Schema, config: unknown): z.infer<Schema> {
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  throw new TerminalError('TARGET_MISCONFIGURED', `adapter configuration is not valid: ${problems}`);
}

function make<Config extends { readonly type: string }, Port, Extra>(
  config: Config,
  factories: Readonly<Record<string, (config: never, deps: AdapterDependencies, extra: Extra) => Port>>,
  deps: AdapterDependencies,
  extra: Extra,
): Port {
  const factory = factories[config.type];
  if (!factory) throw new TerminalError('TARGET_MISCONFIGURED', `no adapter of type ${config.type}`);
  // The schema has matched the config to its type, which the factory table is keyed by.
  return factory(config as never, deps, extra);
}
