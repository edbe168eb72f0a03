import type { CarriedBets } from './carry';
import type { SymptomKind } from './symptom-words';
import type { CohortCounts } from './verdict';

/** Where the target ratio comes from; said in every verdict that uses it. */
export type TauSource = 'objective' | 'history' | 'last-controlled-phase' | 'none';

/** Harm that one would still ship during an incident: so many times current's ratio, and so much on top. */
export interface HarmMargin {
  /** Times current's ratio; at least 1; 1.5 where nothing is said. */
  readonly factor?: number;
  /** On top of that, as a ratio 0 to 1; 0.01 (one percentage point) where nothing is said. */
  readonly delta?: number;
}

/** What counts as help and as harm, set in advance; the shares of wrong verdicts are not to be set. */
export interface Margins {
  /** Stable helps where it fails at most this share of current's ratio; above 0, at most 1; 0.7 where nothing is said. */
  readonly help?: number;
  /** What is no harm yet, of the symptom while nothing moves and of every guardrail. */
  readonly harm?: HarmMargin;
}

/** What a policy says of clumped errors, instead of what history shows. */
export interface BurstSetting {
  /** Largest clump in which bad events come, 1 to 20. */
  readonly phi?: number;
  /** Informative intervals that any verdict needs, 1 to 9. */
  readonly minIntervals?: number;
}

/** A latency metric without a bound of its own: its requests are compared beyond up to three bounds of its histogram. */
export interface BucketSetting {
  /** Rising; where they are not known before the phase, current's first counters say them. */
  readonly bounds?: readonly number[];
}

/** What a guardrail measures, where it is not bad events among requests. */
export type GuardrailMeasure =
  | ({ readonly kind: 'buckets' } & BucketSetting)
  | {
      /** Events without requests: n is seconds of exposure times the cohort's share. */
      readonly kind: 'events';
      /** So many a second, at full traffic, are no harm. */
      readonly allowedPerSecond?: number;
    }
  | {
      readonly kind: 'gauge';
      /** Above this it is harmed, in so many of the last looks; without a margin that is all it is asked. */
      readonly threshold?: number;
      /** Milliseconds after which its values are independent, from history; three intervals where it is not known. */
      readonly independentMs?: number;
    };

/**
 * What a guardrail showed before a phase, and on whom: on the suspect in the minutes before it, or on the old revision
 * before the suspect came. `level` is what a gauge stayed at or below nine tenths of that time.
 */
export type GuardrailPast = { readonly of: 'current' | 'stable' } & (
  | {
      readonly counts: CohortCounts;
      /** In what clumps its bad ones came, and by how much more than chance their share is off, where they did not come alone. */
      readonly burst?: { readonly phi: number; readonly minIntervals: number; readonly spread: number };
    }
  | { readonly level: number }
);

/** A metric that must not get worse. */
export interface GuardrailSetting {
  readonly name: string;
  /** Highest acceptable share of its bad events, 0 to 1; without a control cohort it is judged by this, or by its past. */
  readonly objective?: number;
  /** True where its harm counts twice among all that may halt the phase. */
  readonly critical?: true;
  /** Its own margin where it has one; else that of all. Of a gauge `delta` is in its own unit, and 0 where nothing is said. */
  readonly margin?: HarmMargin;
  /** Bad events among requests where nothing is said. */
  readonly measure?: GuardrailMeasure;
  /** What a phase without a control cohort holds it against where neither an objective nor a threshold says. */
  readonly before?: GuardrailPast;
  /** Seconds beyond which its requests count as bad, where the policy says that; for people. */
  readonly boundSeconds?: number;
  /** So many milliseconds later than the symptom's its source's data come, sooner where negative; just then where nothing is said. */
  readonly laterMs?: number;
}

