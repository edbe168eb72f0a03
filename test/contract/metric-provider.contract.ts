import type { MetricProvider } from '../../src/ports';

/** A provider that shows the counters it is told to. */
export interface MetricSubject {
  readonly provider: MetricProvider;
  readonly show: (target: string, revision: string, counts: { requests: number; bad: number }) => Promise<void>;
  readonly unreachable: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What every `MetricProvider` promises, shown on targets `eu` and `us`. */
export function describeMetricProvider(suite: {
  readonly name: string;
  readonly create: () => Promise<MetricSubject>;
}): void {
  const query = { targets: ['eu', 'us'], current: 'v42', stable: 'v41' };
  const signal = (): AbortSignal => AbortSignal.timeout(5_000);
  const promises = (title: string, body: (subject: MetricSubject) => Promise<void>): void => {
    it(title, async () => {
      const subject = await suite.create();
      try {
        await body(subject);
      } finally {
        await subject.close();
      }
    });
  };
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
  });
}
