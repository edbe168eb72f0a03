import type { Cause } from '../domain/alert/alert';
import type { EnvironmentAnswer, EnvironmentQuestion } from '../domain/environment/consult';
import type { RememberedJudge, Unread } from '../domain/judge';
import type { Verdict } from '../domain/judge/verdict';
import type { Census } from '../domain/plan/census';
import type { PlannedWeight, RollbackPlan } from '../domain/plan/plan';
import type { Scripts } from '../domain/plan/script';
import type { ServicePolicy } from '../domain/policy/policy';
import type { CheckResult } from '../domain/readiness/check-result';
import type { Observation, SettledReport, UnderWayReport } from '../domain/rollback/event';
import type { BakeOrder, EffectOrder, WatchOrder } from '../domain/rollback/move';
import type { Past, RollbackRef, RollbackRequest } from '../domain/rollback/request';
import type { Assessment, End, RunState, Stage } from '../domain/rollback/state';
import type { Quarantine, Release } from '../domain/service/release';
import type { SlotRecord } from '../domain/service/slots';
import type { Trouble, TroubleWatch } from '../domain/service/trouble';
import type { RollbackEnded } from './messages';

/** By what targets are read and moved: where they are, and what the release record says of their slots. */
export interface TargetsContext {
  readonly policy: ServicePolicy;
  /** Absent where no slot was ever told; workers of earlier builds do not say. */
  readonly slots?: SlotRecord;
}

/** The two revisions and the extent that every later activity of a run works with. */
export interface RunContext extends TargetsContext {
  readonly ref: RollbackRef;
  readonly fromRevision: string;
  readonly toRevision: string;
  /** Picks the metric that is judged as the symptom. */
  readonly cause: Cause;
  /** What lay before it; runs of earlier builds do not say. */
  readonly past?: Past;
  /** Where the rollback is meanwhile: for the log lines of the activity. */
  readonly stage?: Stage;
  readonly phase?: number;
}

/** One numbered effect with its fence. */
export interface EffectInput extends RunContext {
  readonly epoch: number;
  readonly order: EffectOrder;
}

/** What readiness is asked about: the plan, and what the service remembers of the revisions in it. */
export interface CheckInput extends RunContext {
  readonly plan: RollbackPlan;
  readonly releases: readonly Release[];
  readonly quarantined: readonly Quarantine[];
  /** Workflow time; epoch milliseconds. */
  readonly now: number;
}

/** What `plan` answers: a plan, or why there can be none. */
export type Planned =
  | { readonly kind: 'plan'; readonly plan: RollbackPlan }
  | { readonly kind: 'unplannable'; readonly code: string; readonly detail: string };

/** One segment of a bake: at most 60 samples, then a verdict or `more`. */
export interface BakeInput extends RunContext {
  readonly order: BakeOrder;
  readonly phaseStartedAt: number;
  readonly probesPass: boolean;
  readonly maxSamples: number;
}

/** A segment's result; without a verdict the bake goes on in another segment. */
export interface BakeOutput {
  readonly observation: Observation;
  readonly verdict?: Verdict;
}

/** A stretch of watching while nothing moves, or of soaking. */
export interface WatchInput extends RunContext {
  readonly order: WatchOrder;
  /** A soak must see something: long silence ends it with a hold. A wait only listens for harm. */
  readonly soaking: boolean;
  /** Pause between samples, in milliseconds. */
  readonly everyMs: number;
  readonly maxSamples: number;
}

/** What watching brought; `harm`, or the data that a bake lacked, end the stretch at once. */
export interface WatchOutput {
  readonly observation: Observation;
  readonly harm?: Verdict;
  readonly dataAreBack?: true;
}

/** Carried in heartbeats, so that another worker goes on where this one died. */
export interface ObserveHeartbeat {
  readonly judge?: RememberedJudge;
  /** Without the judge beside it. */
  readonly observation: Observation;
  readonly samples: number;
  /** Why metrics could not be read lately; workers of earlier builds keep none. */
  readonly unread?: readonly Unread[];
}

