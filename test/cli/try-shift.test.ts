import { createAdapters } from '../../src/adapters';
import { tryShifts } from '../../src/cli/doctor/try-shift';
import type { Picture } from '../../src/cli/doctor/picture';
import { testDependencies } from '../adapters/support/dependencies';

const NOWHERE = { kubeconfig: '/no/such/kubeconfig' };

/** Picture of a service with that target, and an idle memory. */
function tried(adapter: { readonly type: string }) {
  const adapters = createAdapters(testDependencies());
  const policy = { name: 'eu', labels: {}, adapter };
  const picture = {
    name: 'prod/checkout',
    policy: { targets: [policy] },
    pair: { from: 'v42', to: 'v41', chosen: 'otherSeen' },
    adapters,
    now: () => Date.now(),
  } as unknown as Picture;
  const idle = { kind: 'known', view: { past: [] } } as unknown as Picture['memory'];
  return tryShifts(picture, async () => idle);
}

describe('doctor --try-shift', () => {
  // There is no such cluster, so a call to it would be a finding of another kind.
  it.each([
    ['a StatefulSet', { type: 'kubernetes-statefulset', statefulset: 'checkout', ...NOWHERE }],
    ['replicas', { type: 'kubernetes-replicas', deployments: ['blue', 'green'], ...NOWHERE }],
    ['a Rollout', { type: 'argo-rollouts', rollout: 'checkout', ...NOWHERE }],
  ])('leaves %s alone, in which a release may wait at no share yet', async (_name, adapter) => {
    expect(await tried(adapter)).toEqual([
      {
        state: 'note',
        what: 'try eu',
        seen: 'not tried: a release that waits in it at no share yet would be taken back',
        fix: 'its dry run says what a rollback would meet',
      },
    ]);
  });
});
