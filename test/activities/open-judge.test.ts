import { judge, observe, openRecorded } from '../../src/domain/judge';
import type { Sample } from '../../src/domain/judge/sample';
import type { BakeOrder } from '../../src/domain/rollback/move';
import type { MetricPolicy } from '../../src/domain/policy/policy';
import type { History, TargetCapabilities } from '../../src/ports';
import { POLICY, reading, START } from '../domain/rollback/support/fixtures';
import { openedJudge } from './support/opened-judge';
import type { Remembers } from './support/opened-judge';

/** The split that is held against the counts where both targets can do that. */
async function splitWith(capabilities: Partial<TargetCapabilities>): Promise<object | undefined> {
  return (await openedJudge({ capabilities })).settings.split;
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

describe('a look that renews a verdict while both revisions drown', () => {
  const targets = [{ target: 'eu', weight: 25 }];
  const renewal: Partial<BakeOrder> = { targets, purpose: 'renew', mode: 'no-harm' };
  const drowning = (look: number): Sample => {
    const at = START + look * 1_000;
    const of = (requests: number) => [{ series: 'one', requests, bad: 0.8 * requests, at, startedAt: START }];
    return { at, strata: [{ target: 'eu', stable: of(100 * look), current: of(300 * look) }] };
  };
  const said = async (order: Partial<BakeOrder>) => {
    const judgeOf = await openedJudge({
      order: { ...renewal, ...order },
      context: { policy: { ...POLICY, onCoupled: 'widen' } },
    });
    return judge([1, 2, 3].map(drowning).reduce(observe, judgeOf));
  };

  it('lets it go on to the half that it is widened to, and asks once that has been done', async () => {
    expect(await said({ widensTo: 'half' })).toMatchObject({ decision: 'proceed', reason: 'COUPLED' });
    expect(await said({ widened: true })).toMatchObject({ decision: 'hold', reason: 'COUPLED', escalate: true });
  });
});

describe('a phase of a target that stands behind another', () => {
  const targets = [
    { name: 'eu', labels: {}, adapter: { type: 'in-memory' } },
    { name: 'pods', labels: {}, adapter: { type: 'in-memory' }, behind: 'eu' },
  ];

  it.each([
    ['alone', ['pods']],
    ['beside it, and counts nothing twice', ['eu', 'pods']],
  ])('is judged by what is counted there, %s', async (_how, names) => {
    const order = { targets: names.map((target) => ({ target, weight: 100 })) };
    const { settings } = await openedJudge({ order, context: { policy: { ...POLICY, targets } } });
    expect(settings.weights).toEqual({ eu: 100 });
    expect(Object.keys(settings.split ?? {})).not.toContain('pods');
  });
});

describe('what a halt says was moved', () => {
  const settingsWith = async (how: Parameters<typeof openedJudge>[0]) => (await openedJudge(how)).settings;
  const units = { total: 8, name: 'instances' };

  it('is left to the weights where they say it', async () => {
    const readings = { eu: reading('eu', 25), us: reading('us', 50) };
    expect(await settingsWith({ readings })).not.toHaveProperty('moved');
  });

  it('is whole units where a target is moved by them', async () => {
    const readings = { eu: { ...reading('eu', 25), units }, us: reading('us', 50) };
    expect((await settingsWith({ readings })).moved).toEqual(['2 of 8 instances (25 %) of eu', '50 % of us']);
  });

  it('is what stands behind another, not that other alone', async () => {
    const targets = [
      { name: 'route', labels: {}, adapter: { type: 'in-memory' } },
      { name: 'pods', labels: {}, adapter: { type: 'in-memory' }, behind: 'route' },
    ];
    const readings = { route: reading('route', 100), pods: { ...reading('pods', 100), units } };
    const order = { targets: [{ target: 'pods', weight: 100 }] };
    const settings = await settingsWith({ readings, order, context: { policy: { ...POLICY, targets } } });
    expect(settings.moved).toEqual(['8 of 8 instances (100 %) of pods behind route']);
    expect(settings.weights).toEqual({ route: 100 });
  });
});

const EVERY_TEN: readonly { readonly at: number; readonly spanMs: number }[] = Array.from(
  { length: 20 },
  (_, index) => ({
    at: START - (20 - index) * 1_000,
    spanMs: 1_000,
  }),
);
const counts = (requests: number, bad: number): History => ({
  kind: 'counts',
  intervals: EVERY_TEN.map((each) => ({ ...each, requests, bad })),
});
const slow = (shares: readonly number[]): History => ({
  kind: 'counts',
  intervals: EVERY_TEN.map((each) => ({
    ...each,
    requests: 100,
    bad: 0,
    buckets: [0.1, 0.5, 1].map((bound, index) => ({ bound, count: 100 - (shares[index] ?? 0) })),
  })),
});
const levels = (level: number): History => ({ kind: 'values', values: EVERY_TEN.map(() => level) });
const UNKNOWN: History = { kind: 'unavailable', because: 'none is kept' };

const SLOW: MetricPolicy = { name: 'slow', kind: 'latency', provider: { type: 'in-memory' } };
const HISTOGRAM: MetricPolicy = { ...SLOW, name: 'histogram', measures: 'buckets' };
const LOAD: MetricPolicy = { name: 'load', kind: 'saturation', provider: { type: 'in-memory' }, measures: 'gauge' };

describe('what a guardrail is opened with', () => {
  const guardrails = async (
    metrics: readonly MetricPolicy[],
    order: Partial<BakeOrder>,
    remembers: Remembers = () => UNKNOWN,
  ) => {
    const policy = { ...POLICY, metrics: [...POLICY.metrics, ...metrics] };
    const past = { releasedAt: START - 600_000 };
    return (await openedJudge({ order, remembers, context: { policy, past } })).settings.guardrails;
  };
  const alone: Partial<BakeOrder> = { mode: 'absolute', targets: [{ target: 'eu', weight: 100 }] };

  it('is its margin and its bound, as the policy says them', async () => {
    const margin = { factor: 2, delta: 10 };
    expect(
      await guardrails(
        [
          { ...LOAD, margin },
          { ...SLOW, boundSeconds: 0.5 },
        ],
        {},
      ),
    ).toMatchObject([
      { name: 'load', margin },
      { name: 'slow', boundSeconds: 0.5 },
    ]);
  });

  it('is nothing of the past beside a control, nor where the policy says what is allowed', async () => {
    const remembers: Remembers = ({ measures }) => (measures === 'gauge' ? levels(3) : counts(100, 2));
    for (const setting of (await guardrails([SLOW, LOAD], {}, remembers)) ?? [])
      expect(setting).not.toHaveProperty('before');
    const told = [
      { ...SLOW, objective: 0.05 },
      { ...LOAD, threshold: 80 },
    ];
    for (const setting of (await guardrails(told, alone, remembers)) ?? [])
      expect(setting).not.toHaveProperty('before');
  });

  it.each([
    ['a phase without a control', alone],
    ['a soak', { ...alone, mode: 'no-harm', purpose: 'renew' }],
  ] as const)('is what the suspect was in the minutes before %s', async (_what, order) => {
    const remembers: Remembers = ({ name }) => (name === 'histogram' ? slow([60, 10, 2]) : counts(100, 2));
    expect(await guardrails([SLOW, HISTOGRAM], order, remembers)).toMatchObject([
      { name: 'slow', before: { of: 'current', counts: { requests: 2_000, bad: 40 } } },
      {
        name: 'histogram',
        measure: { bounds: [0.5, 1] },
        before: { of: 'current', counts: { requests: 2_000, bad: 40, slower: [200, 40] } },
      },
    ]);
  });

  it('is what the old revision was before the suspect came where the suspect tells nothing', async () => {
    const remembers: Remembers = (_metric, revision) => (revision === 'v41' ? counts(100, 3) : UNKNOWN);
    expect(await guardrails([SLOW], alone, remembers)).toMatchObject([
      { before: { of: 'stable', counts: { requests: 2_000, bad: 60 } } },
    ]);
  });

  it('is of a gauge the higher of both, and the idle suspect is not asked', async () => {
    const remembers =
      (served: number): Remembers =>
      ({ measures }, revision) => {
        if (measures !== 'gauge') return counts(revision === 'v41' ? 100 : served, 0);
        return levels(revision === 'v41' ? 20 : 50);
      };
    expect(await guardrails([LOAD], alone, remembers(100))).toMatchObject([{ before: { of: 'current', level: 50 } }]);
    expect(await guardrails([LOAD], alone, remembers(0))).toMatchObject([{ before: { of: 'stable', level: 20 } }]);
  });

  it('is nothing where nobody remembers anything', async () => {
    for (const setting of (await guardrails([SLOW, HISTOGRAM, LOAD], alone)) ?? [])
      expect(setting).not.toHaveProperty('before');
  });
});

describe('what a live judge is calibrated by', () => {
  it('is the help that the policy asks for, by which the first bets are placed', async () => {
    const remembers: Remembers = (_metric, revision) => counts(1_000, revision === 'v41' ? 10 : 100);
    const past = { releasedAt: START - 600_000 };
    const expectedHelp = async (margins: { readonly help?: number }) =>
      (await openedJudge({ remembers, context: { past, policy: { ...POLICY, margins } } })).settings.expected?.help;
    expect(await expectedHelp({})).toBeCloseTo(0.1 / 0.7, 9);
    expect(await expectedHelp({ help: 0.5 })).toBeCloseTo(0.1 / 0.5, 9);
  });

  it('is a short past as much as it is where runs are recorded: two intervals, three where there is none', async () => {
    const short: History = {
      kind: 'counts',
      intervals: EVERY_TEN.slice(0, 4).map((each) => ({ ...each, requests: 100, bad: 5 })),
    };
    const policy = { intervalMs: 1_000, settleMs: 0, longestBakeMs: 60_000, guardrails: [], objective: 0.01 };
    for (const history of [short, UNKNOWN]) {
      const live = (await openedJudge({ history })).settings;
      const recorded = openRecorded(policy, history.kind === 'counts' ? history.intervals : []).settings;
      expect(live).toMatchObject({ minIntervals: history === short ? 2 : 3, historyKnown: history === short });
      expect([live.minIntervals, live.phi, live.historyKnown]).toEqual([
        recorded.minIntervals,
        recorded.phi,
        recorded.historyKnown,
      ]);
    }
  });
});

describe('guardrails whose sources are not as fast as that of the symptom', () => {
  const provider = { type: 'in-memory' };
  const metrics = [...POLICY.metrics, { name: 'latency', kind: 'latency' as const, provider }];

  it.each([
    ['later', { latency: 120_000 }, [{ name: 'latency', laterMs: 120_000 }]],
    ['sooner', { errors: 90_000, latency: 5_000 }, [{ name: 'latency', laterMs: -85_000 }]],
    ['just as late', { errors: 90_000, latency: 90_000 }, [{ name: 'latency' }]],
  ])('are read as of their own time where their data come %s', async (_how, delays, guardrails) => {
    const state = await openedJudge({ delays, context: { policy: { ...POLICY, metrics } } });
    expect(state.settings.guardrails).toEqual(guardrails);
  });
});
