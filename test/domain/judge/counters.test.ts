import { observe, openJudge } from '../../../src/domain/judge';
import type { JudgeState } from '../../../src/domain/judge';
import type { Sample, SeriesReading } from '../../../src/domain/judge/sample';
import { handedOn, settings, START } from './support';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;

type Read = Partial<SeriesReading> & Pick<SeriesReading, 'requests'>;

/** Looks ten seconds apart, the first one second into the phase, beside a current that serves and fails steadily. */
function looksAt(stable: readonly Read[]): readonly Sample[] {
  return stable.map((reading, index) => {
    const at = START + (1 + 10 * index) * SECOND;
    const current = { series: 'other', requests: 1_000 + 100 * index, bad: 50 + 5 * index, at };
    return {
      at,
      strata: [{ target: 'eu', stable: [{ series: 'one', bad: 0, at, ...reading }], current: [current] }],
    };
  });
}

function seen(stable: readonly Read[]): JudgeState {
  return looksAt(stable).reduce(
    (state, sample) => handedOn(observe(state, sample)),
    openJudge(settings({ minIntervals: 9 })),
  );
}

describe('a process that is another one than at the look before', () => {
  it('has counted everything since it began, though its counter is higher again by now', () => {
    const { totals } = seen([
      { requests: 40, bad: 4, startedAt: START - 3 * SECOND },
      { requests: 45, bad: 9, startedAt: START + 4 * SECOND },
    ]);
    expect(totals.stable).toEqual({ requests: 45, bad: 9 });
  });

  it('is none where the counter could not have got there since: what began is an exporter', () => {
    const { totals } = seen([
      { requests: 90_000, bad: 900, startedAt: START - HOUR },
      { requests: 90_025, bad: 901, startedAt: START + 4 * SECOND },
    ]);
    expect(totals.stable).toEqual({ requests: 25, bad: 1 });
  });

  it.each([
    [
      'began before the look before, as two behind one address do',
      1_000,
      1_010,
      START - 9 * SECOND,
      START - 2 * SECOND,
    ],
    ['begins the earlier the more of it arrives, as a sum of buckets does', 30, 60, START - 20_000, START - 50_000],
    ['is told by a clock that was set', 1_000, 1_010, START - 5_000, START - 4_400],
  ])('is none where it %s', (_how, before, after, startedBefore, startedAfter) => {
    const { totals } = seen([
      { requests: before, startedAt: startedBefore },
      { requests: after, startedAt: startedAfter },
    ]);
    expect(totals.stable.requests).toBe(after - before);
  });

  it.each([
    ['a clock that was set', START - 5_000, START - 4_400],
    ['an older one behind the same address', START - 5_000, START - 60_000],
  ])('is not taken for one beside the jitter of a replica: %s', (_how, startedBefore, startedAfter) => {
    const { totals } = seen([
      { requests: 1_000, startedAt: startedBefore },
      { requests: 990, startedAt: startedAfter },
      { requests: 1_040, startedAt: startedAfter },
    ]);
    expect(totals.stable.requests).toBe(40);
  });

  it('brings no event anew where only what exposes them has begun again', () => {
    const killed = (startedAt: number, at: number) => [
      { target: 'eu', stable: [{ series: 'ksm', requests: 0, bad: 3, at, startedAt }], current: [] },
    ];
    const opened = openJudge(
      settings({
        mode: 'absolute',
        guardrails: [{ name: 'killed', measure: { kind: 'events', allowedPerSecond: 0.001 } }],
      }),
    );
    const state = looksAt([{ requests: 10 }, { requests: 20 }]).reduce(
      (judge, sample, index) =>
        observe(judge, {
          ...sample,
          guardrails: { killed: killed(index === 0 ? START - HOUR : START + 4 * SECOND, sample.at) },
        }),
      opened,
    );
    expect(state.guardrails['killed']).toMatchObject({ totals: { stable: { bad: 0 } } });
  });
});
