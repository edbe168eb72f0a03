import { observe } from '../judge/observe';
import { judgeRecorded } from '../judge/recorded';
import { ALL_TARGETS, joined } from '../judge/sample-log';
import type { LoggedLook } from '../judge/sample-log';
import type { JudgeState } from '../judge/state';
import { carriedTauOf } from '../judge/tau';
import type { CohortCounts, Decision, VerdictReason } from '../judge/verdict';
import type { PlannedWeight } from '../plan/plan';
import type { ReportModel, ReportPhase } from '../report/model';
import type { TrafficPoint } from '../rollback/state';
import type { GuardedPasts } from './guarded-past';
import { HISTORY, openPhaseJudge } from './play-phase';
import { recounted, rowsTotal, totalsOf } from './recount';
import type { Rehearsal } from './rehearsal';

/** Of a report: what a replay reads. */
export type ReplayedReport = Pick<ReportModel, 'plan' | 'traffic' | 'samples' | 'shares' | 'verdicts' | 'endedAt'>;

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

type ShiftedPhase = ReportPhase & { readonly appliedAt: number };

/**
 * Judges the sample log of a rollback again, phase by phase, by the settings of a rehearsal. Each phase that began is
 * replayed, also those that would not have begun by these settings. Where the report has the looks of a phase, its
 * targets and guardrails are judged as they were; a guardrail of which the log has nothing must not be in the rehearsal.
 * Reports of earlier builds have the symptom alone, of all targets together. `baseline`: share that failed before the
 * suspect came, 0 to 1.
 */
export function replayReport(
  report: ReplayedReport,
  rehearsal: Rehearsal,
  baseline?: number,
): readonly ReplayedPhase[] {
  let carriedTau: number | undefined;
  let wasWidened = false;
  return loggedPhases(report).map((log) => {
    const { phase, before } = log;
    const opened = openPhaseJudge(
      { ...rehearsal, guardrails: log.hasGuardrails ? rehearsal.guardrails : [] },
      { index: phase.number - 1, weights: log.weights, noControl: phase.noControl },
      {
        ...(baseline === undefined ? {} : { baseline }),
        ...(carriedTau === undefined ? {} : { carriedTau }),
        onCoupled: rehearsal.onCoupled === 'ask' || wasWidened ? 'ask' : 'half',
        guarded: guardedBefore(report, phase),
      },
      before,
    );
    const replayed = { ...described(report, phase, log.looks), ...judged(opened, phase, log) };
    wasWidened ||= replayed.now?.reason === 'COUPLED';
    if (!phase.noControl) carriedTau = carriedTauOf(replayed.current) ?? carriedTau;
    return replayed;
  });
}

/** What a report has of each phase that began. */
export function loggedPhases(report: ReplayedReport): readonly LoggedPhase[] {
  const shifted = (report.plan?.phases ?? []).filter(
    (phase): phase is ShiftedPhase => typeof phase.appliedAt === 'number',
  );
  return shifted.map((phase, index) => {
    const until = endOf(report, phase, shifted[index + 1]?.appliedAt ?? report.endedAt);
    const log = looksOf(report, phase, until) ?? together(pointsOf(report, phase, until), phase);
    const before = report.traffic.filter(({ at }) => at <= phase.appliedAt).map(({ current }) => current);
    return { ...log, phase, before: before.slice(-HISTORY) };
  });
}

/** The guardrails of which the log of a report has anything. */
export function loggedGuardrails({ samples = [] }: Pick<ReplayedReport, 'samples'>): readonly string[] {
  return [...new Set(samples.flatMap(({ guardrails = {} }) => Object.keys(guardrails)))];
}

/** What the looks before a phase have of its targets on the suspect, by guardrail; before the first look nothing is known. */
function guardedBefore(report: ReplayedReport, { appliedAt, weights }: ShiftedPhase): GuardedPasts {
  const own = new Set([ALL_TARGETS, ...weights.map(({ target }) => target)]);
  const earlier = (report.samples ?? []).filter(({ at }) => at <= appliedAt).slice(-HISTORY);
  return Object.fromEntries(
    loggedGuardrails({ samples: earlier }).map((name) => [
      name,
      {
        current: earlier.flatMap(({ guardrails }) => {
          const rows = Object.entries(guardrails?.[name] ?? {}).filter(([target]) => own.has(target));
          return rows.length > 0 ? [rowsTotal(rows.map(([, row]) => row)).current] : [];
        }),
      },
    ]),
  );
}

