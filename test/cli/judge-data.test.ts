import { say } from './support/fake-cli';

interface Printed {
  readonly id: string;
  readonly verdict: string;
  readonly reason: string;
  readonly t: number;
  readonly stable: { readonly requests: number; readonly bad: number };
  readonly current: { readonly requests: number; readonly bad: number };
}

interface Counts {
  readonly requests: number;
  readonly errors: number;
}

const POLICY = { objective: 0.01, baseline: 0.001, intervalSeconds: 10, settleSeconds: 0, maxBakeSeconds: 600 };

/** So little an interval that it takes some of them until anything is proven. */
const STABLE = { requests: 10, errors: 0 };
const CURRENT = { requests: 30, errors: 2 };

const header = (id: string) => JSON.stringify({ type: 'run', id, policy: POLICY });
const times = ({ requests, errors }: Counts, tick: number): Counts => ({
  requests: requests * tick,
  errors: errors * tick,
});

/** A sample of that tick: its counters, or what a cohort's are instead. */
function sample(tick: number, instead: { readonly stable?: Counts | null; readonly current?: Counts | null } = {}) {
  const usual = { stable: times(STABLE, tick), current: times(CURRENT, tick) };
  return JSON.stringify({ type: 'sample', t: tick * 10, ...usual, ...instead });
}

const ticks = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** What is said of lines that come on standard input. */
async function judged(lines: readonly string[], ...options: readonly string[]) {
  const said = await say(['judge', ...options], { types: lines });
  const printed = said.out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Printed);
  return { ...said, printed };
}

const everySample = async (samples: readonly string[]) =>
  (await judged([header('x'), ...samples], '--every-sample')).printed;

describe('judge, reading standard input', () => {
  it('judges any number of runs in one stream, each by its own lines', async () => {
    const failing = times({ requests: 10, errors: 5 }, 1);
    const worse = ticks(1, 60).map((tick) => sample(tick, { stable: times(failing, tick) }));
    const lines = [header('helps'), ...ticks(1, 60).map((tick) => sample(tick)), header('worse'), ...worse];
    const { exit, printed } = await judged([...lines, header('short'), sample(1)], '-');
    expect(exit).toBe(0);
    expect(printed).toMatchObject([
      { id: 'helps', verdict: 'proceed', reason: 'HELPING' },
      { id: 'worse', verdict: 'halt', reason: 'WORSE' },
      { id: 'short', verdict: 'hold', reason: 'NOT_ENOUGH_EVIDENCE', t: 10 },
    ]);
  });

  it('says which line of it is wrong, after the runs that were whole', async () => {
    const { exit, err, printed } = await judged([header('x'), sample(1), header('y'), 'no counters today']);
    expect(exit).toBe(2);
    expect(err).toContain('stdin:4: not JSON');
    expect(err).toContain('no counters today');
    expect(printed).toMatchObject([{ id: 'x', verdict: 'hold' }]);
  });

  it('says so where nothing comes', async () => {
    const { exit, err } = await judged([]);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining('no run was read') as string });
  });
});

