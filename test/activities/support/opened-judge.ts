import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../../src/activities';
import { metricsOf, openCalibrated } from '../../../src/activities/open-judge';
import type { RunContext } from '../../../src/contracts/activities';
import type { JudgeState } from '../../../src/domain/judge';
import type { BakeOrder } from '../../../src/domain/rollback/move';
import type { TargetReading } from '../../../src/domain/plan/census';
import type { MetricPolicy, TargetPolicy } from '../../../src/domain/policy/policy';
import type { History, MetricQuery, TargetCapabilities } from '../../../src/ports';
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

/** What a source remembers of a revision. */
export type Remembers = (metric: MetricPolicy, revision: string) => History;

/** The judge that a bake opens, where its targets can do and show this and its sources remember so much. */
export async function openedJudge(how: {
  readonly capabilities?: Partial<TargetCapabilities>;
  readonly history?: History;
  readonly remembers?: Remembers;
  readonly readings?: Readonly<Record<string, TargetReading>>;
  /** How late the data of a metric come, by its name. */
  readonly delays?: Readonly<Record<string, number>>;
  readonly order?: Partial<BakeOrder>;
  readonly context?: Partial<RunContext>;
}): Promise<JudgeState> {
  const can = { granularity: 'percent', sticky: false, fenced: true, ...how.capabilities } as const;
  const history = how.history ?? { kind: 'unavailable', because: 'none is kept' };
  const remembers = how.remembers ?? (() => history);
  const seen = async (name: string) => how.readings?.[name] ?? Promise.reject(new Error('it does not answer'));
  const deps = {
    adapters: {
      target: ({ name }: TargetPolicy) => ({ capabilities: () => can, observe: () => seen(name) }),
      metrics: (metric: MetricPolicy) => ({
        delayMs: () => how.delays?.[metric.name] ?? 0,
        history: async ({ current }: MetricQuery) => remembers(metric, current),
      }),
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
