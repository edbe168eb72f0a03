import { openProcess, stepProcess } from './e-process';
import type { EProcess } from './e-process';
import { openGuardrails } from './guardrails';
import type { Guardrails } from './guardrails';
import type { Memory } from './counters';
import type { CohortCounts } from './verdict';
import { ALPHA_HALT, ALPHA_PROCEED, harmMargin, helpMargin, RHO_NO_HELP } from './settings';
import type { JudgeSettings } from './settings';

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
  /** The last two intervals, for the circuit breaker. */
  readonly recent: readonly { readonly current: CohortCounts; readonly stable: CohortCounts }[];
  readonly together: Togetherness;
  readonly tests: Tests;
  readonly guardrails: Guardrails;
}

/** The running tests. Those of harm ignore the settle time; help is asked twice, with and without it. */
export interface Tests {
  readonly help: EProcess;
  readonly helpSettled: EProcess;
  readonly noHelp: EProcess;
  readonly harm: EProcess;
  readonly bad?: EProcess;
  readonly restored?: EProcess;
  readonly currentOk?: EProcess;
}

/** Where stable fails as often as current, it fails twice as often as what refutes "it did not help". */
const EQUAL = 1 / RHO_NO_HELP;

/**
 * The state of a bake that has seen nothing yet. `history`: the suspect's own intervals before the phase, oldest first;
 * they are evidence on whether it is healthy, so that one lucky interval cannot make its symptom look gone.
 */
export function openJudge(given: JudgeSettings, history: readonly CohortCounts[] = []): JudgeState {
  const settings = { ...given, ...given.burst };
  const none = { requests: 0, bad: 0 };
  return {
    settings,
    memory: {},
    lastAt: settings.startedAt,
    observedMs: 0,
    intervals: 0,
    settledIntervals: 0,
    totals: { current: none, stable: none },
    recent: [],
    together: { n: 0, s: 0, c: 0, ss: 0, cc: 0, sc: 0 },
    tests: withHistory(openTests(settings), history),
    guardrails: openGuardrails(settings, toHaltOf(settings)),
  };
}

function withHistory(tests: Tests, history: readonly CohortCounts[]): Tests {
  if (!tests.currentOk) return tests;
  const none = { requests: 0, bad: 0 };
  const currentOk = history.reduce(
    (test, counts) => stepProcess(test, [{ stable: counts, current: none }], 1),
    tests.currentOk,
  );
  return { ...tests, currentOk };
}

/** Most that one interval may add to a proof of harm, so that it takes some of them. */
function toHaltOf({ minIntervals, guardrails = [] }: JudgeSettings): number {
  const family = Math.log(2 + guardrails.length);
  return (Math.log(1 / ALPHA_HALT) + Math.LN2 + family) / Math.min(minIntervals, 4);
}

function openTests(settings: JudgeSettings): Tests {
  const { minIntervals, phi, tau, expected = {}, margins } = settings;
  const helping = { rho: helpMargin(margins), delta: 0, side: 'below' } as const;
  const toProceed = (Math.log(1 / ALPHA_PROCEED) + Math.LN2) / minIntervals;
  const toHalt = toHaltOf(settings);
  const relative = {
    help: openProcess(helping, toProceed, phi, expected.help),
    helpSettled: openProcess(helping, toProceed, phi, expected.help),
    noHelp: openProcess({ rho: RHO_NO_HELP, delta: 0, side: 'above' }, toHalt, phi, EQUAL),
    harm: openProcess({ ...harmMargin(margins?.harm), side: 'above' }, toHalt, phi),
  };
  if (tau === undefined) return relative;
  return {
    ...relative,
    bad: openProcess({ rho: 0, delta: tau, side: 'above' }, toHalt, phi, expected.bad),
    restored: openProcess({ rho: 0, delta: tau, side: 'below' }, toProceed, phi),
    currentOk: openProcess({ rho: 0, delta: tau, side: 'below' }, toProceed, phi),
  };
}
