import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState, Verdict } from '../../../src/domain/judge';
import type { Sample, SeriesReading } from '../../../src/domain/judge/sample';
import { decide, settings, START, world } from './support';

const SECOND = 1_000;

interface Shown {
  /** Seconds since the phase began at which we asked. */
  readonly t: number;
  readonly stable?: readonly Partial<SeriesReading>[];
  readonly current?: readonly Partial<SeriesReading>[];
}

/** One look; a series is named `one` and was measured when we asked, unless it says otherwise. */
function look({ t, stable = [], current = [] }: Shown): Sample {
  const at = START + t * SECOND;
  const series = (readings: readonly Partial<SeriesReading>[]): SeriesReading[] =>
    readings.map((reading) => ({ series: 'one', requests: 0, bad: 0, at, ...reading }));
  return { at, strata: [{ target: 'eu', stable: series(stable), current: series(current) }] };
}

function seen(looks: readonly Shown[], change: Partial<JudgeSettings> = {}): JudgeState {
  return looks.map(look).reduce(observe, openJudge(settings(change)));
}

const CURRENT = [
  [{ requests: 1_000, bad: 50 }],
  [{ requests: 1_100, bad: 55 }],
  [{ requests: 1_200, bad: 60 }],
  [{ requests: 1_300, bad: 65 }],
] as const;

/** Looks ten seconds apart beside a current that serves 100 requests and fails 5 in each. */
function beside(stable: readonly (readonly Partial<SeriesReading>[])[]): readonly Shown[] {
  return stable.map((readings, index) => ({ t: 1 + 10 * index, stable: readings, current: CURRENT[index]! }));
}

