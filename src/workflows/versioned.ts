import { setWorkflowOptions } from '@temporalio/workflow';
import type { VersioningBehavior } from '@temporalio/common';
import * as workflows from './index';

// The same workflows for workers that are versioned, bundled on their own: Temporal refuses every step of a worker
// that names a behaviour and is not versioned.

/** What ends soon ends on the build it began on, unless somebody moves it; what lives for ever goes with every build. */
const BEHAVIOURS = {
  rollback: 'PINNED',
  preview: 'PINNED',
  service: 'AUTO_UPGRADE',
  environment: 'AUTO_UPGRADE',
} as const satisfies Record<keyof typeof workflows, VersioningBehavior>;

for (const [name, workflow] of Object.entries(workflows) as [keyof typeof BEHAVIOURS, () => Promise<unknown>][])
  setWorkflowOptions({ versioningBehavior: BEHAVIOURS[name] }, workflow);

export * from './index';
