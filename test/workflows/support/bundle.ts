import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import { isSealing } from '../../../src/temporal';
import type { WorkerOptions } from '../../../src/worker/worker';

const DIST = join(__dirname, '..', '..', '..', 'dist');

/** The converter with the bundle that goes with it, as built. */
export function bundleFor(dataConverter: DataConverter): Pick<WorkerOptions, 'dataConverter' | 'workflowBundlePath'> {
  const bundle = isSealing(dataConverter) ? 'workflow-bundle.sealed.js' : 'workflow-bundle.js';
  return { dataConverter, workflowBundlePath: join(DIST, bundle) };
}
