import { z } from 'zod';
import type { Sample, SeriesReading } from '../../domain/judge/sample';
import { RetryableError } from '../../ports';
import type { History, LabelValues, MetricProvider, MetricQuery, Added, Sliced, Window } from '../../ports';
import { metricKind } from '../kinds';

/** Counters that a test sets. */
export const inMemoryMetricsSchema = z.strictObject({ type: z.literal('in-memory') });

/** What an in-memory provider's factory is given beside the dependencies of all. */
export interface MetricContext {
  /** The metric's name in the policy. */
  readonly name: string;
  /** Fakes by metric name, which must be the same one at every use. */
  readonly inMemory: Map<string, InMemoryMetrics>;
}

/** What a revision has counted on a target of one value of a label. */
interface ToldValue {
  readonly target: string;
  readonly revision: string;
  readonly label: string;
  readonly value: string;
  readonly counts: Added;
}

/** The fake provider: shows what it was told last. */
export class InMemoryMetrics implements MetricProvider, Sliced {
  /** True: nothing can be read. */
  unreachable = false;
  private readonly series = new Map<string, SeriesReading>();
  private readonly values = new Map<string, ToldValue>();

  /** Sets the counters of a revision on a target; `at` in epoch milliseconds. */
  set(target: string, revision: string, counts: { requests: number; bad: number; at: number }): void {
    this.series.set(keyOf(target, revision), { series: revision, ...counts });
  }

  /** Sets what a revision has counted on a target of one value of a label since it began. */
  setValue(target: string, revision: string, label: string, value: string, counts: Added): void {
    this.values.set(JSON.stringify([target, revision, label, value]), { target, revision, label, value, counts });
  }

  delayMs(): number {
    return 0;
  }

  collect(query: MetricQuery, at: number, signal: AbortSignal): Promise<Sample> {
    if (this.unreachable || signal.aborted) return Promise.reject(unreachable());
    const of = (target: string, revision: string): readonly SeriesReading[] => {
      const found = this.series.get(keyOf(target, revision));
      return found ? [found] : [];
    };
    const strata = query.targets.map((target) => ({
      target,
      current: of(target, query.current),
      stable: of(target, query.stable),
    }));
    return Promise.resolve({ at, strata });
  }

  slices(query: MetricQuery, label: string, _window: Window, signal: AbortSignal): Promise<LabelValues> {
    if (this.unreachable || signal.aborted) return Promise.reject(unreachable());
    const all = [...this.values.values()];
    // Nothing has a label that was never set.
    const told = all.some((each) => each.label === label)
      ? all.filter((each) => each.label === label)
      : all.map((each) => ({ ...each, value: '' }));
    const values = [...new Set(told.map(({ value }) => value))].flatMap((value) => {
      const cohort = (revision: string): readonly Added[] => {
        const found = told.filter(
          (each) => each.value === value && each.revision === revision && query.targets.includes(each.target),
        );
        return [
          {
            requests: found.reduce((sum, { counts }) => sum + counts.requests, 0),
            bad: found.reduce((sum, { counts }) => sum + counts.bad, 0),
          },
        ];
      };
      const [current, stable] = [cohort(query.current), cohort(query.stable)];
      return [...current, ...stable].some(({ requests }) => requests > 0) ? [{ value, current, stable }] : [];
    });
    return Promise.resolve({ covers: 'since-start', values });
  }

  history(): Promise<History> {
    return Promise.resolve({ kind: 'unavailable', because: 'in-memory metrics know only the present' });
  }
}

/** The fake of this metric, the same at every use. */
export function keptMetrics({ name, inMemory }: MetricContext): InMemoryMetrics {
  const kept = inMemory.get(name) ?? new InMemoryMetrics();
  inMemory.set(name, kept);
  return kept;
}

function unreachable(): RetryableError {
  return new RetryableError('METRICS_UNREACHABLE', 'the in-memory metrics cannot be reached');
}

function keyOf(target: string, revision: string): string {
  return JSON.stringify([target, revision]);
}

/** The fake. */
export const inMemoryMetrics = metricKind(inMemoryMetricsSchema, (_config, _deps, context) => keptMetrics(context));