/** Activities of the rollback workflow on the main task queue; all are idempotent and last less than a minute. */
export interface RollbackActivities {
  assess(input: {
    readonly request: RollbackRequest;
    readonly now: number;
  }): Promise<{ policy: ServicePolicy; assessment: Assessment; census: Census }>;
  plan(input: {
    readonly policy: ServicePolicy;
    readonly request: RollbackRequest;
    readonly assessment: Assessment & { readonly kind: 'blamed' };
    readonly census: Census;
    /** True for the course `now`: one phase, everything at once. */
    readonly atOnce: boolean;
    /** Targets that this rollback may have moved already; runs of earlier builds do not say. */
    readonly touched?: readonly string[];
    /** Targets on which it has proven that going back helps; runs of earlier builds do not say. */
    readonly helped?: readonly string[];
    readonly now: number;
  }): Promise<Planned>;
  check(input: CheckInput): Promise<{
    results: readonly CheckResult[];
    census: Census;
    /** How the plan is done by hand; workers of earlier builds do not say. */
    scripts?: Scripts;
  }>;
  prepare(input: EffectInput): Promise<SettledReport>;
  /** A target at or beyond the desired weight is taken as it is. */
  shift(input: EffectInput): Promise<SettledReport | UnderWayReport>;
  /** Puts the target at exactly the desired weight; what others changed is left alone as a `conflict`. */
  unwind(input: EffectInput): Promise<SettledReport | UnderWayReport>;
  readBack(input: TargetsContext & { readonly targets: readonly string[] }): Promise<{
    census: Census;
    unreadable: readonly { readonly target: string; readonly detail: string }[];
  }>;
  report(input: { readonly state: RunState; readonly end: End }): Promise<{ location: string }>;
  notify(input: {
    readonly policy: ServicePolicy;
    readonly id: string;
    readonly rollback: string;
    readonly level: 'info' | 'page';
    readonly title: string;
    readonly text: string;
    readonly at: number;
  }): Promise<void>;
  sendOutcome(input: RollbackEnded): Promise<void>;
}

/** Activities of the rollback workflow on the observe task queue; they heartbeat and may last long. */
export interface ObserveActivities {
  bake(input: BakeInput): Promise<BakeOutput>;
  watch(input: WatchInput): Promise<WatchOutput>;
  /** Looks until every target's ready capacity suffices or `timeoutMs` has passed; says which. */
  awaitCapacity(
    input: RunContext & { readonly weights: readonly PlannedWeight[]; readonly timeoutMs: number },
  ): Promise<{
    ready: boolean;
    census: Census;
  }>;
  /**
   * A look at what a service's targets serve, at most `looks` of them, returning early when `known` no longer holds, or
   * when something that it was told to notice has lasted for several looks: those are the troubles.
   */
  observeTargets(
    input: TargetsContext & {
      readonly known: Census;
      readonly everyMs: number;
      readonly looks: number;
      /** Services of earlier builds ask for nothing beside the shares. */
      readonly watches?: readonly TroubleWatch[];
    },
  ): Promise<{
    census: Census;
    changed: boolean;
    /** Workers of earlier builds notice none. */
    troubles?: readonly Trouble[];
  }>;
}

/** The activity of a service with a live rollback, on a task queue of its own. */
export interface MonitorActivities {
  /**
   * Looks at a live run every `everyMs`, at most `looks` times, and ends early once it has closed or whether it is stuck
   * is no longer as said. What it is then is for the service to ask.
   */
  monitorRun(input: {
    readonly ref: RollbackRef;
    readonly isStuck: boolean;
    readonly everyMs: number;
    readonly looks: number;
  }): Promise<void>;
}

/** Activities that ask an environment, of a rollback and of a service; and those of the environment itself. */
export interface EnvironmentActivities {
  /** Asks the environment's workflow, starting it where it is not running; places of rollbacks that have closed are freed. */
  askEnvironment(input: {
    readonly environment: string;
    readonly question: EnvironmentQuestion;
  }): Promise<EnvironmentAnswer>;
  /** Tells the people of a whole environment. */
  notifyEnvironment(input: {
    readonly environment: string;
    readonly id: string;
    readonly level: 'info' | 'page';
    readonly title: string;
    readonly text: string;
    readonly at: number;
  }): Promise<void>;
}

/** Whether a run that is recorded as live still is; `stuck` says what keeps it from going on until it is mended. */
export type RunLiveness =
  | { readonly kind: 'running'; readonly stuck?: string }
  | { readonly kind: 'closed'; readonly how: 'completed' | 'failed' | 'terminated' | 'timedOut' | 'cancelled' }
  | { readonly kind: 'absent' };

/** Activities of the service workflow on the main task queue. */
export interface ServiceActivities {
  /** The service's slice of the policy file; an `error` names what is wrong with it. */
  loadPolicy(input: {
    readonly environment: string;
    readonly service: string;
  }): Promise<{ readonly ok: true; readonly policy: ServicePolicy } | { readonly ok: false; readonly error: string }>;
  describeRun(input: RollbackRef): Promise<RunLiveness>;
  /** Tells people of something no run could say itself. */
  notifyService(input: {
    readonly policy: ServicePolicy;
    readonly id: string;
    readonly level: 'info' | 'page';
    readonly title: string;
    readonly text: string;
    readonly at: number;
  }): Promise<void>;
}
