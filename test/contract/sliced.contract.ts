import type { LabelValue, LabelValues, MetricProvider, Added, Sliced } from '../../src/ports';
import { withSubject } from './with-subject';

/** A provider that shows, by route, the counters it is told to; without a route where it is empty. */
export interface SlicedSubject {
  readonly provider: MetricProvider & Sliced;
  readonly show: (target: string, revision: string, route: string, counts: Added) => Promise<void>;
  readonly unreachable: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What every `Sliced` promises, shown on targets `eu` and `us` and the label `route`. */
export function describeSliced(suite: { readonly name: string; readonly create: () => Promise<SlicedSubject> }): void {
  const query = { targets: ['eu', 'us'], current: 'v42', stable: 'v41' };
  const ask = (provider: Sliced, from: number, targets = query.targets, signal = AbortSignal.timeout(5_000)) =>
    provider.slices({ ...query, targets }, 'route', { from, to: Date.now(), stepMs: 100 }, signal);
  const promises = withSubject(() => suite.create());

  /** Requests that were there before the window, and then some, of which some are bad; the second one is without a route. */
  async function played({ show }: SlicedSubject): Promise<number> {
    await show('eu', 'v42', '/pay', { requests: 100, bad: 0 });
    await show('us', 'v42', '/pay', { requests: 100, bad: 0 });
    await show('eu', 'v42', '', { requests: 100, bad: 0 });
    await show('eu', 'v41', '/pay', { requests: 100, bad: 0 });
    const from = Date.now();
    await show('eu', 'v42', '/pay', { requests: 130, bad: 7 });
    await show('us', 'v42', '/pay', { requests: 120, bad: 2 });
    await show('eu', 'v42', '', { requests: 150, bad: 0 });
    await show('eu', 'v41', '/pay', { requests: 140, bad: 1 });
    return from;
  }

  /** `requests/bad` of a value; what was there before the window is taken off where it is told. */
  function told({ covers, values }: LabelValues, route: string, cohort: 'current' | 'stable', before: number): string {
    const found = values.find(({ value }) => value === route)?.[cohort] ?? [];
    const sum = (key: 'requests' | 'bad'): number => found.reduce((total, each) => total + each[key], 0);
    return `${sum('requests') - (covers === 'since-start' ? before : 0)}/${sum('bad')}`;
  }

  describe(`${suite.name} as a provider that tells values of labels apart`, () => {
    promises('counts each value of both revisions, over the targets that are asked for', async (subject) => {
      const from = await played(subject);
      const both = await ask(subject.provider, from);
      expect(both.values.map(({ value }) => value).toSorted()).toEqual(['', '/pay']);
      expect(told(both, '/pay', 'current', 200)).toBe('50/9');
      expect(told(both, '', 'current', 100)).toBe('50/0');
      expect(told(both, '/pay', 'stable', 100)).toBe('40/1');
      expect(told(await ask(subject.provider, from, ['us']), '/pay', 'current', 100)).toBe('20/2');
    });

    promises('tells the same intervals of every value', async (subject) => {
      const { values } = await ask(subject.provider, await played(subject));
      const lengths = values.flatMap(({ current, stable }: LabelValue) => [current.length, stable.length]);
      expect(new Set(lengths).size).toBe(1);
      expect(lengths[0]).toBeGreaterThan(0);
    });

    promises('has no values where nothing is counted', async ({ provider }) => {
      expect((await ask(provider, Date.now() - 10_000)).values).toEqual([]);
    });

    promises('says to try again when nothing can be read', async ({ provider, unreachable }) => {
      await unreachable();
      await expect(ask(provider, Date.now() - 10_000)).rejects.toMatchObject({
        code: 'METRICS_UNREACHABLE',
        retryable: true,
      });
    });

    promises('asks nothing when its signal is aborted already', async ({ provider }) => {
      const asked = ask(provider, Date.now() - 10_000, query.targets, AbortSignal.abort());
      await expect(asked).rejects.toMatchObject({ retryable: true });
    });
  });
}
