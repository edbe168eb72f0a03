import { z } from 'zod';
import type { MetricProvider } from '../../ports';
import type { Factories } from '../dependencies';
import { cloudwatchProvider, cloudwatchSchema } from './cloudwatch';
import { datadogProvider, datadogSchema } from './datadog';
import { GraphiteProvider } from './graphite';
import { graphiteSchema } from './graphite-config';
import { inMemoryMetricsSchema, keptMetrics } from './in-memory';
import type { MetricContext } from './in-memory';
import { newrelicProvider, newrelicSchema } from './newrelic';
import { OpenmetricsProvider, openmetricsSchema } from './openmetrics';
import { PrometheusProvider, prometheusSchema } from './prometheus';

/** Every source of metrics, by its `type`. */
export const metricProviderSchema = z.discriminatedUnion('type', [
  openmetricsSchema,
  prometheusSchema,
  newrelicSchema,
  datadogSchema,
  cloudwatchSchema,
  graphiteSchema,
  inMemoryMetricsSchema,
]);

/** A factory per source. */
export const metricProviderFactories: Factories<z.infer<typeof metricProviderSchema>, MetricProvider, MetricContext> = {
  openmetrics: (config, deps) => new OpenmetricsProvider(config, deps),
  prometheus: (config, deps) => new PrometheusProvider(config, deps),
  newrelic: newrelicProvider,
  datadog: datadogProvider,
  cloudwatch: cloudwatchProvider,
  graphite: (config, deps) => new GraphiteProvider(config, deps),
  'in-memory': (_config, _deps, context) => keptMetrics(context),
};
