import type { MetricProvider } from '../../src/ports';
import { withSubject } from './with-subject';

/** The kinds of metrics beside counters, each read by a provider of its own from the same place. */
export interface OtherMetrics {
  /** A histogram without a bound; what `show` is told are requests up to each bound, and all of them. */
  readonly histogram: {
    readonly provider: MetricProvider;
    readonly show: (target: string, revision: string, counts: HistogramCounts) => Promise<void>;
  };
  readonly gauge: {
    readonly provider: MetricProvider;
    readonly show: (target: string, revision: string, value: number) => Promise<void>;
  };
  readonly events: {
    readonly provider: MetricProvider;
    readonly show: (target: string, revision: string, count: number) => Promise<void>;
  };
}

export interface HistogramCounts {
  readonly requests: number;
  readonly upTo: Readonly<Record<string, number>>;
}

/** A provider that shows the counters it is told to. */
export interface MetricSubject {
  readonly provider: MetricProvider;
  readonly show: (target: string, revision: string, counts: { requests: number; bad: number }) => Promise<void>;
  /** Where the provider can show more than counters. */
  readonly other?: OtherMetrics;
  readonly unreachable: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What every `MetricProvider` promises, shown on targets `eu` and `us`. */
export function describeMetricProvider(suite: {
  readonly name: string;
  /** True where it shows histograms, gauges and events as well. */
  readonly showsOther?: boolean;
  /** True where revisions are told by a label of whatever is counted. */
  readonly readsLabels?: boolean;
  readonly create: () => Promise<MetricSubject>;
}): void {
  const query = { targets: ['eu', 'us'], current: 'v42', stable: 'v41' };
  const signal = (): AbortSignal => AbortSignal.timeout(5_000);
  const promises = withSubject(() => suite.create());
  describe(`${suite.name} as a metric provider`, () => {
    promises('gives the counters of each cohort on each target, in the order asked', async ({ provider, show }) => {
      await show('eu', 'v42', { requests: 100, bad: 7 });
      await show('eu', 'v41', { requests: 50, bad: 0 });
      await show('us', 'v42', { requests: 9, bad: 9 });
      const at = Date.now();
      const sample = await provider.collect(query, at, signal());
      expect(sample.at).toBe(at);
      expect(sample.strata).toMatchObject([
        { target: 'eu', current: [{ requests: 100, bad: 7 }], stable: [{ requests: 50, bad: 0 }] },
        { target: 'us', current: [{ requests: 9, bad: 9 }], stable: [] },
      ]);
    });
    promises('calls a series the same in every sample', async ({ provider, show }) => {
      await show('eu', 'v42', { requests: 100, bad: 7 });
      const first = await provider.collect(query, Date.now(), signal());
      await show('eu', 'v42', { requests: 150, bad: 8 });
      const second = await provider.collect(query, Date.now(), signal());
      expect(second.strata[0]?.current[0]?.series).toBe(first.strata[0]?.current[0]?.series);
      expect(second.strata[0]?.current[0]?.requests).toBe(150);
    });
    promises('shows a cohort without data as empty, never as zero', async ({ provider }) => {
      const sample = await provider.collect(query, Date.now(), signal());
      expect(sample.strata).toEqual(query.targets.map((target) => ({ target, current: [], stable: [] })));
    });
    promises('says to try again when nothing can be read', async ({ provider, unreachable }) => {
      await unreachable();
      const collect = provider.collect(query, Date.now(), signal());
      await expect(collect).rejects.toMatchObject({ code: 'METRICS_UNREACHABLE', retryable: true });
    });
    promises('asks nothing when its signal is aborted already', async ({ provider }) => {
      await expect(provider.collect(query, Date.now(), AbortSignal.abort())).rejects.toMatchObject({ retryable: true });
    });
    promises('says what it knows of the past, and how late its data is', async ({ provider }) => {
      expect(provider.delayMs()).toBeGreaterThanOrEqual(0);
      const history = await provider.history(query, 0, 60_000, 10_000, signal());
      expect(['unavailable', 'counts']).toContain(history.kind);
    });
    if (suite.readsLabels)
      promises('counts for a revision what its target calls by another name', async ({ provider, show }) => {
        await show('eu', 'b1', { requests: 100, bad: 7 });
        await show('eu', 'b2', { requests: 50, bad: 1 });
        await show('eu', 'a1', { requests: 9, bad: 0 });
        await show('us', 'a1', { requests: 30, bad: 3 });
        const knownAs = { eu: { v42: ['b1', 'b2'], v41: ['a1'] }, us: { v42: ['a1'] } };
        const { strata } = await provider.collect({ ...query, knownAs }, Date.now(), signal());
        const added = (readings: readonly { requests: number; bad: number }[]): readonly number[] =>
          (['requests', 'bad'] as const).map((key) => readings.reduce((sum, each) => sum + each[key], 0));
        expect(strata.map(({ current, stable }) => [added(current), added(stable)])).toEqual([
          [
            [150, 8],
            [9, 0],
          ],
          [
            [30, 3],
            [0, 0],
          ],
        ]);
      });
    if (!suite.showsOther) return;
    const past = async (provider: MetricProvider): Promise<string> =>
      (await provider.history(query, Date.now() - 60_000, Date.now(), 10_000, signal())).kind;
    const other = (title: string, body: (subject: OtherMetrics) => Promise<void>): void =>
      promises(title, async ({ other: shown }) => {
        if (!shown) throw new Error(`${suite.name} is said to show other kinds, and does not`);
        await body(shown);
      });
    other('gives all finite buckets of a histogram for which no bound is named', async ({ histogram }) => {
      await histogram.show('eu', 'v42', { requests: 100, upTo: { '0.1': 40, '0.5': 90, '+Inf': 100 } });
      const sample = await histogram.provider.collect(query, Date.now(), signal());
      const buckets = [
        { bound: 0.1, count: 40 },
        { bound: 0.5, count: 90 },
      ];
      expect(sample.strata[0]).toMatchObject({ current: [{ requests: 100, bad: 0, buckets }], stable: [] });
      expect(['unavailable', 'counts']).toContain(await past(histogram.provider));
    });
    other('gives what a gauge shows, also where it is below nought', async ({ gauge }) => {
      await gauge.show('eu', 'v42', -0.5);
      const sample = await gauge.provider.collect(query, Date.now(), signal());
      expect(sample.strata).toMatchObject([
        { target: 'eu', current: [{ requests: 0, bad: 0, value: -0.5 }], stable: [] },
        { target: 'us', current: [], stable: [] },
      ]);
      expect(['unavailable', 'values']).toContain(await past(gauge.provider));
    });
    other('gives the count of events, which have no requests', async ({ events }) => {
      await events.show('eu', 'v41', 3);
      const sample = await events.provider.collect(query, Date.now(), signal());
      expect(sample.strata[0]).toMatchObject({ current: [], stable: [{ requests: 0, bad: 3 }] });
    });
  });
}
