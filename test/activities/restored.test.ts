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

  it('is nothing beside a control: there stable is only held against current, and an interval longer', async () => {
    const settings = await opened({ context: { policy: noObjective }, order: { carriedTau: 0.035 } });
    expect(settings).toMatchObject({ tauSource: 'none', minIntervals: 3 });
    expect(settings).not.toHaveProperty('tau');
  });
});