/** Everything a bake is judged by; fixed before it begins and part of its state. */
export interface JudgeSettings {
  /** Sampling interval in milliseconds. */
  readonly intervalMs: number;
  /** Warm-up at the start that counts against nobody. */
  readonly settleMs: number;
  /** Observed time after which a person is asked. */
  readonly longestBakeMs: number;
  /** Time without a usable pair after which a person is asked. */
  readonly noDataMs: number;
  /** Time with fresh but flat counters that counts as no traffic. */
  readonly quietMs: number;
  /**
   * `compare`: both revisions serve, does stable fail less? `absolute`: no control cohort, is stable within the target?
   * `no-harm`: help is not asked, only whether stable does new harm.
   */
  readonly mode: 'compare' | 'absolute' | 'no-harm';
  /** A short look that renews an earlier verdict: only harm ends it, and nothing has to be proven anew. */
  readonly renews?: true;
  /** Highest acceptable ratio of bad events, 0 to 1, where one is known. */
  readonly tau?: number;
  readonly tauSource: TauSource;
  /** Informative intervals that any verdict needs. */
  readonly minIntervals: number;
  /** Largest clump in which bad events come. */
  readonly phi: number;
  /** What the policy says of bursts; wins over `minIntervals` and `phi`, which are read from history. */
  readonly burst?: BurstSetting;
  /** What the policy calls help and harm. */
  readonly margins?: Margins;
  /** What the symptom shows, for the words of a verdict; failed requests where nothing is said. */
  readonly symptom?: Exclude<SymptomKind, 'errors'>;
  /** Where the symptom is a latency metric without a bound of its own. */
  readonly buckets?: BucketSetting;
  /** Where it has one of its own: seconds beyond which a request counts as bad; for people. */
  readonly boundSeconds?: number;
  /** Metrics that must not get worse on stable. */
  readonly guardrails?: readonly GuardrailSetting[];
  /** What a guardrail needs for a proceed: `required` (the default) is proof, `best-effort` that nothing speaks against it. */
  readonly guardProof?: 'required' | 'best-effort';
  /** What history suggests, so that bets are placed there: true rate over the boundary of a test. */
  readonly expected?: { readonly help?: number; readonly bad?: number };
  /** What the tests of the phase before came to believe; half of each bet follows it. */
  readonly carried?: CarriedBets;
  /** Percent of its requests that stable should get on each target, where that is known and the target splits requests, not users. */
  readonly split?: Readonly<Record<string, number>>;
  /** True where this phase was widened because both revisions failed together before. */
  readonly widened?: boolean;
  readonly phaseIndex: number;
  /** Percent on stable that each target was asked for, by where it is counted. */
  readonly weights: Readonly<Record<string, number>>;
  /** What was moved, as people say it (`2 of 8 instances (25 %) of eu`), where the weights do not say it. */
  readonly moved?: readonly string[];
  readonly onThinEvidence: 'ask' | 'advance';
  /** `widen`: on to the next phase; `half`: to exactly half, as rollbacks do that began since. */
  readonly onCoupled: 'ask' | 'widen' | 'half';
  /** When the phase's shift was applied; epoch milliseconds. */
  readonly startedAt: number;
  /** Revision names for people. */
  readonly names: { readonly current: string; readonly stable: string };
  /** False where burstiness could not be read from history, which the verdict then says. */
  readonly historyKnown: boolean;
  /** True when this rollback has seen traffic before: then silence is an outage or a frozen source, not an idle service. */
  readonly trafficSeen: boolean;
  /** True when the readiness checks of the stable revision passed. */
  readonly probesPass: boolean;
}

/** Share of a false "it helps" per phase. */
export const ALPHA_PROCEED = 0.05;

/** Share of a false halt per phase, over all of its harm tests together. */
export const ALPHA_HALT = 0.02;

/** Share of a false "this guardrail is unharmed" per phase. */
export const ALPHA_GUARDRAIL = 0.1;

const RHO_HELP = 0.7;

/** Stable must fail at most this share of current's ratio to count as helping. */
export function helpMargin(margins: Margins = {}): number {
  return margins.help ?? RHO_HELP;
}

/** Stable fails more than this share of current's ratio: going back did not halve it. */
export const RHO_NO_HELP = 0.5;

const RHO_HARM = 1.5;
const DELTA_HARM = 0.01;

/** A margin with its defaults, as the boundary `rho*pC + delta` of a test. */
export function harmMargin({ factor = RHO_HARM, delta = DELTA_HARM }: HarmMargin = {}): {
  readonly rho: number;
  readonly delta: number;
} {
  return { rho: factor, delta };
}

/** Requests on stable below which nothing is called proven. */
export const MIN_REQUESTS = 30;

/** The first share worth taking at this traffic, in percent: less traffic needs more of it to tell anything. */
export function firstShare(requestsPerSecond: number): 10 | 25 | 50 {
  if (requestsPerSecond > 100) return 10;
  return requestsPerSecond >= 10 ? 25 : 50;
}
