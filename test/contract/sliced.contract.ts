import type { LabelValue, LabelValues, MetricProvider, Added, Sliced } from '../../src/ports';
import { withSubject } from './with-subject';

/** A provider that shows, by route, the counters it is told to; without a route where it is empty. */
export interface SlicedSubject {
  readonly provider: MetricProvider & Sliced;
  /** Counts since the processes began. */
  readonly show: (target: string, revision: string, route: string, counts: Added) => Promise<void>;
  /** Where what is shown stands at other instants than those at which it is: what comes is later than what was there. */
  readonly clock?: {
    /** Begins the window; epoch milliseconds. */
    readonly turn: () => number;
    /** Lets everything that is shown be seen at once, and says up to when it can be read. */
    readonly end: () => Promise<number>;
  };
  readonly unreachable: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** What every `Sliced` promises, shown on targets `eu` and `us` and the label `route`. */
export function describeSliced(suite: {
  readonly name: string;
  /** What stands for a route in this source, where it is not the route itself: one that cannot be without has a name for none. */
  readonly called?: (route: string) => string;
  readonly create: () => Promise<SlicedSubject>;
}): void {
  const query = { targets: ['eu', 'us'], current: 'v42', stable: 'v41' };
  const called = suite.called ?? ((route: string): string => route);
  const ask = async (
    { provider, clock }: SlicedSubject,
    from: number,
    targets = query.targets,
    signal = AbortSignal.timeout(5_000),
    label = 'route',
  ) => {
    const to = (await clock?.end()) ?? Date.now();
    return provider.slices({ ...query, targets }, label, { from: Math.min(from, to - 100), to, stepMs: 100 }, signal);
  };
  const promises = withSubject(() => suite.create());

  /** Requests that were there before the window, and then some, of which some are bad; the second one is without a route. */
  async function played({ show, clock }: SlicedSubject): Promise<number> {
    await show('eu', 'v42', '/pay', { requests: 100, bad: 0 });
    await show('us', 'v42', '/pay', { requests: 100, bad: 0 });
    await show('eu', 'v42', '', { requests: 100, bad: 0 });
    await show('eu', 'v41', '/pay', { requests: 100, bad: 0 });
    const from = clock?.turn() ?? Date.now();
    await show('eu', 'v42', '/pay', { requests: 130, bad: 7 });
    await show('us', 'v42', '/pay', { requests: 120, bad: 2 });
    await show('eu', 'v42', '', { requests: 150, bad: 0 });
    await show('eu', 'v41', '/pay', { requests: 140, bad: 1 });
    return from;
  }

  /** `requests/bad` of a value; what was there before the window is taken off where it is told. */
  function told({ covers, values }: LabelValues, route: string, cohort: 'current' | 'stable', before: number): string {
    const found = values.find(({ value }) => value === called(route))?.[cohort] ?? [];
    const sum = (key: 'requests' | 'bad'): number => found.reduce((total, each) => total + each[key], 0);
    return `${sum('requests') - (covers === 'since-start' ? before : 0)}/${sum('bad')}`;
  }

  describe(`${suite.name} as a provider that tells values of labels apart`, () => {
    promises('counts each value of both revisions, over the targets that are asked for', async (subject) => {
      const from = await played(subject);
      const both = await ask(subject, from);
      expect(both.values.map(({ value }) => value).toSorted()).toEqual(['', '/pay'].map(called).toSorted());
      expect(told(both, '/pay', 'current', 200)).toBe('50/9');
      expect(told(both, '', 'current', 100)).toBe('50/0');
      expect(told(both, '/pay', 'stable', 100)).toBe('40/1');
      expect(told(await ask(subject, from, ['us']), '/pay', 'current', 100)).toBe('20/2');
    });

    promises('tells the same intervals of every value', async (subject) => {
      const { values } = await ask(subject, await played(subject));
      const lengths = values.flatMap(({ current, stable }: LabelValue) => [current.length, stable.length]);
      expect(new Set(lengths).size).toBe(1);
      expect(lengths[0]).toBeGreaterThan(0);
    });

    promises('has one value for everything where nothing has the label', async (subject) => {
      const { values } = await ask(subject, await played(subject), query.targets, undefined, 'segment');
      expect(values.map(({ value, current }) => [value, current.reduce((sum, { bad }) => sum + bad, 0)])).toEqual([
        ['', 9],
      ]);
    });

    promises('has no values where nothing is counted', async (subject) => {
      expect((await ask(subject, Date.now() - 10_000)).values).toEqual([]);
    });

    promises('says to try again when nothing can be read', async (subject) => {
      await subject.unreachable();
      await expect(ask(subject, Date.now() - 10_000)).rejects.toMatchObject({
        code: 'METRICS_UNREACHABLE',
        retryable: true,
      });
    });

    promises('asks nothing when its signal is aborted already', async (subject) => {
      const asked = ask(subject, Date.now() - 10_000, query.targets, AbortSignal.abort());
      await expect(asked).rejects.toMatchObject({ retryable: true });
    });
  });
}