describe('what is made of counters', () => {
  it.each<[string, readonly (readonly Partial<SeriesReading>[])[], number, number]>([
    [
      'a counter that restarted counts from zero',
      [[{ requests: 1_000, bad: 10 }], [{ requests: 1_050, bad: 11 }], [{ requests: 20, bad: 2 }]],
      70,
      3,
    ],
    [
      'a counter that fell a little is a jittering replica: nothing is added, and nothing twice after it',
      [[{ requests: 1_000, bad: 10 }], [{ requests: 990, bad: 10 }], [{ requests: 1_040, bad: 12 }]],
      40,
      2,
    ],
    [
      'a process that began again counts from zero, though its counter fell but a little',
      [[{ requests: 1_000, bad: 10, startedAt: 1 }], [{ requests: 950, bad: 5, startedAt: START }]],
      950,
      5,
    ],
    [
      'a series born after the phase began counts from zero',
      [
        [{ requests: 100, bad: 1 }],
        [
          { requests: 110, bad: 1 },
          { series: 'two', requests: 30, bad: 3, startedAt: START + 2_000 },
        ],
      ],
      40,
      3,
    ],
    [
      'an older series seen for the first time is only a baseline',
      [
        [{ requests: 100, bad: 1 }],
        [
          { requests: 110, bad: 1 },
          { series: 'two', requests: 900, bad: 90, startedAt: START - 9_000 },
        ],
        [
          { requests: 120, bad: 1 },
          { series: 'two', requests: 905, bad: 91, startedAt: START - 9_000 },
        ],
      ],
      25,
      1,
    ],
    [
      'a series that vanished keeps what was counted',
      [
        [{ requests: 100 }, { series: 'two', requests: 50, bad: 5 }],
        [{ requests: 110 }, { series: 'two', requests: 60, bad: 6 }],
        [{ requests: 120 }],
      ],
      30,
      1,
    ],
    [
      'a reading that is told again is taken once',
      [[{ requests: 100 }], [{ requests: 110 }], [{ requests: 110, at: START + 11_000 }]],
      10,
      0,
    ],
    [
      'no more can be bad than there were requests',
      [[{ requests: 100, bad: 0 }], [{ requests: 110, bad: 25 }]],
      10,
      10,
    ],
  ])('%s', (_rule, stable, requests, bad) => {
    expect(seen(beside(stable)).totals.stable).toEqual({ requests, bad });
  });

  it.each([
    ['not a number', { requests: Number.NaN }],
    ['without end', { requests: Infinity }],
    ['negative', { bad: -1 }],
    ['older than one and a half intervals', { at: START - 4_001 }],
  ])('a reading that is %s is a gap: nothing is added then, and nothing is lost', (_name, broken) => {
    const good = { requests: 120, bad: 2 };
    const state = seen(beside([[{ requests: 100 }], [{ requests: 110, ...broken }], [good]]));
    expect(state.totals.stable).toEqual({ requests: 20, bad: 2 });
    expect(state.looks).toBe('+-+');
    expect(state.intervals).toBe(1);
  });

  it('asks nothing of a cohort alone: its counts wait for those of the other', () => {
    const state = seen([
      { t: 1, stable: [{ requests: 100 }], current: [{ requests: 1_000 }] },
      { t: 11, stable: [{ requests: 110 }] },
      { t: 21, stable: [{ requests: 120 }], current: [{ requests: 1_200 }] },
    ]);
    expect(state.totals).toMatchObject({ stable: { requests: 20 }, current: { requests: 200 } });
    expect(state.intervals).toBe(1);
  });

  it('lets a pair after a gap speak for three intervals at most', () => {
    const dark = Array.from({ length: 9 }, (_, index) => ({ t: 11 + 10 * index }));
    const state = seen([
      { t: 1, stable: [{ requests: 100 }], current: [{ requests: 1_000 }] },
      ...dark,
      { t: 101, stable: [{ requests: 600 }], current: [{ requests: 9_000, bad: 900 }] },
    ]);
    expect(state.observedMs).toBe(30_000);
    expect(state.totals.current.bad).toBe(900);
  });

  it('takes data that are measured a delay ago as they are told, in order', () => {
    const late = (t: number, requests: number) => ({ requests, at: START + (t - 12) * SECOND });
    const state = seen([
      { t: 21, stable: [late(21, 100)], current: [late(21, 1_000)] },
      { t: 31, stable: [late(31, 110)], current: [late(31, 1_100)] },
    ]);
    expect(state.totals.stable.requests).toBe(10);
  });

  it('compares each source with its own clock only, so that two that differ lose nothing', () => {
    const skewed = [0, 1, 2].map((n) => ({
      t: 1 + 10 * n,
      stable: [{ requests: 100 + 10 * n, at: START + (1 + 10 * n - 7) * SECOND }],
      current: [{ requests: 1_000 + 100 * n, at: START + (1 + 10 * n + 4) * SECOND }],
    }));
    expect(seen(skewed).totals).toMatchObject({ stable: { requests: 20 }, current: { requests: 200 } });
  });

  it('takes a source that measures less often than we ask as it comes, and its old reading for no gap', () => {
    const looks = Array.from({ length: 25 }, (_, n) => {
      const measured = Math.floor(n / 3);
      const own = { at: START + (1 + 30 * measured) * SECOND, everyMs: 30_000 };
      return {
        t: 1 + 10 * n,
        stable: [{ requests: 100 * measured, ...own }],
        current: [{ requests: 900 * measured, bad: 45 * measured, ...own }],
      };
    });
    const state = seen(looks);
    expect(state.looks).not.toContain('-');
    expect(state.intervals).toBe(8);
    expect(judge(state)).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
  });

  it('counts what old connections still bring to current, and judges by ratios', () => {
    const draining = Array.from({ length: 12 }, (_, n) => {
      const left = 2_000 * (1 - 0.7 ** n);
      return {
        t: 1 + 10 * n,
        stable: [{ requests: 500 * n, bad: 0 }],
        current: [{ requests: 500 * n + left, bad: Math.round(0.05 * (500 * n + left)) }],
      };
    });
    const verdict = judge(seen(draining, { split: { eu: 50 }, settleMs: 20_000 }));
    expect(verdict).toMatchObject({ decision: 'proceed', reason: 'HELPING' });
  });
});

describe('the settle time', () => {
  it('feeds help, the health of current and the breaker alone', () => {
    const state = world({
      perInterval: 1_000,
      share: 0.25,
      intervals: 5,
      stableFails: 0.01,
      currentFails: 0.05,
    }).reduce(observe, openJudge(settings({ settleMs: 600_000, guardrails: [] })));
    const { help, currentOk, ...others } = state.logs;
    expect(help?.some((log) => log !== 0)).toBe(true);
    expect(currentOk?.some((log) => log !== 0)).toBe(true);
    expect(
      Object.values(others)
        .flat()
        .every((log) => log === 0),
    ).toBe(true);
    expect(state.together.n).toBe(0);
    expect(state.recent).toHaveLength(2);
  });
});

