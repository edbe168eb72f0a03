import { createAdapters } from '../../../../src/adapters';
import type { AdapterDependencies } from '../../../../src/adapters/dependencies';
import type { AdapterConfig } from '../../../../src/domain/policy/policy';
import { isSliced } from '../../../../src/ports';
import type { MetricProvider, Sliced } from '../../../../src/ports';

/** A provider of failures with these settings, which can tell values of labels apart. */
export function slicedProvider(provider: AdapterConfig, deps: AdapterDependencies): MetricProvider & Sliced {
  const made = createAdapters(deps).metrics({ name: 'errors', kind: 'errors', provider });
  if (!isSliced(made)) throw new Error(`${provider.type} cannot tell values of labels apart`);
  return made;
}
