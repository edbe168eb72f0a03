import { atBounds, boundsSeen } from './bounds';
import { differences, freshnessLater, freshnessOf } from './counters';
import type { BoundStratum, Memory, StratumIncrement } from './counters';
import { counted, rowOf } from './count-log';
import { stepLogs } from './e-process';
import type { Increment } from './e-process';
import { paced } from './evidence';
import { looked, markOf } from './looks';
import { stepStarts } from './restarts';
import type { Starts } from './restarts';
import { observeSplit } from './split';
import type { Guardrails, LookAt } from './guardrail';
import { observeGuardrails } from './guardrails';
import { sumOf } from './increments';
import type { Sample } from './sample';
import type { JudgeSettings } from './settings';
import { openLogs } from './state';
import type { JudgeState, Togetherness } from './state';
import { concerning, mapTests, openTests, testsOf } from './tests';
import { unwatchedUntil, watchedAt } from './watched';
import type { Logs, TestName } from './tests';
import { isEbb } from './waves';

const WIDEST = 3;
const RECENT = 2;

/** Adds one sample. A sample not newer than the last changes nothing; one without a usable pair is a gap, never a zero. */
export function observe(before: JudgeState, sample: Sample): JudgeState {
  if (sample.at <= before.lastAt) return before;
  const state = withBounds(before, sample);
  const { settings } = state;
  const fresh = freshnessOf(settings, sample.at);
  const unwatchedMs = unwatchedUntil(sample.at, state);
  const guardrails = observeGuardrails(
    state.guardrails,
    sample.guardrails ?? {},
    looksAt(settings, sample.at, unwatchedMs),
  );
  const strata = readable(settings, sample);
  const symptom = differences(strata, state.memory, fresh);
  if (symptom) {
    const { increments, memory } = symptom;
    return paired({ state, at: sample.at, unwatchedMs, guardrails, increments, memory });
  }
  const looks = looked(state.looks, markOf(strata, fresh), settings);
  return { ...state, guardrails, lastAt: sample.at, unwatchedMs, looks };
}

/** Looks at guardrails beside a look at the symptom, each as of the time that its source has come to. */
function looksAt(settings: JudgeSettings, at: number, unwatchedMs: number | undefined): LookAt {
  const { intervalMs, weights } = settings;
  const now = watchedAt({ lastAt: at, unwatchedMs });
  return (laterMs) => {
    const fresh = freshnessLater(settings, at, laterMs);
    return (
      fresh && {
        fresh,
        settled: isSettled(settings, fresh.at),
        intervalMs,
        watchedAt: now,
        weights,
        widthAfter: (lastPairAt) => widthOf(spanOf(settings, fresh.at, lastPairAt), settings),
      }
    );
  };
}

/** What a sample adds to the counts of the symptom, by target, and what is remembered of it; undefined without a usable pair. */
export function symptomIn(settings: JudgeSettings, memory: Memory, sample: Sample): ReturnType<typeof differences> {
  return differences(readable(settings, sample), memory, freshnessOf(settings, sample.at));
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

/** A usable pair of the symptom, before it is counted. */
interface Pair {
  readonly state: JudgeState;
  readonly at: number;
  readonly unwatchedMs: number | undefined;
  readonly guardrails: Guardrails;
  readonly increments: readonly StratumIncrement[];
  readonly memory: Memory;
}

/** The very first pair is a baseline: it shows where the counters stand, not what happened. */
function paired({ state, at, unwatchedMs, guardrails, increments, memory }: Pair): JudgeState {
  const { settings, lastPairAt } = state;
  const total = sumOf(increments);
  const isFlat = total.stable.requests + total.current.requests === 0;
  const looks = looked(state.looks, '+', settings);
  const seen = { ...state.seen };
  for (const { target } of increments) seen[target] = watchedAt({ lastAt: at, unwatchedMs });
  const flatSince = isFlat ? (state.flatSince ?? lastPairAt ?? at) : undefined;
  const unserved = unservedSince(state, total, at);
  if (lastPairAt === undefined && isFlat)
    return { ...state, guardrails, memory, looks, seen, flatSince, unserved, unwatchedMs, lastAt: at, lastPairAt: at };
  const spanMs = spanOf(settings, at, lastPairAt);
  const isInformative = total.stable.requests > 0 && (settings.mode !== 'compare' || total.current.requests > 0);
  const settled = isSettled(settings, at);
  const width = widthOf(spanMs, settings);
  const observedMs = state.observedMs + spanMs;
  const logs = stepTests(state, increments, width, settled);
  const totals = sumOf([state.totals, total]);
  const starts = settled ? startsOf(state, increments, width, observedMs) : state.starts;
  const log = increments.reduce((rows, increment) => counted(rows, increment.target, increment, settled), state.log);
  // Every field by name: to copy the state before and change it would cost more than all the tests.
  return {
    settings,
    memory,
    lastAt: at,
    unwatchedMs,
    lastPairAt: at,
    observedMs,
    intervals: state.intervals + (isInformative ? 1 : 0),
    settledIntervals: state.settledIntervals + (isInformative && settled ? 1 : 0),
    totals,
    flatSince,
    unserved,
    seen,
    looks,
    split: settled ? observeSplit(state.split, increments, settings) : state.split,
    starts,
    before: state.before,
    recent: [...state.recent, rowOf(total)].slice(-RECENT),
    together: isInformative && settled ? correlated(state.together, total) : state.together,
    ebbed: isInformative && settled && isEbb(state.before, total.current) ? true : state.ebbed,
    logs,
    log,
    pace: isInformative ? paced(state.pace, { settings, logs, guardrails, totals, starts }) : state.pace,
    guardrails,
  };
}

/** While nothing moves nobody waits for a proof, and a leak may come late. */
function startsOf(
  state: JudgeState,
  increments: readonly StratumIncrement[],
  width: number,
  observedMs: number,
): Starts {
  if (state.settings.mode !== 'no-harm') return state.starts;
  const { bad } = testsOf(state);
  const own = concerning(state.settings, 'bad', increments);
  return bad ? stepStarts(state.starts, bad, own, { width, observedMs }) : state.starts;
}

function unservedSince(state: JudgeState, { stable, current }: Increment, at: number): JudgeState['unserved'] {
  if (stable.requests > 0) return undefined;
  const before = state.unserved ?? { since: state.lastPairAt ?? at, current: 0 };
  return { since: before.since, current: before.current + current.requests };
}

/** Inside the settle time only what may speak for stable, or for current, is asked; harm is not. */
const ASKED_FROM_THE_START: ReadonlySet<TestName> = new Set(['help', 'currentOk']);

function stepTests(state: JudgeState, increments: readonly StratumIncrement[], width: number, settled: boolean): Logs {
  const swapped = increments.map((x) => ({ target: x.target, stable: x.current, current: x.stable }));
  return mapTests(openTests(state.settings), (test, name) => {
    const logs = state.logs[name] ?? test.logs;
    if (!settled && !ASKED_FROM_THE_START.has(name)) return logs;
    const sides = name === 'currentOk' ? swapped : increments;
    return stepLogs(test, logs, concerning(state.settings, name, sides), width);
  });
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
