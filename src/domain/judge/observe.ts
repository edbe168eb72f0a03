import { differences } from './counters';
import { stepProcess } from './e-process';
import type { EProcess, Increment } from './e-process';
import { observeGuardrails } from './guardrails';
import { sumOf } from './increments';
import type { Sample } from './sample';
import type { JudgeSettings } from './settings';
import type { JudgeState, Tests, Togetherness } from './state';

const WIDEST = 3;
const RECENT = 2;

/** Adds one sample. A sample not newer than the last changes nothing; one without a usable pair is a gap, never a zero. */
export function observe(state: JudgeState, sample: Sample): JudgeState {
  if (sample.at <= state.lastAt) return state;
  const { settings } = state;
  const fresh = {
    at: sample.at,
    intervalMs: settings.intervalMs,
    phaseStartedAt: settings.startedAt,
    needsCurrent: settings.mode === 'compare',
  };
  const guardrails = observeGuardrails(state.guardrails, sample.guardrails ?? {}, fresh, {
    settled: isSettled(settings, sample.at),
    widthAfter: (lastPairAt) => widthOf(spanOf(settings, sample.at, lastPairAt), settings),
  });
  const seen = { ...state, guardrails, lastAt: sample.at };
  const symptom = differences(sample.strata, state.memory, fresh);
  return symptom ? pair({ ...seen, memory: symptom.memory }, symptom.increments) : seen;
}

function isSettled({ startedAt, settleMs }: JudgeSettings, at: number): boolean {
  return at - startedAt > settleMs;
}

/** The time that an increment speaks for: since the pair before, but no longer than some intervals. */
function spanOf({ startedAt, intervalMs }: JudgeSettings, at: number, lastPairAt: number | undefined): number {
  return Math.min(at - (lastPairAt ?? startedAt), WIDEST * intervalMs);
}

function widthOf(spanMs: number, { intervalMs }: JudgeSettings): number {
  return Math.max(1, spanMs / intervalMs);
}

/** The very first pair is a baseline: it shows where the counters stand, not what happened. */
function pair(state: JudgeState, increments: readonly Increment[]): JudgeState {
  const { settings, lastAt } = state;
  const total = sumOf(increments);
  const isFlat = total.stable.requests + total.current.requests === 0;
  const base = {
    ...state,
    lastPairAt: lastAt,
    flatSince: isFlat ? (state.flatSince ?? state.lastPairAt ?? lastAt) : undefined,
  };
  if (state.lastPairAt === undefined && isFlat) return base;
  const spanMs = spanOf(settings, lastAt, state.lastPairAt);
  const informative = total.stable.requests > 0 && (settings.mode !== 'compare' || total.current.requests > 0);
  const settled = isSettled(settings, lastAt);
  return {
    ...base,
    observedMs: state.observedMs + spanMs,
    intervals: state.intervals + (informative ? 1 : 0),
    settledIntervals: state.settledIntervals + (informative && settled ? 1 : 0),
    totals: sumOf([state.totals, total]),
    recent: [...state.recent, total].slice(-RECENT),
    together: informative ? correlated(state.together, total) : state.together,
    tests: stepTests(state.tests, increments, widthOf(spanMs, settings), settled),
  };
}

function stepTests(tests: Tests, increments: readonly Increment[], width: number, settled: boolean): Tests {
  const step = (test: EProcess): EProcess => stepProcess(test, increments, width);
  const late = (test: EProcess): EProcess => (settled ? step(test) : test);
  const swapped = increments.map((x) => ({ stable: x.current, current: x.stable }));
  return {
    help: step(tests.help),
    helpSettled: late(tests.helpSettled),
    noHelp: late(tests.noHelp),
    harm: late(tests.harm),
    ...(tests.bad ? { bad: late(tests.bad) } : {}),
    ...(tests.restored ? { restored: late(tests.restored) } : {}),
    ...(tests.currentOk ? { currentOk: stepProcess(tests.currentOk, swapped, width) } : {}),
  };
}

function correlated(sums: Togetherness, { stable, current }: Increment): Togetherness {
  const s = stable.bad / Math.max(1, stable.requests);
  const c = current.bad / Math.max(1, current.requests);
  return { n: sums.n + 1, s: sums.s + s, c: sums.c + c, ss: sums.ss + s * s, cc: sums.cc + c * c, sc: sums.sc + s * c };
}
