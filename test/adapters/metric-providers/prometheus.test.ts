import { observe, openJudge } from '../../../src/domain/judge';
import type { MetricProvider } from '../../../src/ports';
import { describeMetricProvider } from '../../contract/metric-provider.contract';
import { settings } from '../../domain/judge/support';
import { otherMetrics } from './support/other-metrics';
import { COUNTERS, provider, QUERY } from './support/prometheus-provider';
import { SharedStore } from './support/shared-store';
import type { StoreKind } from './support/metric-store';
import type { StorePart } from './support/shared-store';

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

/** A provider that sees one part of a store. */
const within = (part: StorePart, settings: object = {}): MetricProvider =>
  provider(part.url, part.within({ ...COUNTERS, ...settings }));

type Counts = Readonly<Record<string, { readonly requests: number; readonly bad: number }>>;

/** Counters by target and revision, as `eu/v42`. */
function pageOf(counts: Counts): string {
  return Object.entries(counts)
    .flatMap(([key, { requests, bad }]) => {
      const [target, revision] = key.split('/');
      const of = (code: number): string =>
        `http_requests_total{region="${target}",revision="${revision}",code="${code}"}`;
      return [`${of(200)} ${requests - bad}`, ...(bad === 0 ? [] : [`${of(502)} ${bad}`])];
    })
    .join('\n');
}

/** What a process shows that began at that time, epoch milliseconds. */
function processOf(pod: string, revision: string, requests: number, bad: number, startedAt: number): string {
  const of = (code: number): string => `http_requests_total{pod="${pod}",revision="${revision}",code="${code}"}`;
  return [
    `${of(200)} ${requests - bad}`,
    `${of(502)} ${bad}`,
    `process_start_time_seconds{pod="${pod}"} ${startedAt / 1_000}`,
  ].join('\n');
}

