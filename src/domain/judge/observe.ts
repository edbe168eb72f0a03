import { atBounds, boundsSeen } from './bounds';
import { differences } from './counters';
import type { BoundStratum, StratumIncrement } from './counters';
import { counted, rowOf } from './count-log';
import { stepProcess } from './e-process';
import type { EProcess, Increment } from './e-process';
import { paced } from './evidence';
import { looked, markOf } from './looks';
import { stepStarts } from './restarts';
import type { Starts } from './restarts';
import { observeSplit } from './split';
import { observeGuardrails } from './guardrails';
import { sumOf } from './increments';
import type { Sample } from './sample';
import type { JudgeSettings } from './settings';
import { openLogs } from './state';
import type { JudgeState, Togetherness } from './state';
import { mapTests, testsOf } from './tests';
import type { Logs, TestName } from './tests';

const WIDEST = 3;
const RECENT = 2;

/** Adds one sample. A sample not newer than the last changes nothing; one without a usable pair is a gap, never a zero. */
export function observe(before: JudgeState, sample: Sample): JudgeState {
  if (sample.at <= before.lastAt) return before;
  const state = withBounds(before, sample);
  const { settings } = state;
  const fresh = {
    at: sample.at,
    intervalMs: settings.intervalMs,
    phaseStartedAt: settings.startedAt,
    needsCurrent: settings.mode === 'compare',
  };
  const guardrails = observeGuardrails(state.guardrails, sample.guardrails ?? {}, fresh, {
    settled: isSettled(settings, sample.at),
    intervalMs: settings.intervalMs,
    weights: settings.weights,
    widthAfter: (lastPairAt) => widthOf(spanOf(settings, sample.at, lastPairAt), settings),
  });
  const seen = { ...state, guardrails, lastAt: sample.at };
  const strata = readable(settings, sample);
  const symptom = differences(strata, state.memory, fresh);
  if (!symptom) return { ...seen, looks: looked(state.looks, markOf(strata, fresh), settings) };
  const looks = looked(state.looks, '+', settings);
  return pair({ ...seen, looks, memory: symptom.memory }, symptom.increments);
}

/** Bounds that nobody knew before the phase come from current's counters at the first look, before anything counts. */
function withBounds(state: JudgeState, { strata }: Sample): JudgeState {
  const { buckets } = state.settings;
  const bounds = buckets && !buckets.bounds ? boundsSeen(strata) : undefined;
  if (!bounds) return state;
  const settings = { ...state.settings, buckets: { bounds } };
  return { ...state, settings, logs: openLogs(settings) };
}

/** Without its bounds a histogram shows nothing yet. */
function readable({ buckets }: JudgeSettings, { strata }: Sample): readonly BoundStratum[] {
  if (!buckets) return strata;
  return buckets.bounds ? atBounds(strata, buckets.bounds) : [];
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
function pair(state: JudgeState, increments: readonly StratumIncrement[]): JudgeState {
  const { settings, lastAt } = state;
  const total = sumOf(increments);
  const isFlat = total.stable.requests + total.current.requests === 0;
  const base = {
    ...state,
    lastPairAt: lastAt,
    flatSince: isFlat ? (state.flatSince ?? state.lastPairAt ?? lastAt) : undefined,
    unserved: unserved(state, total),
    seen: { ...state.seen, ...Object.fromEntries(increments.map(({ target }) => [target, lastAt])) },
  };
  if (state.lastPairAt === undefined && isFlat) return base;
  const spanMs = spanOf(settings, lastAt, state.lastPairAt);
  const informative = total.stable.requests > 0 && (settings.mode !== 'compare' || total.current.requests > 0);
  const settled = isSettled(settings, lastAt);
  const width = widthOf(spanMs, settings);
  const observedMs = state.observedMs + spanMs;
  const after = {
    ...base,
    observedMs,
    intervals: state.intervals + (informative ? 1 : 0),
    settledIntervals: state.settledIntervals + (informative && settled ? 1 : 0),
    totals: sumOf([state.totals, total]),
    recent: [...state.recent, rowOf(total)].slice(-RECENT),
    together: informative && settled ? correlated(state.together, total) : state.together,
    split: settled ? observeSplit(state.split, increments, settings) : state.split,
    logs: stepTests(state, increments, width, settled),
    starts: settled ? startsOf(state, increments, width, observedMs) : state.starts,
    log: increments.reduce((log, increment) => counted(log, increment.target, increment, settled), state.log),
  };
  return informative ? { ...after, pace: paced(after) } : after;
}

/** While nothing moves nobody waits for a proof, and a leak may come late. */
function startsOf(state: JudgeState, increments: readonly Increment[], width: number, observedMs: number): Starts {
  const { bad } = testsOf(state);
  if (state.settings.mode !== 'no-harm' || !bad) return state.starts;
  return stepStarts(state.starts, bad, increments, { width, observedMs });
}

function unserved(state: JudgeState, { stable, current }: Increment): JudgeState['unserved'] {
  if (stable.requests > 0) return undefined;
  const before = state.unserved ?? { since: state.lastPairAt ?? state.lastAt, current: 0 };
  return { ...before, current: before.current + current.requests };
}

/** Inside the settle time only what may speak for stable, or for current, is asked; harm is not. */
const ASKED_FROM_THE_START: ReadonlySet<TestName> = new Set(['help', 'currentOk']);

function stepTests(state: JudgeState, increments: readonly Increment[], width: number, settled: boolean): Logs {
  const swapped = increments.map((x) => ({ stable: x.current, current: x.stable }));
  const step = (test: EProcess, name: TestName): EProcess => {
    if (!settled && !ASKED_FROM_THE_START.has(name)) return test;
    return stepProcess(test, name === 'currentOk' ? swapped : increments, width);
  };
  return mapTests(testsOf(state), (test, name) => step(test, name).logs);
}

function correlated(sums: Togetherness, { stable, current }: Increment): Togetherness {
  const s = stable.bad / Math.max(1, stable.requests);
  const c = current.bad / Math.max(1, current.requests);
  const plus = (sum: number, more: number): number => Math.round((sum + more) * 1e6) / 1e6;
  return {
    n: sums.n + 1,
    s: plus(sums.s, s),
    c: plus(sums.c, c),
    ss: plus(sums.ss, s * s),
    cc: plus(sums.cc, c * c),
    sc: plus(sums.sc, s * c),
  };
}
