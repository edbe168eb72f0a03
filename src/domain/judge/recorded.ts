import { calibration } from './calibration';
import { decide } from './judge';
import { observe } from './observe';
import type { Sample, SeriesReading, StratumReading } from './sample';
import { openJudge } from './state';
import type { JudgeState } from './state';
import { tauFor } from './tau';
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
  /** Percent of each target on stable, where its samples tell targets apart. */
  readonly targets?: Readonly<Record<string, number>>;
  /** False where all traffic is on stable: then only the target ratio can tell. True where nothing is said. */
  readonly control?: boolean;
}

/** Counts of a cohort, and bad events of each guardrail among the same requests. */
export interface RecordedCounts extends CohortCounts {
  readonly guardrails?: Readonly<Record<string, number>>;
  /** Guardrails that have requests of their own; one that is missing here was not measured. */
  readonly ownGuardrails?: Readonly<Record<string, CohortCounts>>;
}

/** Counters of both cohorts, cumulative since the phase began; null where a cohort's scrape is missing. `at`: since then. */
export interface RecordedSample {
  readonly at: number;
  readonly stable: RecordedCounts | null;
  readonly current: RecordedCounts | null;
}

const NO_DATA_MS = 180_000;
const QUIET_MS = 60_000;
const ONLY_TARGET = 'recorded';

/** A judge for a recorded run: calibrated by the suspect's intervals before the phase, oldest first. */
export function openRecorded(policy: RecordedPolicy, history: readonly CohortCounts[]): JudgeState {
  const { tau, source } = tauFor(policy);
  const { intervalMs, settleMs, longestBakeMs, guardrails, targets = { [ONLY_TARGET]: 100 }, control = true } = policy;
  return openJudge(
    {
      intervalMs,
      settleMs,
      longestBakeMs,
      noDataMs: NO_DATA_MS,
      quietMs: QUIET_MS,
      mode: control ? 'compare' : 'absolute',
      ...(tau === undefined ? {} : { tau }),
      tauSource: source,
      ...calibration(history, { baseline: policy.baseline, tau }),
      guardrails: guardrails.map((name) => ({ name })),
      phaseIndex: 0,
      weights: targets,
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
  return observeTargets(state, [{ target: ONLY_TARGET, stable, current }], at);
}

/** Adds one recorded sample of several targets. */
export function observeTargets(state: JudgeState, strata: readonly RecordedStratum[], at: number): JudgeState {
  return observe(state, recordedLook(Object.keys(state.guardrails), strata, at));
}

/** What one target's cohorts had recorded at one instant; null where a cohort's scrape is missing. */
export interface RecordedStratum extends Pick<RecordedSample, 'stable' | 'current'> {
  readonly target: string;
}

/** A look at recorded counters of some targets, with these guardrails, as one at a live provider would be. */
export function recordedLook(guardrails: readonly string[], strata: readonly RecordedStratum[], at: number): Sample {
  const read = (countsOf: (counts: RecordedCounts) => CohortCounts | undefined): readonly StratumReading[] =>
    strata.map(({ target, stable, current }) => ({
      target,
      stable: recordedReading(stable && countsOf(stable), at),
      current: recordedReading(current && countsOf(current), at),
    }));
  return {
    at,
    strata: read((counts) => counts),
    guardrails: Object.fromEntries(guardrails.map((name) => [name, read((counts) => guardrailCounts(counts, name))])),
  };
}

/** A guardrail's own counts, or its bad events among the requests of all. */
function guardrailCounts(
  { requests, guardrails, ownGuardrails }: RecordedCounts,
  name: string,
): CohortCounts | undefined {
  const bad = guardrails?.[name];
  return ownGuardrails?.[name] ?? (bad === undefined ? undefined : { requests, bad });
}

/** What is said of a recorded run so far. */
export interface Judged {
  /** Whether the run would end here; missing data may come back, so that is watched on. */
  readonly final: boolean;
  /** Put into words when it is asked for. */
  readonly verdict: () => Verdict;
}

/** Judges a recorded run so far. */
export function judgeRecorded(state: JudgeState): Judged {
  const answer = decide(state);
  const { decision, reason, escalate = false } = answer;
  return {
    final: decision !== 'hold' || (escalate && !isForWantOfData(reason)),
    verdict: () => verdictOf(state, answer),
  };
}

/** One cohort's counters as the reading of a live provider; nothing where they are missing. */
function recordedReading(counts: CohortCounts | null | undefined, at: number): readonly SeriesReading[] {
  if (!counts) return [];
  const { requests, bad } = counts;
  return [{ series: 'recorded', requests, bad, at, startedAt: 0 }];
}
