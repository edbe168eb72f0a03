import { setWorkflowOptions } from '@temporalio/workflow';
import { preview, rollback, service } from './index';

// The same workflows for workers that are versioned, bundled on their own: Temporal refuses every step of a worker
// that names a behaviour and is not versioned.

// Each ends soon, so it ends on the build it began on, unless somebody moves it.
setWorkflowOptions({ versioningBehavior: 'PINNED' }, rollback);
setWorkflowOptions({ versioningBehavior: 'PINNED' }, preview);
// It lives for ever, so it goes with every new build.
setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, service);

export { preview, rollback, service };
