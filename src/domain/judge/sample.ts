/** How many requests of a series took at most this long; a bucket holds those of the buckets before it. */
export interface Bucket {
  /** Its upper bound, in the histogram's own unit; finite. */
  readonly bound: number;
  readonly count: number;
}

/** One cumulative counter pair of one time series of one revision on one target; or what stands in its place. */
export interface SeriesReading {
  /** Identity of the series (instance, pod, label set), stable over samples. */
  readonly series: string;
  /** Requests since the series began; cumulative, may restart at 0. */
  readonly requests: number;
  /** Bad events (errors, or requests slower than the bound) among them; cumulative. */
  readonly bad: number;
  /** All finite buckets of a histogram by rising bound, where no bound was given; `bad` is 0 then and says nothing. */
  readonly buckets?: readonly Bucket[];
  /** What a gauge shows now; `requests` and `bad` are 0 then. Of events without requests `bad` counts them all. */
  readonly value?: number;
  /** When the source measured it, in epoch milliseconds; not when we asked. */
  readonly at: number;
  /** When the process behind the series started, in epoch milliseconds, where the source says. */
  readonly startedAt?: number;
  /** How often the source measures this series, in milliseconds, where it says. */
  readonly everyMs?: number;
}

/** What one target's two cohorts showed at one instant. An empty list means the cohort's data is missing, never zero. */
export interface StratumReading {
  readonly target: string;
  readonly current: readonly SeriesReading[];
  readonly stable: readonly SeriesReading[];
}

/** Codes of why a metric cannot be read; `UNEXPECTED` for what no source has a name for. */
export type UnreadCode =
  | 'METRICS_UNREACHABLE'
  | 'METRICS_UNREADABLE'
  | 'METRICS_TOO_LARGE'
  | 'METRICS_MISCONFIGURED'
  | 'SECRET_MISSING'
  | 'UNEXPECTED';

/** Why something could not be read, without secrets. */
export interface Unreadable {
  /** The one target that it is about; absent where it is about all of them. */
  readonly target?: string;
  readonly code: UnreadCode;
  /** One sentence: the place, and what is wrong there. */
  readonly because: string;
}

/** One look at a metric over the targets of a phase. */
export interface MetricReading {
  /** When we asked, in epoch milliseconds. */
  readonly at: number;
  readonly strata: readonly StratumReading[];
  /** Targets that could not be read, whose strata are empty, where others could. For people: nothing is judged by it. */
  readonly unread?: readonly Unreadable[];
}

/** One look at everything that a phase is judged by: its symptom, and its guardrails by name. */
export interface Sample extends MetricReading {
  /** A guardrail that could not be read is missing or has no strata: a gap, never "nothing bad". */
  readonly guardrails?: Readonly<Record<string, readonly StratumReading[]>>;
}