describe.each<StoreKind>(['prometheus', 'victoria-metrics'])('with the real %s', (kind) => {
  const store = new SharedStore(kind);
  afterAll(() => store.close());

  describeMetricProvider({
    name: kind,
    showsOther: true,
    readsLabels: true,
    async create() {
      const part = await store.part();
      const counts: Record<string, { requests: number; bad: number }> = {};
      const others: Record<string, readonly string[]> = {};
      const show = (): Promise<void> => part.show([pageOf(counts), ...Object.values(others).flat()].join('\n'));
      return {
        provider: within(part, { targetLabel: 'region' }),
        async show(target, revision, own) {
          counts[`${target}/${revision}`] = own;
          await show();
        },
        other: otherMetrics(
          (settings) => within(part, { targetLabel: 'region', ...settings }),
          async (target, key, lines) => {
            others[`${target}/${key}`] = lines(`region="${target}",`);
            await show();
          },
        ),
        unreachable: async () => part.stop(),
        close: part.close,
      };
    },
  });

  describe('the prometheus provider', () => {
    let part: StorePart;
    beforeAll(async () => (part = await store.part()));
    afterAll(() => part.close());

    it('reads each counter with the time of its scrape, and how often it is scraped', async () => {
      await part.show(pageOf({ 'eu/v42': { requests: 10, bad: 1 } }));
      await part.show(pageOf({ 'eu/v42': { requests: 20, bad: 3 } }));
      const asked = Date.now();
      const [stratum] = (await within(part).collect(QUERY, asked, soon())).strata;
      const [reading] = stratum?.current ?? [];
      expect(reading).toMatchObject({ requests: 20, bad: 3, series: expect.stringMatching(/^v42\/instance=127/) });
      expect(reading?.at).toBeLessThanOrEqual(asked);
      expect(await part.gaps('http_requests_total')).toContain(reading?.everyMs);
    });

    it('reads what the last good scrape showed while scrapes fail, however the store marks them', async () => {
      const own = { ...QUERY, current: 'v38' };
      await part.show(pageOf({ 'eu/v38': { requests: 10, bad: 1 } }));
      const [before] = (await within(part).collect(own, Date.now(), soon())).strata[0]?.current ?? [];
      await part.fail();
      const [during] = (await within(part).collect(own, Date.now(), soon())).strata[0]?.current ?? [];
      expect(during).toMatchObject({ requests: 10, bad: 1 });
      expect(during?.at).toBeGreaterThanOrEqual(before?.at ?? Infinity);
      await part.show(pageOf({ 'eu/v38': { requests: 20, bad: 3 } }));
      const [after] = (await within(part).collect(own, Date.now(), soon())).strata[0]?.current ?? [];
      expect(after).toMatchObject({ requests: 20, bad: 3 });
      expect(after?.at).toBeGreaterThan(during?.at ?? Infinity);
    });

    it('leaves behind a series that its process no longer has, however the store marks its end', async () => {
      const own = { ...QUERY, current: 'v37' };
      await part.show(pageOf({ 'eu/v37': { requests: 40, bad: 6 } }));
      // Without failures the page has no series of them, as after a restart.
      for (const requests of [3, 5, 7]) await part.keep(pageOf({ 'eu/v37': { requests, bad: 0 } }));
      const sample = await within(part).collect(own, Date.now(), soon());
      expect(sample.strata[0]?.current).toMatchObject([{ requests: 7, bad: 0 }]);
    });

    it('counts what a process has failed since it was born after the phase began, and of older ones what is new', async () => {
      const own = within(part, { instanceLabels: ['pod'] });
      const query = { ...QUERY, current: 'v36', stable: 'v35' };
      const page = (born: boolean, began: number): string =>
        [
          processOf('old', 'v36', 1_000, 50, began - 3_600_000),
          ...(born ? [processOf('born', 'v35', 30, 3, began + 50), processOf('late', 'v35', 900, 90, 1_000)] : []),
        ].join('\n');
      const began = Date.now();
      await part.show(page(false, began));
      await part.show(page(true, began));
      const sample = await own.collect(query, Date.now(), soon());
      const starts = sample.strata[0]?.stable.map(({ series, startedAt }) => [series, startedAt]) ?? [];
      expect(Object.fromEntries(starts)).toEqual({ 'v35/pod=born': began + 50, 'v35/pod=late': 1_000 });
      const state = observe(openJudge(settings({ startedAt: began })), sample);
      expect(state.totals.stable).toEqual({ requests: 30, bad: 3 });
      expect(state.totals.current).toEqual({ requests: 0, bad: 0 });
    });

    it('tells what the past minutes would have shown, the first failures and a restart among them', async () => {
      const from = Date.now();
      for (const counts of [
        { requests: 100, bad: 0 },
        { requests: 150, bad: 10 },
        { requests: 30, bad: 5 },
      ])
        await part.keep(pageOf({ 'eu/v40': counts }));
      const past = await within(part).history({ ...QUERY, current: 'v40' }, from, Date.now(), 100, soon());
      const intervals = past.kind === 'counts' ? past.intervals : [];
      const total = (key: 'requests' | 'bad'): number => intervals.reduce((sum, each) => sum + each[key], 0);
      expect([total('requests'), total('bad')]).toEqual([50 + 30, 10 + 5]);
    });

    it('counts as slow what is above the bound of a histogram', async () => {
      const of = (suffix: string, value: number): string => `latency_seconds_${suffix} ${value}`;
      await part.show(
        [
          of('bucket{revision="v42",le="0.1"}', 50),
          of('bucket{revision="v42",le="0.5"}', 80),
          of('bucket{revision="v42",le="+Inf"}', 100),
          of('count{revision="v42"}', 100),
        ].join('\n'),
      );
      const slow = (boundSeconds: number): MetricProvider =>
        within(part, {
          requests: undefined,
          bad: { slowerThan: { histogram: 'latency_seconds', boundSeconds } },
        });
      const sample = await slow(0.5).collect(QUERY, Date.now(), soon());
      expect(sample.strata[0]?.current).toMatchObject([{ requests: 100, bad: 20 }]);
      await expect(slow(0.3).collect(QUERY, Date.now(), soon())).rejects.toMatchObject({
        code: 'METRICS_MISCONFIGURED',
        message: expect.stringContaining('no bucket of 0.3 s; it has 0.1, 0.5, +Inf'),
      });
    });

    it('tells by bucket, and of a gauge, what the past minutes would have shown', async () => {
      const from = Date.now();
      for (const [slow, all] of [
        [10, 100],
        [40, 200],
      ] as const) {
        await part.keep(
          [
            `past_seconds_bucket{revision="v40",le="0.5"} ${all - slow}`,
            `past_seconds_bucket{revision="v40",le="+Inf"} ${all}`,
            `past_seconds_count{revision="v40"} ${all}`,
            `past_depth{revision="v40"} ${slow}`,
          ].join('\n'),
        );
      }
      const past = (settings: object) =>
        within(part, { requests: undefined, bad: undefined, ...settings }).history(
          { ...QUERY, current: 'v40' },
          from,
          Date.now(),
          100,
          soon(),
        );
      const counts = await past({ bad: { slowerThan: { histogram: 'past_seconds' } } });
      const intervals = counts.kind === 'counts' ? counts.intervals : [];
      const added = intervals.flatMap(({ requests, buckets = [] }) => (requests > 0 ? [{ requests, buckets }] : []));
      expect(added).toEqual([{ requests: 100, buckets: [{ bound: 0.5, count: 70 }] }]);
      const gauge = await past({ gauge: { name: 'past_depth' } });
      expect(gauge.kind === 'values' && [...new Set(gauge.values)]).toEqual([10, 40]);
    });

    it('leaves a series out whole when one of its counts is no number', async () => {
      const line = 'http_requests_total{revision="v39",code="200"}';
      await part.show(`${line} +Inf`);
      const sample = await within(part).collect({ ...QUERY, current: 'v39' }, Date.now(), soon());
      expect(sample.strata[0]?.current).toEqual([]);
    });

    it('asks for revisions and labels by their letters, however odd they are', async () => {
      const revision = String.raw`v1.0+a"b\c`;
      const escaped = revision.replace(/[\\"]/g, String.raw`\$&`);
      await part.show(
        [
          `http_requests_total{revision="${escaped}",code="200"} 7`,
          'http_requests_total{revision="v1x0+a",code="200"} 9',
        ].join('\n'),
      );
      const sample = await within(part).collect({ ...QUERY, current: revision }, Date.now(), soon());
      expect(sample.strata[0]?.current).toMatchObject([{ requests: 7, bad: 0 }]);
    });

    it('says that a selector cannot be asked', async () => {
      const wrong = { bad: { name: 'http_requests_total', labels: { 'no label': 'x' } } };
      await expect(within(part, wrong).collect(QUERY, Date.now(), soon())).rejects.toMatchObject({
        code: expect.stringMatching(/METRICS_(MISCONFIGURED|UNREADABLE)/),
      });
    });
  });
});
