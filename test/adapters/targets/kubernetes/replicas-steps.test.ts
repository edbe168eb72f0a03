import type { ReplicasState } from '../../../../src/adapters/targets/kubernetes/replicas-state';
import { foreignChange } from '../../../../src/adapters/targets/kubernetes/replicas-steps';
import type { Workload } from '../../../../src/adapters/targets/kubernetes/workload';
import { EARLIER, EPOCH, shift } from '../../../contract/target-requests';

function deployment(revision: string, replicas: number, ready: number): Workload {
  const metadata = { name: revision, uid: 'u', resourceVersion: '1', generation: 1, labels: {}, annotations: {} };
  return {
    name: revision,
    metadata,
    replicas,
    pods: ready,
    isObserved: true,
    revision,
    ready: new Map([[revision, ready]]),
  };
}

/** Three pods and one were left by a move of that rollback; so many are wanted, and so many ready. */
function found(wanted: readonly [number, number], ready: readonly [number, number], epoch = EPOCH): ReplicasState {
  return {
    slots: [deployment('v42', wanted[0], ready[0]), deployment('v41', wanted[1], ready[1])],
    newest: { epoch, number: 2, wish: '', before: [4, 0], sizes: [3, 1] },
    total: wanted[0] + wanted[1],
    open: undefined,
  };
}

const half = shift({ number: 3, desired: 50, expected: 25 });
const way = { to: 1, sizes: [2, 2], before: [3, 1], stands: 'newer' } as const;

describe('pods that are not those that the newest move has left', () => {
  it('are of somebody who has scaled them, also while those that come are not ready', () => {
    const changed = {
      code: 'CHANGED_BY_OTHERS',
      detail: expect.stringContaining('want 7 and 1 pods: somebody has scaled'),
    };
    expect(foreignChange(found([7, 1], [3, 1]), half, way)).toMatchObject(changed);
    expect(foreignChange(found([7, 1], [7, 1]), half, way)).toMatchObject(changed);
  });

  it('are gone on from where they are split as expected', () => {
    expect(foreignChange(found([6, 2], [3, 1]), half, way)).toBeUndefined();
  });

  it('are gone on from by a new rollback, where what they serve is as expected', () => {
    expect(foreignChange(found([7, 1], [3, 1], EARLIER.epoch), half, way)).toBeUndefined();
  });
});

describe('pods that the newest move has left', () => {
  it('are gone on from though one of them is not ready', () => {
    expect(foreignChange(found([3, 1], [2, 1]), half, way)).toBeUndefined();
  });
});
