/** Where the target ratio comes from; said in every verdict that uses it. */
export type TauSource = 'objective' | 'history' | 'last-controlled-phase' | 'none';

/** A metric that must not get worse. */
export interface GuardrailSetting {
  readonly name: string;
  /** Highest acceptable share of its bad events, 0 to 1; without a control cohort it is judged by this, or not at all. */
  readonly objective?: number;
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
  /** Highest acceptable ratio of bad events, 0 to 1, where one is known. */
  readonly tau?: number;
  readonly tauSource: TauSource;
  /** Informative intervals that any verdict needs. */
  readonly minIntervals: number;
  /** Largest clump in which bad events come. */
  readonly phi: number;
  /** Metrics that must not get worse on stable. */
  readonly guardrails?: readonly GuardrailSetting[];
  /** What a guardrail needs for a proceed: `required` (the default) is proof, `best-effort` that nothing speaks against it. */
  readonly guardProof?: 'required' | 'best-effort';
  /** What history suggests, so that bets are placed there: true rate over the boundary of a test. */
  readonly expected?: { readonly help?: number; readonly bad?: number };
  readonly phaseIndex: number;
  /** Percent on stable that each target was asked for. */
  readonly weights: Readonly<Record<string, number>>;
  readonly onThinEvidence: 'ask' | 'advance';
  readonly onCoupled: 'ask' | 'widen';
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

/** Stable must fail at most this share of current's ratio to count as helping. */
export const RHO_HELP = 0.7;

/** Stable fails more than this share of current's ratio: going back did not halve it. */
export const RHO_NO_HELP = 0.5;

/** Harm that one would still ship during an incident: this factor of current's ratio … */
export const RHO_HARM = 1.5;

/** … and this many points on top. */
export const DELTA_HARM = 0.01;

/** Requests on stable below which nothing is called proven. */
export const MIN_REQUESTS = 30;

const FLOOR_TAU = 0.001;

/** The ratio that counts as restored: the objective, else twice what was normal before the incident (at least 0.1 %). */
export function tauFor(known: { readonly objective?: number | undefined; readonly baseline?: number | undefined }): {
  readonly tau?: number;
  readonly source: TauSource;
} {
  if (known.objective !== undefined) return { tau: known.objective, source: 'objective' };
  if (known.baseline !== undefined) return { tau: Math.max(2 * known.baseline, FLOOR_TAU), source: 'history' };
  return { source: 'none' };
}

/** The first share worth taking at this traffic, in percent: less traffic needs more of it to tell anything. */
export function firstShare(requestsPerSecond: number): 10 | 25 | 50 {
  if (requestsPerSecond > 100) return 10;
  return requestsPerSecond >= 10 ? 25 : 50;
}
