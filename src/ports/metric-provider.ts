import type { KnownAs } from '../domain/plan/census';
import type { Bucket, MetricReading } from '../domain/judge/sample';

/** Which counters are wanted, of which revisions, on which targets. */
export interface MetricQuery {
  readonly targets: readonly string[];
  /** The suspect. */
  readonly current: string;
  /** The revision gone back to. */
  readonly stable: string;
  /** What the revisions are called besides, as their targets tell. A source that shows nothing but revisions needs none. */
  readonly knownAs?: KnownAs;
}

/** What one interval of the past added. */
export interface PastInterval {
  /** When it ended; epoch milliseconds. */
  readonly at: number;
  /** Milliseconds since the look before it that could be read; after a gap it holds all that the gap added. */
  readonly spanMs: number;
  readonly requests: number;
  readonly bad: number;
  /** Of a histogram without a bound: how many took at most so long, as in a reading. */
  readonly buckets?: readonly Bucket[];
}

/** What a provider knows of the time before now. */
export type History =
  | { readonly kind: 'unavailable'; readonly because: string }
  | {
      readonly kind: 'counts';
      /** Increments of the current cohort, oldest first. */
      readonly intervals: readonly PastInterval[];
    }
  | {
      readonly kind: 'values';
      /** A gauge of the current cohort at each step, the mean of its series, oldest first. */
      readonly values: readonly number[];
    };

/** A source of cumulative counters or gauges per cohort, target and series. Reports what it saw; never judges or fills gaps. */
export interface MetricProvider {
  /** How long after an instant its data can be read, in milliseconds. Pure. */
  delayMs(): number;
  /**
   * Reads the counters as of `at` (epoch ms). A missing cohort is an empty list; failures throw `RetryableError`, but where
   * some of several targets can be read the others have empty strata and are told in `unread`.
   */
  collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<MetricReading>;
  /** Reads the window `[from, to]` (epoch ms) of the current cohort in steps of `stepMs`. */
  history(query: MetricQuery, from: number, to: number, stepMs: number, signal: AbortSignal): Promise<History>;
}

/** A window of the past, in epoch milliseconds, in steps of `stepMs`. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly stepMs: number;
}

/** What was added, whenever that was. */
export type Added = Omit<PastInterval, 'at' | 'spanMs'>;

/** What was counted of one value of a label. */
export interface LabelValue {
  /** Empty for series without the label. */
  readonly value: string;
  /** Increments of both cohorts, oldest first; all values of an answer have the same intervals, 0 where nothing was seen. */
  readonly current: readonly Added[];
  readonly stable: readonly Added[];
}

/** Counts told apart by a label. */
export interface LabelValues {
  /** Those of the window; or, as one interval, all since the processes began, where the source knows no other past. */
  readonly covers: 'window' | 'since-start';
  /** Those of which anything was counted, over all targets that were asked for; empty where nothing was. */
  readonly values: readonly LabelValue[];
}

/** Beside `MetricProvider`: a source that can tell its requests apart by any label of theirs. */
export interface Sliced {
  /** Of counters and histograms; of what has no requests `METRICS_MISCONFIGURED`. Fails as `collect` does. */
  slices(query: MetricQuery, label: string, window: Window, signal: AbortSignal): Promise<LabelValues>;
}

/** Whether this source can tell its requests apart by a label. */
export function isSliced(provider: MetricProvider): provider is MetricProvider & Sliced {
  return 'slices' in provider;
}
