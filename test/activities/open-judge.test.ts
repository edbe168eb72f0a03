import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { metricsOf, openCalibrated } from '../../src/activities/open-judge';
import type { RunContext } from '../../src/contracts/activities';
import type { BakeOrder } from '../../src/domain/rollback/move';
import type { TargetCapabilities } from '../../src/ports';
import { POLICY, START } from '../domain/rollback/support/fixtures';

const CONTEXT: RunContext = {
  ref: { environment: 'prod', service: 'checkout', number: 1 },
  policy: POLICY,
  fromRevision: 'v42',
  toRevision: 'v41',
  cause: 'errors',
};
const ORDER: BakeOrder = {
  phase: 0,
  purpose: 'verdict',
  targets: [
    { target: 'eu', weight: 25 },
    { target: 'us', weight: 50 },
  ],
  mode: 'compare',
  patience: 1,
  trafficSeen: true,
};

/** The split that is held against the counts where both targets can do that. */
async function splitWith(capabilities: Partial<TargetCapabilities>): Promise<object | undefined> {
  const can = { granularity: 'percent', sticky: false, fenced: true, ...capabilities } as const;
  const deps = {
    adapters: {
      target: () => ({ capabilities: () => can }),
      metrics: () => ({ delayMs: () => 0, history: async () => ({ kind: 'unavailable', because: 'none is kept' }) }),
    },
  } as unknown as ActivityDependencies;
  const context = { cancellationSignal: new AbortController().signal } as unknown as Context;
  const opening = { context: CONTEXT, order: ORDER, metrics: metricsOf(CONTEXT), startedAt: START, probesPass: true };
  const judge = await asyncLocalStorage.run(context, () => openCalibrated(deps, opening));
  return judge?.settings.split;
}

describe('the split that a judge holds against the counts', () => {
  it('is the weights of targets that split requests', async () => {
    expect(await splitWith({})).toEqual({ eu: 25, us: 50 });
  });

  it.each([
    ['keeps users where they are', { sticky: true }],
    ['is moved by the instance or the partition', { granularity: 'units' }],
    ['can only be moved as a whole', { granularity: 'all' }],
  ] as const)('says nothing of a target that %s', async (_what, capabilities) => {
    expect(await splitWith(capabilities)).toEqual({});
  });
});
