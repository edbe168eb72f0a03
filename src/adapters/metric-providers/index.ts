import { z } from 'zod';
import type { MetricProvider } from '../../ports';
import type { Factories } from '../dependencies';
import { OpenmetricsProvider, openmetricsSchema } from './openmetrics';

/** Every source of metrics, by its `type`. */
export const metricProviderSchema = z.discriminatedUnion('type', [openmetricsSchema]);

/** A factory per source. */
export const metricProviderFactories: Factories<z.infer<typeof metricProviderSchema>, MetricProvider> = {
  openmetrics: (config, deps) => new OpenmetricsProvider(config, deps.now),
};
