import type { Alert } from '../alert/alert';
import type { Hold } from '../environment/consult';
import type { RememberedJudge, Standing } from '../judge';
import type { CarriedBets } from '../judge/carry';
import type { LoggedLook } from '../judge/sample-log';
import type { Verdict } from '../judge/verdict';
import type { Census } from '../plan/census';
import type { RollbackPlan } from '../plan/plan';
import type { Scripts } from '../plan/script';
import type { Split } from '../plan/split';
import type { MeasuredTraffic } from '../plan/traffic';
import type { ServicePolicy } from '../policy/policy';
import type { CheckResult } from '../readiness/check-result';
import type { CommandOutcome } from './command';
import type { Move } from './move';
import type { RollbackRequest } from './request';
import type { Wait, WaitFor } from './wait';

/** Where a rollback is; people see these words. */
export type Stage =
  'detecting' | 'planning' | 'preparing' | 'moving' | 'waiting' | 'finalising' | 'analysing' | 'ended';

/** Where the last word of a person points: `abort` is final, else the last word wins. */
export type Course = 'forward' | 'now' | 'unwind' | 'abort';

/** How a rollback ended. */
export type EndKind = 'succeeded' | 'partial' | 'dismissed' | 'aborted' | 'failed';

/** The end with its reason code and a sentence that names what is not included. */
export interface End {
  readonly kind: EndKind;
  readonly reason: string;
  readonly text: string;
}

/** What an alert's symptoms point to. */
export type Assessment =
  | {
      readonly kind: 'blamed';
      readonly fromRevision: string;
      readonly toRevision: string;
      /** Names of the targets to go back. */
      readonly extent: readonly string[];
      readonly because: string;
      /** How much the suspect serves and fails; absent where it could not be measured. */
      readonly traffic?: MeasuredTraffic;
      /** Which slices carry the failures, for each label that the policy names; absent where it names none. */
      readonly splits?: readonly Split[];
    }
  | {
      readonly kind: 'unblamed';
      readonly reason: 'NO_RELEASE_KNOWN' | 'OUTSIDE_WINDOW' | 'NO_KNOWN_GOOD';
      readonly because: string;
    };

/** How far one phase has come. */
export interface PhaseProgress {
  readonly approvedBy?: { readonly by: string; readonly at: number; readonly reason?: string };
  /** True once the old revision's ready capacity was seen to suffice. */
  readonly prepared: boolean;
  /** Names of the targets read back at (or beyond) their planned weight. */
  readonly applied: readonly string[];
  readonly appliedAt?: number;
  readonly verdict?: Verdict;
  /** What let the next phase begin. */
  readonly passedBy?: 'verdict' | 'approval' | 'exception';
}

/** One line of what happened, for status and report. Repeats are counted, not listed. */
export interface JournalEntry {
  readonly at: number;
  readonly kind:
    | 'alert'
    | 'command'
    | 'assessed'
    | 'planned'
    | 'checked'
    | 'leave'
    | 'prepared'
    | 'shifted'
    | 'verdict'
    | 'wait'
    | 'fault'
    | 'unwound'
    | 'census'
    | 'soaked'
    | 'slots'
    | 'ended';
  readonly text: string;
  readonly by?: string;
  readonly reason?: string;
  readonly phase?: number;
  readonly target?: string;
  readonly verdict?: Verdict;
  /** True for a word that was not applied. */
  readonly refused?: boolean;
  /** Set where a wait began: what it was for, and, once it is over, until when and by whose word. */
  readonly wait?: {
    readonly id: string;
    readonly for: WaitFor;
    readonly because: string;
    readonly until?: number;
    readonly endedBy?: string;
  };
  /** Percent on `toRevision` per target after it. */
  readonly weights?: Readonly<Record<string, number>>;
  /** How often it happened in a row. */
  readonly times: number;
}

/** Requests of one interval by cohort, kept for exposure and the share over time. */
export interface TrafficPoint {
  readonly at: number;
  readonly current: { readonly requests: number; readonly bad: number };
  readonly stable: { readonly requests: number; readonly bad: number };
}

/** What one look, or some neighbours, added in a phase. */
export interface LoggedSample extends LoggedLook {
  /** Index of the phase. */
  readonly phase: number;
}

