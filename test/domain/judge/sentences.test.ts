import { grownClasses, judge, observe, openJudge, withClasses } from '../../../src/domain/judge';
import type { JudgeSettings, JudgeState, Verdict } from '../../../src/domain/judge';
import { heldFor } from '../rollback/support/held';
import { settings, START } from './support';

type Row = readonly [stable: number, stableBad: number, current: number, currentBad: number];

const STOPPED =
  'stopped here at 25 % of eu, nothing was undone: unwind puts back what was moved, approve goes on all the same; decided after';
const CALIBRATED: Partial<JudgeSettings> = { minIntervals: 2, historyKnown: true };

/** What was counted in each interval of ten seconds, as a source shows it; slow requests of a guardrail likewise. */
function watched(rows: readonly Row[], change: Partial<JudgeSettings> = {}, slow?: readonly Row[]): JudgeState {
  const guardrails = slow ? { guardrails: [{ name: 'requests over 500 ms' }] } : {};
  let state = openJudge(settings({ ...CALIBRATED, ...guardrails, ...change }));
  for (let tick = 0; tick <= rows.length; tick += 1) {
    const at = START + 10_000 * tick + 1;
    const shown = (all: readonly Row[]) => {
      const sum = (column: number) => all.slice(0, tick).reduce((total, row) => total + (row[column] ?? 0), 0);
      const stable = [{ series: 'v41', requests: sum(0), bad: sum(1), at }];
      return [{ target: 'eu', stable, current: [{ series: 'v42', requests: sum(2), bad: sum(3), at }] }];
    };
    state = observe(state, {
      at,
      strata: shown(rows),
      ...(slow ? { guardrails: { 'requests over 500 ms': shown(slow) } } : {}),
    });
  }
  return state;
}

const said = (...how: Parameters<typeof watched>): Verdict => judge(watched(...how));
const times = (count: number, row: Row): readonly Row[] => Array.from({ length: count }, () => row);

