/** One cumulative counter pair of one time series of one revision on one target. */
export interface SeriesReading {
  /** Identity of the series (instance, pod, label set), stable over samples. */
  readonly series: string;
  /** Requests since the series began; cumulative, may restart at 0. */
  readonly requests: number;
  /** Bad events (errors, or requests slower than the bound) among them; cumulative. */
  readonly bad: number;
  /** Bad events of each guardrail (requests slower than its bound) among the same requests; cumulative. */
  readonly guardrails?: Readonly<Record<string, number>>;
  /** When the source measured it, in epoch milliseconds; not when we asked. */
  readonly at: number;
  /** When the process behind the series started, in epoch milliseconds, where the source says. */
  readonly startedAt?: number;
}

/** What one target's two cohorts showed at one instant. An empty list means the cohort's data is missing, never zero. */
export interface StratumReading {
  readonly target: string;
  readonly current: readonly SeriesReading[];
  readonly stable: readonly SeriesReading[];
}

/** One look at the symptom metric over the targets of a phase. */
export interface Sample {
  /** When we asked, in epoch milliseconds. */
  readonly at: number;
  readonly strata: readonly StratumReading[];
}
