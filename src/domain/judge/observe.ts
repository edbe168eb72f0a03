import { difference } from './counters';
import type { StratumDelta } from './counters';
import { stepProcess } from './e-process';
import { stepGuardrails } from './guardrails';
import type { EProcess, Increment } from './e-process';
import type { Sample } from './sample';
import type { CohortCounts } from './verdict';
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
    guardrails: settings.guardrails ?? [],
  };
  const deltas = sample.strata
    .map((stratum) => difference(stratum, state.memory, fresh))
    .filter((delta): delta is StratumDelta => delta !== undefined);
  const seen = { ...state, lastAt: sample.at };
  if (deltas.length === 0) return seen;
  const memory = deltas.reduce((merged, delta) => ({ ...merged, ...delta.memory }), state.memory);
  return pair(
    { ...seen, memory },
    deltas.map((delta) => delta.increment),
  );
}

/** The very first pair is a baseline: it shows where the counters stand, not what happened. */
function pair(state: JudgeState, increments: readonly Increment[]): JudgeState {
  const { settings, lastAt } = state;
  const sinceMs = lastAt - (state.lastPairAt ?? settings.startedAt);
  const total = sumOf(increments);
  const isFlat = total.stable.requests + total.current.requests === 0;
  const base = {
    ...state,
    lastPairAt: lastAt,
    flatSince: isFlat ? (state.flatSince ?? state.lastPairAt ?? lastAt) : undefined,
  };
  if (state.lastPairAt === undefined && isFlat) return base;
  const widthMs = Math.min(sinceMs, WIDEST * settings.intervalMs);
  const informative = total.stable.requests > 0 && (settings.mode !== 'compare' || total.current.requests > 0);
  const settled = lastAt - settings.startedAt > settings.settleMs;
  return {
    ...base,
    observedMs: state.observedMs + widthMs,
    intervals: state.intervals + (informative ? 1 : 0),
    settledIntervals: state.settledIntervals + (informative && settled ? 1 : 0),
    totals: sumOf([state.totals, total]),
    recent: [...state.recent, total].slice(-RECENT),
    together: informative ? correlated(state.together, total) : state.together,
    tests: stepTests(state.tests, increments, Math.max(1, widthMs / settings.intervalMs), settled),
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
    ...(tests.guardrails ? { guardrails: stepGuardrails(tests.guardrails, increments, width, settled) } : {}),
    ...(tests.currentOk ? { currentOk: stepProcess(tests.currentOk, swapped, width) } : {}),
  };
}

function correlated(sums: Togetherness, { stable, current }: Increment): Togetherness {
  const s = stable.bad / Math.max(1, stable.requests);
  const c = current.bad / Math.max(1, current.requests);
  return { n: sums.n + 1, s: sums.s + s, c: sums.c + c, ss: sums.ss + s * s, cc: sums.cc + c * c, sc: sums.sc + s * c };
}

function sumOf(increments: readonly Increment[]): Increment {
  return {
    stable: addCounts(increments.map(({ stable }) => stable)),
    current: addCounts(increments.map(({ current }) => current)),
  };
}

function addCounts(counts: readonly CohortCounts[]): CohortCounts {
  const total = { requests: 0, bad: 0 };
  const guardrails: Record<string, number> = {};
  for (const count of counts) {
    total.requests += count.requests;
    total.bad += count.bad;
    for (const [name, bad] of Object.entries(count.guardrails ?? {})) guardrails[name] = (guardrails[name] ?? 0) + bad;
  }
  return Object.keys(guardrails).length === 0 ? total : { ...total, guardrails };
}
