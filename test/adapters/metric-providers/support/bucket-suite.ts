import { cohortDelta } from '../../../../src/domain/judge/counters';
import type { Added, MetricProvider, Sliced } from '../../../../src/ports';
import { describeMetricProvider } from '../../../contract/metric-provider.contract';
import { describeSliced } from '../../../contract/sliced.contract';
import type { Loopback } from '../../support/loopback';

/** So many requests of a revision on a target at one instant, in epoch milliseconds. */
export interface StubEvents {
  readonly at: number;
  readonly target: string;
  readonly revision: string;
  readonly requests: number;
  readonly bad: number;
  /** By a label; nothing of one that is left out. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** What the suite and the tests beside it ask about: a whole hour, at which sums begin anew. */
export const NOON = Date.parse('2026-11-23T12:00:00Z');

/** A question for one target, whose name is in no answer then. */
export const QUERY = { targets: ['eu'], current: 'v42', stable: 'v41' };

/** Patience of one question. */
export const soon = (): AbortSignal => AbortSignal.timeout(5_000);

/** Requests and bad ones of `v42` in `eu`, where nothing else is said. */
export function events(at: number, requests: number, bad = 0, revision = 'v42', target = 'eu'): StubEvents {
  return { at, target, revision, requests, bad };
}

/** What every provider that sums buckets of 30 seconds promises, and the contract of all providers, before a stub. */
export function describeBucketProvider(suite: {
  readonly name: string;
  readonly start: (held: StubEvents[]) => Promise<Loopback>;
  readonly targetLabel: string;
  /** With that target label where `byTarget` is set. */
  readonly provider: (url: string, byTarget: boolean) => MetricProvider & Sliced;
}): void {
  const withEvents = async <T>(
    held: StubEvents[],
    ask: (provider: MetricProvider & Sliced) => Promise<T>,
  ): Promise<T> => {
    const stub = await suite.start(held);
    try {
      return await ask(suite.provider(stub.url, false));
    } finally {
      await stub.close();
    }
  };
  /** A provider before a stub that holds what was added since counts were shown before; `at`: epoch milliseconds. */
  const shown = async (at: () => number) => {
    const held: StubEvents[] = [];
    const last: Record<string, Added> = {};
    const stub = await suite.start(held);
    return {
      provider: suite.provider(stub.url, true),
      async show(target: string, revision: string, counts: Added, labels: Readonly<Record<string, string>> = {}) {
        const key = JSON.stringify([target, revision, labels]);
        const before = last[key] ?? { requests: 0, bad: 0 };
        last[key] = counts;
        const added = { requests: counts.requests - before.requests, bad: counts.bad - before.bad };
        held.push({ at: at(), target, revision, ...added, labels });
      },
      unreachable: stub.close,
      close: stub.close,
    };
  };
  describeMetricProvider({
    name: suite.name,
    create: () => {
      const at = Date.now() - 60_000;
      return shown(() => at);
    },
  });
  describeSliced({
    name: suite.name,
    async create() {
      const turned = Math.floor(Date.now() / 60_000) * 60_000 - 300_000;
      let at = turned - 55_000;
      const subject = await shown(() => at);
      return {
        ...subject,
        show: (target, revision, route, counts) =>
          subject.show(target, revision, counts, route === '' ? {} : { route }),
        clock: {
          turn() {
            at = turned + 5_000;
            return turned;
          },
          end: async () => turned + 60_000,
        },
      };
    },
  });

  describe(`${suite.name} as a source of buckets`, () => {
    it('adds up whole buckets, and leaves out the one that may still fill', async () => {
      const held = [events(NOON + 5_000, 10, 1), events(NOON + 35_000, 20, 2), events(NOON + 61_000, 40)];
      const { strata } = await withEvents(held, (provider) => provider.collect(QUERY, NOON + 89_000, soon()));
      expect(strata[0]?.current).toEqual([
        {
          series: 'v42/since=2026-11-23T12:00:00.000Z',
          requests: 30,
          bad: 3,
          at: NOON + 60_000,
          startedAt: NOON,
          everyMs: 30_000,
        },
      ]);
    });

    it('counts nothing twice and loses nothing over the hour at which sums begin anew, on any worker, late data too', async () => {
      const begin = NOON - 120_000;
      const held: StubEvents[] = [];
      for (let at = begin - 60_000; at < NOON + 120_000; at += 1_000) held.push(events(at, 3, 1));
      const late = events(NOON - 50_000, 500, 100);
      const added = { requests: 0, bad: 0 };
      const stub = await suite.start(held);
      let memory = {};
      for (let at = begin; at <= NOON + 120_000; at += 10_000) {
        if (at === NOON + 60_000) held.push(late);
        const [stratum] = (await suite.provider(stub.url, false).collect(QUERY, at, soon())).strata;
        const fresh = { at, intervalMs: 10_000, phaseStartedAt: begin, needsCurrent: true };
        const delta = cohortDelta('eu', 'current', stratum?.current ?? [], memory, fresh);
        added.requests += delta?.counts.requests ?? 0;
        added.bad += delta?.counts.bad ?? 0;
        memory = { ...memory, ...delta?.memory };
      }
      await stub.close();
      // What was there before the phase began is the baseline.
      const counted = held.filter(({ at }) => at >= begin);
      expect(added).toEqual({
        requests: counted.reduce((sum, { requests }) => sum + requests, 0),
        bad: counted.reduce((sum, { bad }) => sum + bad, 0),
      });
    });

    it('begins a sum with its first bucket, so that the first failures of a revision without traffic before count', async () => {
      const held = [events(NOON + 605_000, 4, 4)];
      const { strata } = await withEvents(held, (provider) => provider.collect(QUERY, NOON + 660_000, soon()));
      expect(strata[0]?.current).toMatchObject([{ requests: 4, bad: 4, startedAt: NOON + 600_000 }]);
    });

    it('shows data that are late as old, and not as no requests', async () => {
      const held = [events(NOON + 5_000, 10)];
      const { strata } = await withEvents(held, (provider) => provider.collect(QUERY, NOON + 600_000, soon()));
      expect(strata[0]?.current).toMatchObject([{ requests: 10, at: NOON + 30_000 }]);
    });

    it('tells what the past added by bucket, buckets without any data left out', async () => {
      const held = [events(NOON + 5_000, 10, 1), events(NOON + 65_000, 20, 2), events(NOON + 95_000, 40)];
      const past = await withEvents(held, (provider) => provider.history(QUERY, NOON, NOON + 100_000, 10_000, soon()));
      expect(past).toEqual({
        kind: 'counts',
        intervals: [
          { at: NOON + 30_000, spanMs: 30_000, requests: 10, bad: 1 },
          { at: NOON + 90_000, spanMs: 30_000, requests: 20, bad: 2 },
        ],
      });
    });

    it('tells of a minute as a minute, wherever it begins', async () => {
      const held = Array.from({ length: 180 }, (_none, index) => events(NOON + index * 1_000, 2));
      const past = await withEvents(held, (provider) =>
        provider.history(QUERY, NOON + 70_000, NOON + 130_000, 10_000, soon()),
      );
      const requests = past.kind === 'counts' ? past.intervals.map((interval) => interval.requests) : [];
      expect(requests).toEqual([60, 60]);
    });

    const route = (at: number, name: string, requests: number, bad = 0, revision = 'v42'): StubEvents => ({
      ...events(at, requests, bad, revision),
      labels: { route: name },
    });
    const window = { from: NOON, to: NOON + 100_000, stepMs: 10_000 };

    it('tells what each bucket of a window added by the value of a label, without the one that may still fill', async () => {
      const held = [
        route(NOON - 5_000, '/pay', 500, 500),
        route(NOON + 5_000, '/pay', 10, 3),
        route(NOON + 65_000, '/pay', 20, 4),
        route(NOON + 35_000, '/cart', 7),
        route(NOON + 35_000, '/cart', 5, 1, 'v41'),
        route(NOON + 95_000, '/late', 9, 9),
        route(NOON + 35_000, '/other', 9, 9, 'v40'),
      ];
      const { covers, values } = await withEvents(held, (provider) => provider.slices(QUERY, 'route', window, soon()));
      const none = { requests: 0, bad: 0 };
      expect(covers).toBe('window');
      expect(values.toSorted((a, b) => (a.value < b.value ? -1 : 1))).toEqual([
        {
          value: '/cart',
          current: [none, { requests: 7, bad: 0 }, none],
          stable: [none, { requests: 5, bad: 1 }, none],
        },
        {
          value: '/pay',
          current: [{ requests: 10, bad: 3 }, none, { requests: 20, bad: 4 }],
          stable: [none, none, none],
        },
      ]);
    });

    it('holds the whole of a window that is shorter than a bucket', async () => {
      const held = [route(NOON + 5_000, '/pay', 10, 3)];
      const short = { from: NOON + 20_000, to: NOON + 31_000, stepMs: 10_000 };
      const { values } = await withEvents(held, (provider) => provider.slices(QUERY, 'route', short, soon()));
      expect(values).toMatchObject([{ value: '/pay', current: [{ requests: 10, bad: 3 }] }]);
    });

    it('tells targets apart by the label that is theirs, without asking for it twice', async () => {
      const stub = await suite.start([events(NOON + 5_000, 10, 3), events(NOON + 5_000, 4, 1, 'v42', 'us')]);
      const provider = suite.provider(stub.url, true);
      const { values } = await provider.slices({ ...QUERY, targets: ['eu', 'us'] }, suite.targetLabel, window, soon());
      await stub.close();
      expect(Object.fromEntries(values.map(({ value, current }) => [value, current[0]?.bad]))).toEqual({
        eu: 3,
        us: 1,
      });
    });

    it('refuses to count everything for each of several targets', async () => {
      const read = withEvents([], (provider) => provider.collect({ ...QUERY, targets: ['eu', 'us'] }, NOON, soon()));
      await expect(read).rejects.toMatchObject({ message: '"targetLabel" has to tell eu and us apart' });
    });
  });
}
