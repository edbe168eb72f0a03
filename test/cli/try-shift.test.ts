import { createAdapters } from '../../src/adapters';
import { testDependencies } from '../adapters/support/dependencies';
import { triedByDoctor } from './support/tried';

const NOWHERE = { kubeconfig: '/no/such/kubeconfig' };

describe('doctor --try-shift', () => {
  // There is no such cluster, so a call to it would be a finding of another kind.
  it.each([
    ['a StatefulSet', { type: 'kubernetes-statefulset', statefulset: 'checkout', ...NOWHERE }],
    ['replicas', { type: 'kubernetes-replicas', deployments: ['blue', 'green'], ...NOWHERE }],
    ['a Rollout', { type: 'argo-rollouts', rollout: 'checkout', ...NOWHERE }],
  ])('leaves %s alone, in which a release may wait at no share yet', async (_name, adapter) => {
    const target = createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter });
    expect(await triedByDoctor(target)).toEqual([
      {
        state: 'note',
        what: 'try eu',
        seen: 'not tried: a release that waits in it at no share yet would be taken back',
        fix: 'its dry run says what a rollback would meet',
      },
    ]);
  });
});