describe('what is said, by the facts of an incident', () => {
  it('of stable that failed 1 of 500 and current 75 of 1,490: goes on, with the bound, what was needed, and when', () => {
    const verdict = said([
      [250, 0, 745, 37],
      [250, 1, 745, 38],
    ]);
    expect(verdict.reason).toBe('HELPING');
    expect(verdict.text).toBe(
      'v41 failed 1 of 500 (0.20 %), v42 failed 75 of 1,490 (5.0 %): it helps: at most 0.30 times as often (which is wrong in at most 1 of 20 such phases, however often one looks); needed at most 0.7 times as often, target at most 1.0 % (the objective); decided after 20 s',
    );
  });

  it('of the same where nobody knows a target: better than current, and that the target is unknown', () => {
    const rows: readonly Row[] = [
      [170, 0, 500, 25],
      [170, 1, 500, 25],
      [160, 0, 490, 25],
    ];
    const verdict = said(rows, { tau: undefined, tauSource: 'none' } as Partial<JudgeSettings>);
    expect(verdict.text).toMatch(
      /it helps: .*; needed at most 0\.7 times as often, target unknown; decided after 30 s$/,
    );
  });

  it('of stable that failed 26 of 500 and current 73 of 1,490: did not halve them, probably another cause, where it stopped', () => {
    const verdict = said([
      [250, 13, 745, 36],
      [250, 13, 745, 37],
    ]);
    expect(verdict.reason).toBe('NOT_HELPING');
    expect(verdict.text).toBe(
      `v41 failed 26 of 500 (5.2 %), v42 failed 73 of 1,490 (4.9 %): moving traffic did not halve the failures: 0.46 to 2.1 times as often, so the cause is probably not this release; ${STOPPED} 20 s`,
    );
  });

  it('of stable that fails 15 % against 5 %: fails more, which failures are new, and what it may not fit', () => {
    const verdict = said(times(2, [250, 38, 750, 37]));
    expect(verdict.reason).toBe('WORSE');
    const intervals = (requests: number, bad: number) =>
      times(2, [requests, bad, 0, 0]).map(([n, b]) => ({ requests: n, bad: b }));
    const classes = [
      { value: '', stable: intervals(212, 0), current: intervals(713, 0) },
      { value: 'column not found', stable: intervals(38, 38), current: intervals(0, 0) },
      { value: 'timeout', stable: intervals(0, 0), current: intervals(37, 37) },
    ];
    const told = grownClasses({ label: 'exception', classes, labels: 1, phi: 1, minIntervals: 2 });
    const { text } = withClasses(verdict, [told], 'v41');
    expect(text).toMatch(
      /^v41 failed 76 of 500 \(15 %\), v42 failed 74 of 1,500 \(4\.9 %\): v41 fails more: \d\.\d to \d\.\d times as often; /,
    );
    expect(text).toContain(
      'it may not fit data or neighbours that have changed since; by exception, what is new or grew on v41: column not found (76 of 500, 15 % against never before); stopped here at 25 % of eu, nothing was undone',
    );
  });

  it('of failures that went and requests over 500 ms that rose to 12 % against 2 %: both, and what was allowed', () => {
    const verdict = said(times(4, [500, 0, 1_500, 75]), {}, times(4, [500, 60, 1_500, 30]));
    expect(verdict.reason).toBe('NEW_PROBLEM');
    expect(verdict.text).toBe(
      `v41 failed 0 of 2,000 (0.00 %), v42 failed 300 of 6,000 (5.0 %): it helps against the failures, but requests over 500 ms got worse: bad in 12 % (240 of 2,000) on v41 against 2.0 % (120 of 6,000) on v42 (allowed 4.0 %); ${STOPPED} 40 s`,
    );
  });

  it('does not say that it helps where it does not', () => {
    const { text } = said(times(4, [500, 25, 1_500, 75]), {}, times(4, [500, 120, 1_500, 30]));
    expect(text).toContain('requests over 500 ms got worse');
    expect(text).not.toContain('helps');
  });

  it('of 3 failures so far: how many are needed, when a verdict is due, and what half of the traffic would make of it', () => {
    const verdict = said(times(3, [10, 0, 30, 1]));
    expect(verdict).toMatchObject({ decision: 'hold', reason: 'NOT_ENOUGH_EVIDENCE', etaMs: 170_000 });
    expect(verdict.text).toBe(
      'v41 failed 0 of 30 (0.00 %), v42 failed 3 of 90 (3.3 %): not enough evidence yet; 3 failures on v42 so far, about 20 are needed where v41 has none; at this rate about 170 s more, at a share of half about 101 s',
    );
  });

  it('of as little at a share of half: nothing that another share would make better', () => {
    const { text } = said(times(3, [20, 0, 20, 1]));
    expect(text).toMatch(
      /3 failures on v42 so far, about 8 are needed where v41 has none; at this rate about \d+ s more$/,
    );
  });

  it('of evidence that leads nowhere: that no verdict is expected before the longest bake', () => {
    expect(said(times(3, [10, 0, 30, 1]), { longestBakeMs: 100_000 }).text).toMatch(
      /at this rate no verdict is expected before the longest bake$/,
    );
  });

  it('names where it stopped of many targets at most three', () => {
    const weights = { eu: 100, us: 50, ap: 25, sa: 10, af: 5 };
    const { text } = said(times(2, [250, 38, 750, 37]), { weights });
    expect(text).toContain('stopped here at 100 % of eu, 50 % of us, 25 % of ap and the shares of 2 more, nothing');
  });

  it('names where it stopped as people know it where the weights do not say that', () => {
    const moved = ['2 of 8 instances (25 %) of eu', '100 % of pods behind route'];
    const { text } = said(times(2, [250, 38, 750, 37]), { moved });
    expect(text).toContain('stopped here at 2 of 8 instances (25 %) of eu, 100 % of pods behind route, nothing');
  });

  it('names the bound where slow requests are what it is about, of the symptom and of a guardrail', () => {
    const slow = said(times(2, [250, 13, 745, 36]), { boundSeconds: 0.5 });
    expect(slow.text).toMatch(
      /^v41 was slower than 0\.5 s in 26 of 500 \(5\.2 %\), v42 was slower than 0\.5 s in 72 of 1,490 \(4\.8 %\): /,
    );
    const guardrails = [{ name: 'requests over 500 ms', boundSeconds: 0.5 }];
    const { text, guardrails: shown } = said(
      times(4, [500, 0, 1_500, 75]),
      { guardrails },
      times(4, [500, 60, 1_500, 30]),
    );
    expect(text).toContain('requests over 500 ms got worse: slower than 0.5 s in 12 % (240 of 2,000) on v41 against');
    expect(shown).toMatchObject([{ name: 'requests over 500 ms', boundSeconds: 0.5 }]);
  });
});

describe('what is asked about a hold', () => {
  it.each([
    ['PARTIAL', 'nothing moves by itself; people are reminded'],
    ['SYMPTOM_GONE', 'nothing moves by itself; people are reminded'],
    ['COUPLED', 'nothing moves by itself; people are reminded'],
    ['NO_TRAFFIC', 'goes on watching once data are back; until then people are reminded'],
    ['SPLIT_MISMATCH', 'goes on watching once data are back; until then people are reminded'],
  ] as const)(
    'for %s has two answers at least, each with what it does, and says what happens by itself',
    (reason, byItself) => {
      const { open, policy } = heldFor(reason);
      expect(open).toMatchObject({ reason: 'HOLD', verdict: reason, byItself });
      expect(open!.deadline! - open!.since).toBe(policy!.timing.reminderMs);
      expect(open!.options.length).toBeGreaterThanOrEqual(2);
      expect(open!.options.filter(({ recommended }) => recommended)).toHaveLength(1);
      for (const { consequence } of open!.options) expect(consequence).toMatch(/\w+ \w+/);
    },
  );
});
