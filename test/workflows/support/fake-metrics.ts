import type { Sample } from '../../../src/domain/judge/sample';
import type { MetricPolicy } from '../../../src/domain/policy/policy';
import { RetryableError } from '../../../src/ports';
import type { History, LabelValues, MetricProvider, MetricQuery, Sliced } from '../../../src/ports';
import type { FakeWorld } from './fakes';

/** Counters that grow with time as the world's weights say, and its failures or its slowness. */
class FakeMetrics implements MetricProvider, Sliced {
  private readonly world: FakeWorld;
  private readonly shows: 'fails' | 'slow';
  private readonly counters: Record<string, { requests: number; bad: number }> = {};
  private last = Date.now();

  constructor(world: FakeWorld, shows: 'fails' | 'slow') {
    this.world = world;
    this.shows = shows;
  }

  delayMs() {
    return 0;
  }

  async history(): Promise<History> {
    const { past } = this.world;
    if (!past) return { kind: 'unavailable', because: 'nothing is remembered' };
    const intervals = past.map((counts, index) => ({ at: index * 100, spanMs: 100, ...counts }));
    return { kind: 'counts', intervals };
  }

  async slices(_query: MetricQuery, label: string): Promise<LabelValues> {
    const values = this.world.values[label] ?? [];
    if (values === 'broken') throw new RetryableError('METRICS_UNREACHABLE', 'the store gave no answer in time');
    return { covers: 'window', values };
  }

  async collect(query: MetricQuery): Promise<Sample> {
    this.grow();
    const at = Date.now();
    if (this.world.metricsMissing) return { at, strata: [] };
    if (this.shows === 'slow' && this.world.slownessUnreadable)
      throw new RetryableError('METRICS_UNREACHABLE', 'the store of slow requests gave no answer in time');
    const cohort = (target: string, revision: string) => {
      const { requests, bad } = this.counter(target, revision);
      return [{ series: revision, requests: Math.floor(requests), bad: Math.floor(bad), at }];
    };
    const strata = query.targets.map((target) => ({
      target,
      current: cohort(target, query.current),
      stable: cohort(target, query.stable),
    }));
    return { at, strata };
  }

  private grow(): void {
    const now = Date.now();
    const served = ((now - this.last) / 1000) * this.world.requestsPerSecond;
    this.last = now;
    for (const [target, weight] of Object.entries(this.world.weights)) {
      this.add(target, 'v41', (served * weight) / 100, this.world[this.shows].v41);
      this.add(target, 'v42', (served * (100 - weight)) / 100, this.world[this.shows].v42);
    }
  }

  private add(target: string, revision: string, requests: number, share: number): void {
    const counter = this.counter(target, revision);
    counter.requests += requests;
    counter.bad += requests * share;
  }

  private counter(target: string, revision: string): { requests: number; bad: number } {
    return (this.counters[`${target}/${revision}`] ??= { requests: 0, bad: 0 });
  }
}

/** A source of each kind of metric. */
export type SourcesByKind = Readonly<Record<MetricPolicy['kind'], FakeMetrics>>;

/** The sources of a world. */
export function metricsOf(world: FakeWorld): SourcesByKind {
  const slow = new FakeMetrics(world, 'slow');
  return { errors: new FakeMetrics(world, 'fails'), latency: slow, saturation: slow };
}