/** All that a run knows; plain JSON, changed only by `record`. */
export interface RunState {
  /** Behaviour version stamped at the start; see rules.ts. */
  readonly rules: number;
  readonly request: RollbackRequest;
  /** The rollback's start in workflow milliseconds; first half of every effect's fence. */
  readonly epoch: number;
  /** Stamp of the newest recorded event; epoch milliseconds. */
  readonly now: number;
  readonly policy?: ServicePolicy;
  readonly course: Course;
  readonly cold: boolean;
  /** A person accepted that something is lost for good. */
  readonly acceptIrreversible?: boolean;
  readonly paused?: { readonly by: string; readonly at: number; readonly reason?: string };
  /** The unanswered halt, hold or fault. */
  readonly open?: Wait;
  readonly waitsOpened: number;
  readonly assessment?: Assessment;
  readonly plan?: RollbackPlan;
  readonly planVersion: number;
  /** Targets on which the suspect was last seen unable to take back what was moved off it. */
  readonly gone: readonly string[];
  /** Set when the checks were renewed because they were too old, until the plan is made anew from what they saw. */
  readonly planIsOld: boolean;
  readonly checks?: readonly CheckResult[];
  readonly checkedAt?: number;
  /** How each target is done by hand, as of the last checks; absent in runs of earlier builds. */
  readonly scripts?: Scripts;
  /** Names of the checks (with their targets) whose block an approver has overridden. */
  readonly overridden: readonly string[];
  /** The environment's leave to begin to move by itself; good for the next move only, since a brake may come meanwhile. */
  readonly leave?: true;
  /** Why a person must begin it though its mode is `auto`, since when, and when that was last heard; epoch milliseconds. */
  readonly held?: Hold & { readonly since: number; readonly at: number };
  readonly phases: readonly PhaseProgress[];
  readonly skipped: readonly string[];
  /** Targets that a person took as they were found. */
  readonly adopted: readonly string[];
  readonly census: Census;
  /** The move in which each target was last read, interrupted looks aside; absent in runs of earlier builds. */
  readonly readIn?: Readonly<Record<string, number>>;
  /** The census before the first shift of each target; the way back. */
  readonly origin: Census;
  /** Last effect number drawn per target. */
  readonly effectNumbers: Readonly<Record<string, number>>;
  /** Percent on `toRevision` that was read back after the last effect that was `done` on a target; none in earlier builds. */
  readonly setTo?: Readonly<Record<string, number>>;
  /** Targets whose last effect's outcome is not known yet. */
  readonly unknown: readonly string[];
  /** When a target whose outcome was not known could not be read back; epoch milliseconds. */
  readonly unread: Readonly<Record<string, number>>;
  /** Targets to which at least one shift may have been applied. */
  readonly touched: readonly string[];
  /** Targets whose unwinding is done or given up, with why. */
  readonly unwound: readonly string[];
  /** Set while capacity for a phase is being made ready in the background. */
  readonly preparing?: { readonly phase: number };
  /** What the looks of a phase have come to; opaque here, for only activities judge. */
  readonly judge?: RememberedJudge;
  readonly judgePhase?: number;
  /** The move in flight when evidence was last given up: what was seen in it and before is about a question that is over. */
  readonly evidenceGivenUpIn?: number;
  /** What that judge had come to when it was recorded; for people alone. */
  readonly standing?: Standing;
  readonly carriedTau?: number;
  /** Of latency at bounds that the judge has chosen: those at which that was counted. */
  readonly carriedBounds?: readonly number[];
  /** What the tests of the last phase came to believe, for the bets of the next. */
  readonly carriedBets?: CarriedBets;
  /** Targets on which a verdict has proven that going back helps, under whatever plan; absent where there are none. */
  readonly helped?: readonly string[];
  /** Targets whose share went on though nothing could be proven there: nobody, or too few, are served. */
  readonly excused?: readonly string[];
  /** Set once a phase was widened because both revisions failed together; it is done once. */
  readonly widened?: true;
  /** When metrics were last seen free of harm; epoch milliseconds. */
  readonly watchedAt?: number;
  readonly soakedMs: number;
  readonly finalCensus: boolean;
  readonly alerts: readonly Alert[];
  readonly alertsOutside: readonly Alert[];
  readonly inFlight?: { readonly id: number; readonly move: Move; readonly since: number };
  /** The move that was in flight when a person last asked for another plan: a plan that is made in it is not that one. */
  readonly replannedIn?: number;
  /** The move that was in flight when the release record's word on slots last changed: it looks by an old one. */
  readonly slotsToldIn?: number;
  readonly movesBegun: number;
  readonly lastChange?: { readonly at: number; readonly text: string };
  readonly outcomes: readonly CommandOutcome[];
  readonly journal: readonly JournalEntry[];
  readonly traffic: readonly TrafficPoint[];
  /** What the looks of each phase added, for judging it again; absent in runs of earlier builds. */
  readonly samples?: readonly LoggedSample[];
  /** The deadline of a derived wait (gate, pause), kept from when it was first asked. */
  readonly asked?: { readonly waitId: string; readonly since: number; readonly deadline: number };
  /** Since when every alert is resolved; epoch milliseconds. */
  readonly quietSince?: number;
  /** Set when there is nothing to do: why, for the end. */
  readonly dismissed?: { readonly reason: string; readonly text: string };
  /** Course `now`: ready capacity was asked for already. */
  readonly nowPrepared: boolean;
  /** How often a person said to watch on after the longest bake. */
  readonly bakeExtensions: number;
  readonly end?: End;
  readonly reportLocation?: string;
}
