import type { CheckResult } from '../readiness/check-result';
import type { Units } from '../plan/census';
import type { LoggedLook } from '../judge/sample-log';
import type { Verdict } from '../judge/verdict';
import type { End, JournalEntry, TrafficPoint } from '../rollback/state';
import type { StatusView } from '../rollback/status-view';
import type { WaitFor } from '../rollback/wait';

/** Everything that is told of a rollback afterwards; the JSON form of the report is this value. Times in epoch milliseconds. */
export interface ReportModel {
  readonly schema: 'phased-rollback/report/v1';
  readonly id: string;
  readonly status: StatusView;
  readonly end: End;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly writtenAt: number;
  readonly plan?: ReportPlan;
  readonly checks: readonly CheckResult[];
  /** True when an approver went on in spite of a block. */
  readonly checksOverridden: boolean;
  readonly verdicts: readonly ReportVerdict[];
  readonly decisions: readonly Decision[];
  readonly waits: readonly WaitSpan[];
  readonly timeline: readonly JournalEntry[];
  readonly shares: readonly SharePoint[];
  readonly traffic: readonly TrafficPoint[];
  /** What the looks of each phase added; absent in reports of earlier builds, and where no metric was read. */
  readonly samples?: readonly ReportSample[];
  readonly exposure?: Exposure;
  readonly findings: readonly Finding[];
}

/** The plan with what became of each phase. */
export interface ReportPlan {
  readonly fromRevision: string;
  readonly toRevision: string;
  readonly pace: string;
  readonly cause: string;
  readonly because: string;
  readonly expectedReliefMs: number;
  readonly outside: readonly { readonly target: string; readonly because: string }[];
  /** What targets are moved by that are moved in whole pieces; absent where every share is in percent. */
  readonly units?: Readonly<Record<string, Units>>;
  readonly phases: readonly ReportPhase[];
}

/** One phase, and how far it came. */
export interface ReportPhase {
  /** Counts from 1. */
  readonly number: number;
  readonly name: string;
  readonly weights: readonly { readonly target: string; readonly weight: number }[];
  readonly gate: 'approval' | 'automatic';
  readonly noControl: boolean;
  readonly because: string;
  readonly appliedAt?: number;
  readonly approvedBy?: string;
  readonly passedBy?: 'verdict' | 'approval' | 'exception';
  readonly verdict?: Verdict['reason'];
}

/** What one look, or some neighbours, added in a phase. */
export interface ReportSample extends LoggedLook {
  /** Counts from 1. */
  readonly phase: number;
}

/** A verdict as the judge gave it, with the phase it was about; none while watching between phases. */
export interface ReportVerdict extends Verdict {
  /** Counts from 1. */
  readonly phase?: number;
  /** How often in a row. */
  readonly times: number;
}

/** A person's word, and how long the rollback had waited for one. */
export interface Decision {
  readonly at: number;
  readonly by: string;
  readonly text: string;
  readonly reason?: string;
  readonly refused: boolean;
  readonly waitedMs?: number;
}

/** A stretch during which nothing moved, and what ended it. */
export interface WaitSpan {
  readonly from: number;
  readonly to: number;
  readonly for: WaitFor;
  readonly because: string;
  /** Who ended it; absent where it ended by itself or with the rollback. */
  readonly endedBy?: string;
}

/** Percent on the revision gone back to, per target, from `at` on. */
export interface SharePoint {
  readonly at: number;
  readonly weights: Readonly<Record<string, number>>;
}

/** What users met, and an estimate of what they would have met. */
export interface Exposure {
  /** The span of metrics it rests on. */
  readonly from: number;
  readonly to: number;
  readonly requests: number;
  /** Those of them that the suspect served; absent from reports of earlier builds. */
  readonly exposed?: number;
  readonly bad: number;
  /** Bad requests seen before the first shift, where any metrics were read then. */
  readonly badBefore: number;
  /** Bad requests had nothing been moved; an estimate. Absent without requests on the suspect. */
  readonly badWithout?: number;
  readonly how: string;
}

/** Something worth knowing for the next time. */
export interface Finding {
  readonly kind:
    | 'longest-wait'
    | 'time-to-first-move'
    | 'time-to-relief'
    | 'keep-warm'
    | 'unproven-phase'
    | 'checks-overridden'
    | 'old-revision-not-ready'
    | 'not-included'
    | 'stopped'
    | 'alert-outside'
    | 'not-read-back';
  readonly text: string;
}
