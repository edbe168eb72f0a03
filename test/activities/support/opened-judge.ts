import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../../src/activities';
import { metricsOf, openCalibrated } from '../../../src/activities/open-judge';
import type { RunContext } from '../../../src/contracts/activities';
import type { JudgeState } from '../../../src/domain/judge';
import type { BakeOrder } from '../../../src/domain/rollback/move';
import type { History, TargetCapabilities } from '../../../src/ports';
import { POLICY, START } from '../../domain/rollback/support/fixtures';

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

/** The judge that a bake opens, where its targets can do this and its source remembers so much. */
export async function openedJudge(how: {
  readonly capabilities?: Partial<TargetCapabilities>;
  readonly history?: History;
  readonly order?: Partial<BakeOrder>;
  readonly context?: Partial<RunContext>;
}): Promise<JudgeState> {
  const can = { granularity: 'percent', sticky: false, fenced: true, ...how.capabilities } as const;
  const history = how.history ?? { kind: 'unavailable', because: 'none is kept' };
  const deps = {
    adapters: {
      target: () => ({ capabilities: () => can }),
      metrics: () => ({ delayMs: () => 0, history: async () => history }),
    },
  } as unknown as ActivityDependencies;
  const activity = { cancellationSignal: new AbortController().signal } as unknown as Context;
  const context = { ...CONTEXT, ...how.context };
  const order = { ...ORDER, ...how.order };
  const opening = { context, order, metrics: metricsOf(context), startedAt: START, probesPass: true };
  const state = await asyncLocalStorage.run(activity, () => openCalibrated(deps, opening));
  if (!state) throw new Error('nothing is measured');
  return state;
}
