import { createAdapters } from '../../src/adapters';
import { testDependencies } from '../adapters/support/dependencies';
import { bodyOf, listen, send } from '../adapters/support/loopback';
import { answer, freshState } from '../adapters/support/target-world';
import { shift, soon } from '../contract/target-requests';
import { NOW } from '../domain/report/support/views';
import { expectHarmless } from './support/no-op';
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

  it('has the server of an http target set the share that it serves, and change nothing', async () => {
    const state = freshState();
    const server = await listen((request, response) => {
      const { 'idempotency-key': key } = request.headers;
      void bodyOf(request).then((text) => {
        const asked = JSON.parse(text) as Record<string, unknown>;
        const { status, body } = answer(state, asked, typeof key === 'string' ? key : undefined);
        send(response, status, body);
      });
    });
    const stanza = { type: 'http', url: server.url };
    const target = createAdapters(testDependencies()).target({ name: 'eu', labels: {}, adapter: stanza });
    const read = async () => structuredClone({ revisions: state.revisions, changes: state.changes });
    try {
      const earlier = shift({ epoch: NOW - 120_000, number: 9, desired: 25 });
      expect((await target.shift(earlier, soon())).outcome).toBe('done');
      await expectHarmless({ stanza, share: 25, says: '25 %', read });
    } finally {
      await server.close();
    }
  });
});
