// Every source of metrics, one a line: what stands here, the policy file can name.
export { openmetrics } from './openmetrics';
export { prometheus } from './prometheus';
export { newrelic } from './newrelic';
export { datadog } from './datadog';
export { cloudwatch } from './cloudwatch';
export { graphite } from './graphite';
export { inMemoryMetrics } from './in-memory';