describe('a scrape that is null', () => {
  const counts = (printed: readonly Printed[]) =>
    printed.map(({ stable, current }) => [stable.requests, current.requests]);

  it('of either cohort or both is a gap, not zeros: the next pair brings what it missed', async () => {
    const printed = await everySample([
      sample(1),
      sample(2, { stable: null }),
      sample(3, { current: null }),
      sample(4, { stable: null, current: null }),
      sample(5),
    ]);
    expect(counts(printed)).toEqual([
      [10, 30],
      [10, 30],
      [10, 30],
      [10, 30],
      [50, 150],
    ]);
    expect(printed.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 5 }, () => 'hold'));
  });

  it('as the very first sample loses nothing, for counters count since the phase began', async () => {
    const printed = await everySample([sample(1, { stable: null, current: null }), sample(2)]);
    expect(counts(printed)).toEqual([
      [0, 0],
      [20, 60],
    ]);
  });

  it('changes no answer where pairs come after it, however many there were', async () => {
    const whole = await judged([header('x'), ...ticks(1, 60).map((tick) => sample(tick))]);
    const gappy = await judged([
      header('x'),
      ...ticks(1, 60).map((tick) => sample(tick, tick % 2 === 0 ? {} : { stable: null })),
    ]);
    expect(whole.printed).toMatchObject([{ verdict: 'proceed', reason: 'HELPING' }]);
    expect(gappy.printed).toMatchObject([{ verdict: 'proceed', reason: 'HELPING' }]);
    expect(gappy.printed[0]!.t).toBeGreaterThanOrEqual(whole.printed[0]!.t);
  });

  it.each(['stable', 'current'] as const)('of %s that never ends is never good', async (cohort) => {
    const { printed } = await judged([header('x'), ...ticks(1, 60).map((tick) => sample(tick, { [cohort]: null }))]);
    expect(printed).toMatchObject([{ verdict: 'hold', reason: 'NO_DATA', t: 600 }]);
  });

  it('for three minutes is asked about, and watched on from', async () => {
    const dark = ticks(2, 24).map((tick) => sample(tick, { stable: null, current: null }));
    const { printed } = await judged([header('x'), sample(1), ...dark, ...ticks(25, 60).map((tick) => sample(tick))]);
    expect(printed).toMatchObject([{ verdict: 'proceed', reason: 'HELPING' }]);
    const said = await everySample([sample(1), ...dark, sample(25)]);
    expect(new Set(said.map(({ reason }) => reason))).toContain('NO_DATA');
  });
});

describe('a counter that begins again', () => {
  it('counts from zero on, for the cohort that restarted alone', async () => {
    const restarted = ticks(4, 6).map((tick) => sample(tick, { stable: times(STABLE, tick - 3) }));
    const printed = await everySample([...ticks(1, 3).map((tick) => sample(tick)), ...restarted]);
    expect(printed.at(-1)).toMatchObject({ stable: { requests: 60, bad: 0 }, current: { requests: 180, bad: 12 } });
  });

  it('behind a missing scrape loses no more than what was counted meanwhile', async () => {
    const printed = await everySample([
      ...ticks(1, 3).map((tick) => sample(tick)),
      sample(4, { current: null }),
      sample(5, { current: times(CURRENT, 1) }),
    ]);
    expect(printed.at(-1)).toMatchObject({ stable: { requests: 50 }, current: { requests: 120, bad: 8 } });
  });

  it('changes no answer', async () => {
    const restarts = ticks(1, 60).map((tick) => {
      const since = tick > 8 ? tick - 8 : tick;
      return sample(tick, { stable: times(STABLE, since), current: times(CURRENT, since) });
    });
    const [whole, broken] = await Promise.all(
      [ticks(1, 60).map((tick) => sample(tick)), restarts].map((samples) => judged([header('x'), ...samples])),
    );
    expect(broken!.printed).toEqual(whole!.printed);
  });
});

describe('judge --every-sample', () => {
  it('prints a line for each sample of each run, gaps and what comes after the verdict as well', async () => {
    const samples = ticks(1, 40).map((tick) => sample(tick, tick === 2 ? { stable: null } : {}));
    const { printed } = await judged(
      [header('one'), ...samples, header('two'), sample(1), sample(2)],
      '--every-sample',
    );
    expect(printed.map(({ id, t }) => `${id} ${t}`)).toEqual([
      ...ticks(1, 40).map((tick) => `one ${tick * 10}`),
      'two 10',
      'two 20',
    ]);
    const [ended] = (await judged([header('one'), ...samples])).printed;
    expect(printed.find(({ verdict }) => verdict !== 'hold')).toEqual(ended);
    expect(ended!.t).toBeLessThan(400);
  });

  it('changes nothing by a sample that is told twice, or late', async () => {
    const printed = await everySample([sample(1), sample(2), sample(2), sample(1), sample(3)]);
    expect(printed.map(({ stable }) => stable.requests)).toEqual([10, 20, 20, 20, 30]);
  });
});
