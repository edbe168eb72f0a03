import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { metricsOf, openCalibrated } from '../../src/activities/open-judge';
import type { RunContext } from '../../src/contracts/activities';
import type { JudgeSettings } from '../../src/domain/judge';
import type { BakeOrder } from '../../src/domain/rollback/move';
import type { History, TargetCapabilities } from '../../src/ports';
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

/** The judge's settings, where targets can do this and the source remembers so much. */
async function opened(how: {
  readonly capabilities?: Partial<TargetCapabilities>;
  readonly history?: History;
  readonly order?: Partial<BakeOrder>;
  readonly context?: Partial<RunContext>;
}): Promise<JudgeSettings | undefined> {
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
  const judge = await asyncLocalStorage.run(activity, () => openCalibrated(deps, opening));
  return judge?.settings;
}

describe('what counts as restored', () => {
  const noObjective = {
    ...POLICY,
    metrics: POLICY.metrics.map(({ name, kind, provider }) => ({ name, kind, provider })),
  };
  const alone = { mode: 'absolute', targets: [{ target: 'eu', weight: 100 }], carriedTau: 0.035 } as const;
  const remembers: History = {
    kind: 'counts',
    intervals: [{ at: START, spanMs: 10_000, requests: 10_000, bad: 20 }],
  };
  const released = { policy: noObjective, past: { releasedAt: START - 600_000 } };

  it.each([
    ['the objective, whatever is carried', {}, { tau: 0.01, tauSource: 'objective' }],
    [
      'twice what was normal, whatever is carried',
      { context: released, history: remembers },
      { tau: 0.004, tauSource: 'history' },
    ],
    [
      'what the last phase with a control left, where nothing else says',
      { context: { policy: noObjective } },
      { tau: 0.035, tauSource: 'last-controlled-phase' },
    ],
  ])('without a control is %s', async (_what, how, expected) => {
    expect(await opened({ ...how, order: alone })).toMatchObject(expected);
  });

  it('is unknown where nothing is carried either', async () => {
    const settings = await opened({
      context: { policy: noObjective },
      order: { ...alone, carriedTau: undefined } as Partial<BakeOrder>,
    });
    expect(settings).toMatchObject({ tauSource: 'none' });
    expect(settings).not.toHaveProperty('tau');
  });

  it('is nothing beside a control: there stable is only held against current, and an interval longer', async () => {
    const settings = await opened({ context: { policy: noObjective }, order: { carriedTau: 0.035 } });
    expect(settings).toMatchObject({ tauSource: 'none', minIntervals: 3 });
    expect(settings).not.toHaveProperty('tau');
  });
});
