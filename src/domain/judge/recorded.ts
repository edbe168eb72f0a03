import { calibration } from './calibration';
import { decide } from './judge';
import { observe } from './observe';
import type { SeriesReading, StratumReading } from './sample';
import { tauFor } from './settings';
import { openJudge } from './state';
import type { JudgeState } from './state';
import type { CohortCounts, Verdict } from './verdict';
import { verdictOf } from './verdict-of';
import { isForWantOfData } from './want-of-data';

/** What a recorded run is judged by. Ratios are 0 to 1, times in milliseconds. */
export interface RecordedPolicy {
  readonly objective?: number;
  readonly baseline?: number;
  readonly intervalMs: number;
  readonly settleMs: number;
  readonly longestBakeMs: number;
  readonly guardrails: readonly string[];
}

/** Counts of a cohort, and bad events of each guardrail among the same requests. */
export interface RecordedCounts extends CohortCounts {
  readonly guardrails?: Readonly<Record<string, number>>;
}

/** Counters of both cohorts, cumulative since the phase began; null where a cohort's scrape is missing. `at`: since then. */
export interface RecordedSample {
  readonly at: number;
  readonly stable: RecordedCounts | null;
  readonly current: RecordedCounts | null;
}

const NO_DATA_MS = 180_000;
const QUIET_MS = 60_000;

/** A judge for a recorded run: calibrated by the suspect's intervals before the phase, oldest first. */
export function openRecorded(policy: RecordedPolicy, history: readonly CohortCounts[]): JudgeState {
  const { tau, source } = tauFor(policy);
  const { intervalMs, settleMs, longestBakeMs, guardrails } = policy;
  return openJudge(
    {
      intervalMs,
      settleMs,
      longestBakeMs,
      noDataMs: NO_DATA_MS,
      quietMs: QUIET_MS,
      mode: 'compare',
      ...(tau === undefined ? {} : { tau }),
      tauSource: source,
      ...calibration(history, { baseline: policy.baseline, tau }),
      guardrails: guardrails.map((name) => ({ name })),
      phaseIndex: 0,
      weights: { recorded: 100 },
      onThinEvidence: 'ask',
      onCoupled: 'ask',
      startedAt: 0,
      names: { current: 'current', stable: 'stable' },
      trafficSeen: history.some(({ requests }) => requests > 0),
      probesPass: false,
    },
    history,
  );
}

/** Adds one recorded sample, as the same reading of a live provider would be. */
export function observeRecorded(state: JudgeState, { at, stable, current }: RecordedSample): JudgeState {
  const strata = (badOf: (counts: RecordedCounts) => number | undefined): readonly StratumReading[] => [
    { target: 'recorded', stable: recordedReading(stable, badOf, at), current: recordedReading(current, badOf, at) },
  ];
  const guardrails = Object.keys(state.guardrails).map((name) => [name, strata((counts) => counts.guardrails?.[name])]);
  return observe(state, {
    at,
    strata: strata(({ bad }) => bad),
    guardrails: Object.fromEntries(guardrails) as Record<string, readonly StratumReading[]>,
  });
}

/** What is said of a recorded run so far. */
export interface Judged {
  /** Whether the run would end here; missing data may come back, so that is watched on. */
  readonly final: boolean;
  /** Put into words when it is read. */
  readonly verdict: Verdict;
}

/** Judges a recorded run so far. */
export function judgeRecorded(state: JudgeState): Judged {
  const answer = decide(state);
  const { decision, reason, escalate = false } = answer;
  return {
    final: decision !== 'hold' || (escalate && !isForWantOfData(reason)),
    get verdict() {
      return verdictOf(state, answer);
    },
  };
}

/** One cohort's counters as the reading of a live provider; nothing where its scrape, or that metric of it, is missing. */
export function recordedReading(
  counts: RecordedCounts | null,
  badOf: (counts: RecordedCounts) => number | undefined,
  at: number,
): readonly SeriesReading[] {
  const bad = counts ? badOf(counts) : undefined;
  if (counts === null || bad === undefined) return [];
  return [{ series: 'recorded', requests: counts.requests, bad, at, startedAt: 0 }];
}
