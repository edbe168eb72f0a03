import { stepProcess } from './e-process';
import { NOTHING_COUNTED } from './count-log';
import type { CountLog, Counted } from './count-log';
import type { Looks } from './looks';
import type { Starts } from './restarts';
import type { SplitChecks } from './split';
import { addCounts } from './increments';
import { openGuardrails } from './guardrails';
import type { Guardrails } from './guardrail';
import type { Missing } from './evidence';
import type { Memory } from './counters';
import type { CohortCounts } from './verdict';
import type { JudgeSettings } from './settings';
import { mapTests, openTests, toHaltOf } from './tests';
import type { Logs } from './tests';

/** Running sums of the two cohorts' interval ratios, for their correlation. */
export interface Togetherness {
  readonly n: number;
  readonly s: number;
  readonly c: number;
  readonly ss: number;
  readonly cc: number;
  readonly sc: number;
}

/** All that a bake has seen, as plain JSON; the same samples always give the same state. */
export interface JudgeState {
  readonly settings: JudgeSettings;
  readonly memory: Memory;
  /** When the newest sample was taken. */
  readonly lastAt: number;
  /** How much of the time up to then nobody looked; absent in states of earlier builds. */
  readonly unwatchedMs?: number;
  /** When the newest usable pair was taken. */
  readonly lastPairAt?: number;
  readonly observedMs: number;
  /** Intervals in which both cohorts had requests. */
  readonly intervals: number;
  /** The same, after the settle time. */
  readonly settledIntervals: number;
  readonly totals: { readonly current: CohortCounts; readonly stable: CohortCounts };
  /** Since when no cohort had a request, with fresh counters. */
  readonly flatSince?: number;
  /** Since when stable had no request while its counters were fresh, and what current had meanwhile. */
  readonly unserved?: { readonly since: number; readonly current: number };
  /** When each target's newest usable pair was taken, on the clock that stands still while nobody looks. */
  readonly seen: Readonly<Record<string, number>>;
  /** What the looks of the last minutes brought. */
  readonly looks: Looks;
  readonly split: SplitChecks;
  /** Where the test of a failing stable begins anew while nothing moves. */
  readonly starts: Starts;
  /** What current did before the phase; shown beside it, for time changes more than a revision does. */
  readonly before?: CohortCounts;
  /** The last two intervals, for the circuit breaker. */
  readonly recent: readonly Counted[];
  readonly together: Togetherness;
  /** Set once current has failed no more in one of those intervals than on average before the phase. */
  readonly ebbed?: true;
  /** What the running tests have come to; those of harm ignore the settle time. */
  readonly logs: Logs;
  /** The counts behind them, for what is shown to people. */
  readonly log: CountLog;
  /** What was missing to either answer at the last informative intervals. */
  readonly pace: readonly Missing[];
  readonly guardrails: Guardrails;
}

/**
 * The state of a bake that has seen nothing yet. `history`: the suspect's own intervals before the phase, oldest first;
 * they are evidence on whether it is healthy, so that one lucky interval cannot make its symptom look gone.
 */
export function openJudge(given: JudgeSettings, history: readonly CohortCounts[] = []): JudgeState {
  // Without a target only the comparison can tell, so it is given one interval more.
  const least = given.tau === undefined && given.mode === 'compare' ? 3 : 1;
  const settings = { ...given, minIntervals: Math.max(least, given.minIntervals), ...given.burst };
  const none = { requests: 0, bad: 0 };
  return {
    settings,
    memory: {},
    lastAt: settings.startedAt,
    observedMs: 0,
    intervals: 0,
    settledIntervals: 0,
    totals: { current: none, stable: none },
    seen: {},
    looks: '',
    split: {},
    starts: [],
    ...(history.length === 0 ? {} : { before: addCounts(history) }),
    recent: [],
    together: { n: 0, s: 0, c: 0, ss: 0, cc: 0, sc: 0 },
    logs: openLogs(settings, history),
    log: NOTHING_COUNTED,
    pace: [],
    guardrails: openGuardrails(settings, toHaltOf(settings)),
  };
}

/** The tests before they have seen the phase, which may have to be opened anew once its bounds are known. */
export function openLogs(settings: JudgeSettings, history: readonly CohortCounts[] = []): Logs {
  const none = { requests: 0, bad: 0 };
  return mapTests(openTests(settings), (opened, name) => {
    if (name !== 'currentOk') return opened.logs;
    return history.reduce((test, counts) => stepProcess(test, [{ stable: counts, current: none }], 1), opened).logs;
  });
}
