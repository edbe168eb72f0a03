import type { MetricReading } from '../../domain/judge/sample';
import { TerminalError } from '../../ports';
import type { History, LabelValues, MetricProvider, MetricQuery, Sliced, Window } from '../../ports';
import { valuesIn } from './bucket-slices';
import { countedIn, intervalsOf, newestEnd, spanHolding, spanOver, spanToSum, summed } from './bucket-sums';
import type { CountBucket } from './bucket-sums';

/** What was counted of one revision on one target in one bucket of time. */
export interface CohortBucket extends CountBucket {
  readonly revision: string;
  readonly target: string;
  /** Its value of the label that was asked for, empty without one; absent where no label was. */
  readonly value?: string;
}

/** Which buckets are wanted: whole ones of `[from, to)`, in epoch milliseconds, by revision and target. */
export interface BucketQuestion {
  readonly revisions: readonly string[];
  readonly targets: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  /** Told apart by this label besides; all that has one of its values, and what has none. */
  readonly label?: string;
}

/** A source that knows increments by bucket, and no counters. */
export interface BucketSource {
  /** How long its data takes to arrive, in milliseconds. */
  readonly delayMs: number;
  /** Divides an hour. */
  readonly bucketMs: number;
  /** What tells revisions apart. */
  readonly revisionLabel: string;
  /** What tells targets apart, where something does. */
  readonly targetLabel?: string;
  /** True where targets need no label, because the source asks for each in a place of its own. */
  readonly areApart?: boolean;
  /** How many buckets one answer may hold. */
  readonly mostBuckets: number;
  /** The smallest bucket that is still kept of what is as old as this, in milliseconds; others are multiples of it. */
  finestMs(from: number): number;
  /** Every bucket that has data. Throws `METRICS_UNREADABLE` for what is incomplete; an empty list is an answer. */
  read(question: BucketQuestion, signal: AbortSignal): Promise<readonly CohortBucket[]>;
}

/** Sums whole buckets from the hour on, so that increments look like the counters that a judge takes differences of. */
export class BucketProvider implements MetricProvider, Sliced {
  private readonly source: BucketSource;

  constructor(source: BucketSource) {
    this.source = source;
  }

  delayMs(): number {
    return this.source.delayMs;
  }

  async collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<MetricReading> {
    const { bucketMs } = this.source;
    const span = { ...spanToSum(at, bucketMs), bucketMs };
    const { targets, current, stable } = query;
    const buckets = await this.read({ revisions: [current, stable], targets, ...span }, signal);
    const strata = targets.map((target) => {
      const own = countedIn(buckets.filter((bucket) => bucket.target === target));
      const asOf = newestEnd(own) ?? span.to;
      const cohort = (revision: string) =>
        summed(
          revision,
          own.filter((bucket) => bucket.revision === revision),
          asOf,
          bucketMs,
        );
      return { target, current: cohort(current), stable: cohort(stable) };
    });
    return { at, strata };
  }

  async history(query: MetricQuery, from: number, to: number, stepMs: number, signal: AbortSignal): Promise<History> {
    const bucketMs = this.bucketFor({ from, to, stepMs }, this.source.mostBuckets);
    const span = spanOver(from, to, bucketMs);
    if (span.from === span.to) return { kind: 'counts', intervals: [] };
    const { targets, current } = query;
    const buckets = await this.read({ revisions: [current], targets, ...span, bucketMs }, signal);
    const own = buckets.filter(({ revision, target }) => revision === current && targets.includes(target));
    return { kind: 'counts', intervals: intervalsOf(own) };
  }

  async slices(query: MetricQuery, label: string, window: Window, signal: AbortSignal): Promise<LabelValues> {
    const { revisionLabel, targetLabel } = this.source;
    // Beside those of the window there are the one before it and the one that it ends in.
    const bucketMs = this.bucketFor(window, this.source.mostBuckets - 2);
    const span = { ...spanHolding(window.from, window.to, bucketMs), bucketMs };
    const { targets, current, stable } = query;
    // What is told apart already is not asked for twice.
    const isKnown = label === revisionLabel || label === targetLabel;
    const asked = { revisions: [current, stable], targets, ...span, from: span.from - bucketMs };
    const buckets = await this.read(isKnown ? asked : { ...asked, label }, signal);
    const told = buckets.flatMap((bucket) => {
      const { revision, target, value = '' } = bucket;
      if (!asked.revisions.includes(revision) || !targets.includes(target)) return [];
      return [{ ...bucket, value: isKnown ? (label === revisionLabel ? revision : target) : value }];
    });
    return { covers: 'window', values: valuesIn(told, query, label, span) };
  }

  /** The smallest buckets that are kept of that time, no shorter than its steps and no more than one answer may hold. */
  private bucketFor({ from, to, stepMs }: Window, most: number): number {
    const finestMs = this.source.finestMs(from);
    const wanted = Math.max(finestMs, stepMs, (to - from) / most);
    return Math.ceil(wanted / finestMs) * finestMs;
  }

  /** Counting everything for each of several targets would be wrong for all of them. */
  private async read(question: BucketQuestion, signal: AbortSignal): Promise<readonly CohortBucket[]> {
    const { targets } = question;
    const { targetLabel, areApart = false } = this.source;
    if (targetLabel === undefined && !areApart && targets.length > 1)
      throw new TerminalError('METRICS_MISCONFIGURED', `"targetLabel" has to tell ${targets.join(' and ')} apart`);
    const buckets = await this.source.read(question, signal);
    return buckets.filter(({ from, to }) => from >= question.from && to <= question.to);
  }
}