describe('silence', () => {
  const good = world({ perInterval: 40, share: 0.25, intervals: 4, stableFails: 0.03, currentFails: 0.05 });
  const blind = (at: number): Sample => ({ at, strata: [] });
  const from = good.at(-1)!.at;

  it('counts only while somebody looked: not the outage of a worker, but what follows it', () => {
    const back = from + 3_600 * SECOND;
    let state = observe(good.reduce(observe, openJudge(settings({ minIntervals: 9 }))), blind(back));
    expect(judge(state).reason).not.toBe('NO_DATA');
    const said = Array.from({ length: 18 }, (_, index) => {
      state = observe(state, blind(back + (index + 1) * 10 * SECOND));
      return judge(state).reason;
    });
    expect(said.indexOf('NO_DATA')).toBe(14);
  });

  it('does not begin before the first look, however late that is', () => {
    const state = observe(openJudge(settings()), blind(START + 3_600 * SECOND));
    expect(judge(state).reason).toBe('NOT_ENOUGH_EVIDENCE');
  });

  it('adds up over a worker that dies again and again', () => {
    let state = good.reduce(observe, openJudge(settings({ minIntervals: 9 })));
    let at = from;
    for (let life = 0; life < 6; life += 1) {
      at += 600 * SECOND;
      state = [0, 10, 20].map((after) => blind(at + after * SECOND)).reduce(observe, state);
      at += 20 * SECOND;
    }
    expect(judge(state)).toMatchObject({ reason: 'NO_DATA', escalate: true });
  });

  it('of one target and of a guardrail is counted the same way', () => {
    const back = good.map(({ at, strata }) => ({ at: at + 3_600 * SECOND, strata }));
    const change = { minIntervals: 9, weights: { eu: 25, us: 25 }, guardrails: [{ name: 'latency' }] };
    const both = good.map(({ at, strata }) => {
      const all = [...strata, ...strata.map((stratum) => ({ ...stratum, target: 'us' }))];
      return { at, strata: all, guardrails: { latency: all } };
    });
    const opened = both.reduce(observe, openJudge(settings(change)));
    const first = judge(observe(opened, { ...back.at(-1)!, guardrails: {} }));
    expect(first.reason).not.toBe('NO_DATA');
  });
});

describe('data that are poor', () => {
  const good = world({ perInterval: 1_000, share: 0.25, intervals: 60, stableFails: 0.001, currentFails: 0.05 });
  const withGaps = (isGap: (index: number) => boolean): readonly Sample[] =>
    good.map((sample, index) => (isGap(index) ? { ...sample, strata: [] } : sample));

  it('hold a proceed while more than half of three minutes are gaps, and let it through once they are fewer', () => {
    const late = { minIntervals: 9 };
    const dark = withGaps((index) => index > 4 && index <= 14);
    const verdicts: Verdict[] = [];
    let state = openJudge(settings(late));
    for (const sample of dark) verdicts.push(judge((state = observe(state, sample))));
    expect(verdicts[14]).toMatchObject({ decision: 'hold', reason: 'DATA_POOR', escalate: false });
    expect(verdicts.find(({ decision }) => decision === 'proceed')).toMatchObject({ reason: 'HELPING' });
  });

  it('never hold a halt: harm that is proven is proven', () => {
    const failing = world({ perInterval: 1_000, share: 0.25, intervals: 60, stableFails: 0.3, currentFails: 0.05 });
    const gappy = failing.map((sample, index) => (index % 5 === 0 ? sample : { ...sample, strata: [] }));
    expect(decide(gappy)).toMatchObject({ decision: 'halt', reason: 'WORSE' });
  });

  it('ask a person at the longest bake', () => {
    const gappy = withGaps((index) => index % 4 !== 0);
    const verdict = decide(gappy, { minIntervals: 9, longestBakeMs: 120_000 });
    expect(verdict).toMatchObject({ reason: 'DATA_POOR', escalate: true });
  });

  it('of one target are not made up for by another', () => {
    const two = good.map(({ at, strata }) => ({ at, strata: [...strata, { target: 'us', stable: [], current: [] }] }));
    expect(decide(two, { weights: { eu: 25, us: 25 } })).toMatchObject({
      decision: 'hold',
      reason: 'NO_DATA',
      target: 'us',
      text: expect.stringContaining('no usable metrics from us for 180 s'),
    });
  });
});