/** The looks of a phase and the weights of the targets that they tell apart. */
interface PhaseLog {
  readonly looks: readonly LoggedLook[];
  readonly weights: readonly PlannedWeight[];
  readonly hasGuardrails: boolean;
}

/** A phase that began, with its log. */
export interface LoggedPhase extends PhaseLog {
  readonly phase: ShiftedPhase;
  /** The suspect's intervals before it, oldest first. */
  readonly before: readonly CohortCounts[];
}

/** The next shift, or the way back. */
function endOf({ shares }: ReplayedReport, { appliedAt, weights }: ShiftedPhase, next: number): number {
  const wentBack = shares.find(({ at, weights: after }, index) => {
    const before = shares[index - 1]?.weights;
    return at > appliedAt && weights.some(({ target }) => (after[target] ?? 0) < (before?.[target] ?? 0));
  });
  return Math.min(next, wentBack?.at ?? Infinity);
}

/** Undefined where the report keeps none of this phase. */
function looksOf({ samples = [] }: ReplayedReport, phase: ShiftedPhase, until: number): PhaseLog | undefined {
  const own = samples.filter((look) => look.phase === phase.number && look.at > phase.appliedAt && look.at <= until);
  if (own.length === 0) return undefined;
  const isJoined = own.some(({ symptom }) => symptom[ALL_TARGETS] !== undefined);
  const looks = isJoined ? own.map(joined) : own;
  return { looks, weights: isJoined ? [meanWeight(phase)] : phase.weights, hasGuardrails: true };
}

/** A report keeps at most so many points; more than half as many may be sums of neighbours. */
const MAY_BE_MERGED = 360;

/** The points of a phase. The first may reach over the shift where points are sums. */
function pointsOf(report: ReplayedReport, { appliedAt }: ShiftedPhase, until: number): readonly TrafficPoint[] {
  const points = report.traffic.filter(({ at }) => at > appliedAt && at <= until);
  const hasEarlier = report.traffic.some(({ at }) => at <= appliedAt);
  return hasEarlier && report.traffic.length > MAY_BE_MERGED ? points.slice(1) : points;
}

function together(points: readonly TrafficPoint[], phase: ShiftedPhase): PhaseLog {
  const looks = points.map(({ at, stable, current }) => ({
    at,
    symptom: { [ALL_TARGETS]: [stable.requests, stable.bad, current.requests, current.bad] as const },
  }));
  return { looks, weights: [meanWeight(phase)], hasGuardrails: false };
}

function described(
  { verdicts }: ReplayedReport,
  phase: ShiftedPhase,
  looks: readonly LoggedLook[],
): Omit<ReplayedPhase, 'now'> {
  const { number, name, passedBy, appliedAt, verdict: reason } = phase;
  const last = verdicts.findLast((verdict) => verdict.phase === number);
  const earlier = last
    ? { decision: last.decision, reason: last.reason, afterMs: Math.max(0, last.at - appliedAt) }
    : reason && { reason };
  return {
    phase: number,
    name,
    samples: looks.length,
    loggedMs: (looks.at(-1)?.at ?? appliedAt) - appliedAt,
    ...totalsOf(looks),
    ...(earlier ? { earlier } : {}),
    ...(passedBy ? { passedBy } : {}),
  };
}

function judged(
  opened: JudgeState,
  { appliedAt }: ShiftedPhase,
  { looks, weights }: PhaseLog,
): Pick<ReplayedPhase, 'now'> {
  let state = opened;
  let now: ReplayedPhase['now'];
  const replayed = recounted(
    weights.map(({ target }) => target),
    Object.keys(opened.guardrails),
  );
  for (const look of looks) {
    const at = look.at - appliedAt;
    state = observe(state, { at, ...replayed(look, at) });
    const { verdict, final } = judgeRecorded(state);
    const { decision, reason, text } = verdict();
    now = { decision, reason, text, afterMs: at, decided: final };
    if (final) break;
  }
  return now ? { now } : {};
}

function meanWeight({ weights }: ShiftedPhase): PlannedWeight {
  const all = weights.reduce((total, { weight }) => total + weight, 0);
  return { target: ALL_TARGETS, weight: all / Math.max(1, weights.length) };
}
