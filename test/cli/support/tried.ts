import { tryShifts } from '../../../src/cli/doctor/try-shift';
import type { Picture } from '../../../src/cli/doctor/picture';
import type { Finding } from '../../../src/cli/examination';
import type { DeploymentTarget } from '../../../src/ports';

/** What `doctor --try-shift` finds of one target between v42 and v41, while no rollback is live. */
export function triedByDoctor(target: DeploymentTarget): Promise<readonly Finding[]> {
  const picture = {
    name: 'prod/checkout',
    policy: { targets: [{ name: 'eu' }] },
    pair: { from: 'v42', to: 'v41', chosen: 'otherSeen' },
    adapters: { target: () => target },
    now: () => Date.now(),
  } as unknown as Picture;
  const idle = { kind: 'known', view: { past: [] } } as unknown as Picture['memory'];
  return tryShifts(picture, async () => idle);
}
