import type { BakeOrder } from '../../src/domain/rollback/move';
import type { History } from '../../src/ports';
import { POLICY, START } from '../domain/rollback/support/fixtures';
import { openedJudge } from './support/opened-judge';

const opened = async (how: Parameters<typeof openedJudge>[0]) => (await openedJudge(how)).settings;

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

  const soak = { ...alone, phase: -1, purpose: 'renew', mode: 'no-harm' } as const;

  it('is what the last phase with a control left in a soak as well, and in a watch over a target that has none', async () => {
    const policy = noObjective;
    const carried = { tau: 0.035, tauSource: 'last-controlled-phase' };
    expect(await opened({ context: { policy }, order: soak })).toMatchObject(carried);
    const mixed = [...alone.targets, { target: 'us', weight: 50 }];
    expect(await opened({ context: { policy }, order: { ...soak, targets: mixed } })).toMatchObject(carried);
    const shared = [{ target: 'eu', weight: 25 }];
    const beside = await opened({ context: { policy }, order: { ...soak, targets: shared } });
    expect(beside).toMatchObject({ tauSource: 'none' });
    expect(beside).not.toHaveProperty('tau');
  });

  describe('of latency at bounds that the judge has chosen', () => {
    const latency = { name: 'latency', kind: 'latency', measures: 'buckets', provider: { type: 'in-memory' } } as const;
    const context = { policy: { ...POLICY, metrics: [latency] }, cause: 'latency' } as const;
    const slow = (counts: readonly number[]): History => ({
      kind: 'counts',
      intervals: [
        {
          at: START,
          spanMs: 10_000,
          requests: 1_000,
          bad: 0,
          buckets: [0.1, 0.5, 1, 5].map((bound, index) => ({ bound, count: counts[index] ?? 0 })),
        },
      ],
    });
    const history = slow([600, 950, 995, 1_000]);

    it('is what was carried, at the bounds at which it was counted, whatever the past would say', async () => {
      const order = { ...alone, carriedBounds: [0.5, 1, 5] };
      expect(await opened({ context, history, order })).toMatchObject({
        tau: 0.035,
        tauSource: 'last-controlled-phase',
        buckets: { bounds: [0.5, 1, 5] },
      });
    });

    it('is nothing where nobody says at which bounds that was', async () => {
      const settings = await opened({ context, history, order: alone });
      expect(settings).toMatchObject({ tauSource: 'none', buckets: { bounds: [0.1, 0.5, 1] } });
      expect(settings).not.toHaveProperty('tau');
    });

    it('is at its own bounds where the past says what is normal', async () => {
      const past = { releasedAt: START - 600_000 };
      const order = { ...alone, carriedBounds: [0.5, 1, 5] };
      expect(await opened({ context: { ...context, past }, history, order })).toMatchObject({
        tau: 0.1,
        tauSource: 'history',
        buckets: { bounds: [0.1, 0.5, 1] },
      });
    });
  });

  it('is nothing beside a control: there stable is only held against current, and an interval longer', async () => {
    const settings = await opened({ context: { policy: noObjective }, order: { carriedTau: 0.035 } });
    expect(settings).toMatchObject({ tauSource: 'none', minIntervals: 3 });
    expect(settings).not.toHaveProperty('tau');
  });
});
