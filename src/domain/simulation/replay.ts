import { observe } from '../judge/observe';
import { judgeRecorded } from '../judge/recorded';
import type { SeriesReading } from '../judge/sample';
import type { JudgeState } from '../judge/state';
import type { CohortCounts, Decision, VerdictReason } from '../judge/verdict';
import type { PlannedWeight } from '../plan/plan';
import type { ReportModel, ReportPhase } from '../report/model';
import type { TrafficPoint } from '../rollback/state';
import { carriedTauOf, HISTORY, openPhaseJudge } from './play-phase';
import type { Rehearsal } from './rehearsal';

/** Of a report: what a replay reads. */
export type ReplayedReport = Pick<ReportModel, 'plan' | 'traffic' | 'shares' | 'verdicts' | 'endedAt'>;

/** A verdict on a phase; `afterMs`: milliseconds from its shift, where that is known. */
export interface ReplayVerdict {
  readonly decision?: Decision;
  readonly reason: VerdictReason;
  readonly afterMs?: number;
}

/** A phase of a report, as it was decided and as these settings decide it on the same counts. */
export interface ReplayedPhase {
  /** Counts from 1. */
  readonly phase: number;
  readonly name: string;
  /** Samples that the report has of it. */
  readonly samples: number;
  /** Milliseconds from the shift to the last of them; 0 without any. */
  readonly loggedMs: number;
  readonly current: CohortCounts;
  readonly stable: CohortCounts;
  /** Its last verdict; absent where it was never judged. */
  readonly earlier?: ReplayVerdict;
  /** Who let it pass, where it passed. */
  readonly passedBy?: ReportPhase['passedBy'];
  /** Absent where the report has no sample of it. */
  readonly now?: ReplayVerdict & {
    readonly decision: Decision;
    readonly afterMs: number;
    /** False where the log ends before the judge would have spoken. */
    readonly decided: boolean;
    readonly text: string;
  };
}

/** The log does not tell targets apart. */
const TOGETHER = 'all targets';

type ShiftedPhase = ReportPhase & { readonly appliedAt: number };

/**
 * Judges the sample log of a rollback again, phase by phase, by the settings of a rehearsal. Each phase that began is
 * replayed, also those that would not have begun by these settings. The log has the symptom alone, of all targets
 * together; guardrails of the rehearsal are left out. `baseline`: share that failed before the suspect came, 0 to 1.
 */
export function replayReport(
  report: ReplayedReport,
  rehearsal: Rehearsal,
  baseline?: number,
): readonly ReplayedPhase[] {
  const shifted = (report.plan?.phases ?? []).filter(
    (phase): phase is ShiftedPhase => typeof phase.appliedAt === 'number',
  );
  let carriedTau: number | undefined;
  return shifted.map((phase, index) => {
    const points = pointsOf(report, phase, shifted[index + 1]?.appliedAt ?? report.endedAt);
    const before = report.traffic.filter(({ at }) => at <= phase.appliedAt).map(({ current }) => current);
    const opened = openPhaseJudge(
      { ...rehearsal, guardrails: [] },
      { index: phase.number - 1, weights: [together(phase.weights)], noControl: phase.noControl },
      { ...(baseline === undefined ? {} : { baseline }), ...(carriedTau === undefined ? {} : { carriedTau }) },
      before.slice(-HISTORY),
    );
    const replayed = { ...described(report, phase, points), ...judged(opened, phase, points) };
    if (!phase.noControl) carriedTau = carriedTauOf(replayed.current) ?? carriedTau;
    return replayed;
  });
}

/** A report keeps at most so many points; more than half as many may be sums of neighbours. */
const MAY_BE_MERGED = 360;

/** The samples of a phase, up to the next shift or the way back. The first may reach over the shift where points are sums. */
function pointsOf(report: ReplayedReport, phase: ShiftedPhase, next: number): readonly TrafficPoint[] {
  const { appliedAt, weights } = phase;
  const wentBack = report.shares.find(({ at, weights: after }, index) => {
    const before = report.shares[index - 1]?.weights;
    return at > appliedAt && weights.some(({ target }) => (after[target] ?? 0) < (before?.[target] ?? 0));
  });
  const until = Math.min(next, wentBack?.at ?? Infinity);
  const points = report.traffic.filter(({ at }) => at > appliedAt && at <= until);
  const hasEarlier = report.traffic.some(({ at }) => at <= appliedAt);
  return hasEarlier && report.traffic.length > MAY_BE_MERGED ? points.slice(1) : points;
}

function described(
  { verdicts }: ReplayedReport,
  phase: ShiftedPhase,
  points: readonly TrafficPoint[],
): Omit<ReplayedPhase, 'now'> {
  const { number, name, passedBy, appliedAt, verdict: reason } = phase;
  const last = verdicts.findLast((verdict) => verdict.phase === number);
  const earlier = last
    ? { decision: last.decision, reason: last.reason, afterMs: Math.max(0, last.at - appliedAt) }
    : reason && { reason };
  return {
    phase: number,
    name,
    samples: points.length,
    loggedMs: (points.at(-1)?.at ?? appliedAt) - appliedAt,
    current: points.map(({ current }) => current).reduce(sum, NOTHING),
    stable: points.map(({ stable }) => stable).reduce(sum, NOTHING),
    ...(earlier ? { earlier } : {}),
    ...(passedBy ? { passedBy } : {}),
  };
}

function judged(
  opened: JudgeState,
  { appliedAt }: ShiftedPhase,
  points: readonly TrafficPoint[],
): Pick<ReplayedPhase, 'now'> {
  let state = opened;
  let [stable, current] = [NOTHING, NOTHING];
  let now: ReplayedPhase['now'];
  for (const point of points) {
    const at = point.at - appliedAt;
    stable = sum(stable, point.stable);
    current = sum(current, point.current);
    state = observe(state, {
      at,
      strata: [{ target: TOGETHER, stable: [series(stable, at)], current: [series(current, at)] }],
    });
    const { verdict, final } = judgeRecorded(state);
    const { decision, reason, text } = verdict();
    now = { decision, reason, text, afterMs: at, decided: final };
    if (final) break;
  }
  return now ? { now } : {};
}

function together(weights: readonly PlannedWeight[]): PlannedWeight {
  const all = weights.reduce((total, { weight }) => total + weight, 0);
  return { target: TOGETHER, weight: all / Math.max(1, weights.length) };
}

const NOTHING: CohortCounts = { requests: 0, bad: 0 };

function sum(a: CohortCounts, b: CohortCounts): CohortCounts {
  return { requests: a.requests + b.requests, bad: a.bad + b.bad };
}

function series({ requests, bad }: CohortCounts, at: number): SeriesReading {
  return { series: 'log', requests, bad, at, startedAt: 0 };
}
