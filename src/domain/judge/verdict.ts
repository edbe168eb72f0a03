/** What the judge says of a phase. */
export type Decision = 'proceed' | 'hold' | 'halt';

/** Why it says so; the closed list that reports, pages and policies branch on. */
export type VerdictReason =
  // proceed
  | 'HELPING'
  | 'RESTORED'
  | 'NO_HARM'
  | 'NOTHING_TO_JUDGE'
  // halt
  | 'WORSE'
  | 'NOT_HELPING'
  | 'PERSISTS'
  | 'NEW_PROBLEM'
  // hold
  | 'NOT_ENOUGH_EVIDENCE'
  | 'PARTIAL'
  | 'SYMPTOM_GONE'
  | 'NO_DATA'
  | 'DATA_POOR'
  | 'NO_TRAFFIC'
  | 'SPLIT_MISMATCH'
  | 'THIN'
  | 'COUPLED'
  | 'LONGEST_BAKE'
  | 'DRIFT'
  | 'NOT_CONVERGED';

/** Raw counts of a cohort since the phase began; always shown beside a verdict. */
export interface CohortCounts {
  readonly requests: number;
  readonly bad: number;
  /** Of a latency metric without a bound of its own: how many were slower than each of the bounds looked at. */
  readonly slower?: readonly number[];
}

/** What stable's failure ratio over current's may be. Each end is wrong in at most 1 of 20 phases, at whatever look. */
export interface RatioInterval {
  /** 0 where nothing refutes that stable does not fail at all. */
  readonly low: number;
  /** Absent where nothing bounds it. */
  readonly high?: number;
}

/** How far the evidence has come towards each answer, 0 to 1; 1 is enough. */
export interface Meter {
  readonly proceed: number;
  readonly halt: number;
}

/**
 * Where a guardrail stands: named by a halt as harmed; proven not to be; held back by nothing though it is not proven
 * (rare events, thresholds, a policy that asks for no proof); still to be proven; or never seen.
 */
export type GuardrailStanding = 'harmed' | 'unharmed' | 'no-sign' | 'unproven' | 'unseen';

/** What a guardrail has shown since the phase began. */
export type GuardrailEvidence = { readonly name: string; readonly standing: GuardrailStanding } & (
  | {
      readonly kind: 'share';
      readonly current: CohortCounts;
      readonly stable: CohortCounts;
      /** Seconds beyond which a request counts as bad; of several the worst, where the judge has chosen them. */
      readonly boundSeconds?: number;
    }
  /** Events, with the seconds they came in at full traffic in the place of requests. */
  | { readonly kind: 'events'; readonly current: CohortCounts; readonly stable: CohortCounts }
  /** The newest values. */
  | { readonly kind: 'level'; readonly current?: number; readonly stable?: number }
);

/** A class of failures that stable has more of; its failures among all requests of each revision. */
export interface ErrorClass {
  /** Value of the label; empty for failures without it. */
  readonly value: string;
  readonly current: CohortCounts;
  readonly stable: CohortCounts;
  /** Whether current has none of it. */
  readonly isNew: boolean;
}

/** What a label tells of the classes of failures where stable is worse, or why it tells nothing. */
export type ErrorClasses =
  | { readonly kind: 'told'; readonly label: string; readonly compared: number; readonly grown: readonly ErrorClass[] }
  | { readonly kind: 'untold'; readonly label: string; readonly because: string };

/** The judge's answer with everything a person needs to check it. */
export interface Verdict {
  readonly decision: Decision;
  readonly reason: VerdictReason;
  /** True when a person must decide: waiting longer will not help by itself. */
  readonly escalate: boolean;
  /** Facts, numbers, and what would change the answer; one or two sentences. */
  readonly text: string;
  readonly current: CohortCounts;
  readonly stable: CohortCounts;
  /** The guardrail that decided, where one did. */
  readonly guardrail?: string;
  /** The target that it is about, where it is about one. */
  readonly target?: string;
  /** Failure ratio of stable over current, each target held against itself, where both have counts. */
  readonly ratio?: number;
  /** What that ratio may be, where this verdict ends a stretch of judging and both have counts. */
  readonly ratioInterval?: RatioInterval;
  /** Where the judge has chosen what counts as slow: the bounds in seconds, of which the middle one is what is counted. */
  readonly bounds?: readonly number[];
  /** Each guardrail, where there are any. */
  readonly guardrails?: readonly GuardrailEvidence[];
  /** Which failures are new or grew where stable is worse, by each label that the policy names; absent elsewhere. */
  readonly classes?: readonly ErrorClasses[];
  /** How far the evidence has come; absent where nothing is measured. */
  readonly meter?: Meter;
  /** Natural log of the e-value of each test that ran. */
  readonly evidence: Readonly<Record<string, number>>;
  /** Observed (not wall-clock) milliseconds this verdict rests on. */
  readonly observedMs: number;
  /**
   * Expected milliseconds until a verdict at the mean gain of the last six informative intervals, while still holding.
   * Absent before there are two of them, and where no verdict is expected before the longest bake.
   */
  readonly etaMs?: number;
  /** When it was decided, in epoch milliseconds. */
  readonly at: number;
}
