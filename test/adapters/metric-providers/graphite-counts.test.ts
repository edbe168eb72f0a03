import { cohortDelta } from '../../../src/domain/judge/counters';
import type { MetricReading } from '../../../src/domain/judge/sample';
import { describeMetricProvider } from '../../contract/metric-provider.contract';
import { describeSliced } from '../../contract/sliced.contract';
import { needsGraphite } from './support/graphite-store';
import type { SentPoint } from './support/graphite-store';
import {
  collected,
  graphite,
  HOUR,
  line,
  newRoot,
  nodeOf,
  NOW,
  ON_THE_HOUR,
  provider,
  QUERY,
  SECOND,
  sendTotals,
  slicedGraphite,
  soon,
  stopGraphite,
} from './support/real-graphite';

needsGraphite();
afterAll(stopGraphite);

describeMetricProvider({
  name: 'graphite, with the real one and counts,',
  async create() {
    const store = await graphite();
    const root = newRoot('ten');
    const at = Math.floor(Date.now() / 10_000) * 10_000 - 30_000;
    return {
      provider: provider(store.url, root, { sends: 'counts', stepSeconds: 10 }),
      async show(target, revision, counts) {
        await sendTotals(root, [target, revision], counts, at);
      },
      unreachable: stopGraphite,
      close: () => Promise.resolve(),
    };
  },
});

describeSliced({
  name: 'graphite, with the real one and counts,',
  called: nodeOf,
  create: () => slicedGraphite('counts', 10),
});

describe('counts in a real Graphite', () => {
  const TEN = { sends: 'counts', stepSeconds: 10 };
  const STEP = 10 * SECOND;

  it('are added up since the hour, the hour before beside it', async () => {
    const store = await graphite();
    const root = newRoot('ten');
    await store.send([
      ...line(`${root}.eu.v42.requests`, [5, 7, 10, 20], STEP, ON_THE_HOUR + 2 * STEP),
      ...line(`${root}.eu.v42.bad`, [1, 0, 0, 2], STEP, ON_THE_HOUR + 2 * STEP),
    ]);
    const read = await provider(store.url, root, TEN, () => NOW).collect(QUERY, ON_THE_HOUR + 25 * SECOND, soon());
    const shared = { at: ON_THE_HOUR + 2 * STEP, everyMs: STEP };
    const since = (hour: number): string => `v42/since=${new Date(hour).toISOString()}`;
    expect(read.strata[0]?.current).toEqual([
      { series: since(ON_THE_HOUR - HOUR), requests: 12, bad: 1, startedAt: ON_THE_HOUR - 2 * STEP, ...shared },
      { series: since(ON_THE_HOUR), requests: 30, bad: 2, startedAt: ON_THE_HOUR, ...shared },
    ]);
  });

  it('are counted once each over the hour, the late ones too, and without their requests not at all', async () => {
    const store = await graphite();
    const root = newRoot('ten');
    const begin = ON_THE_HOUR - 3 * STEP;
    const sent = Array.from({ length: 9 }, (_none, index) => ({
      at: begin + (index + 1) * STEP,
      requests: 30,
      bad: index,
    }));
    const paths = (points: typeof sent, key: 'requests' | 'bad'): readonly SentPoint[] =>
      points.map((point) => ({ path: `${root}.eu.v42.${key}`, value: point[key], at: point.at }));
    const isLate = ({ at }: { readonly at: number }): boolean => at === ON_THE_HOUR - STEP;
    await store.send([
      ...paths(sent, 'requests'),
      ...paths(
        sent.filter((point) => !isLate(point)),
        'bad',
      ),
    ]);
    const added = { requests: 0, bad: 0 };
    let memory = {};
    for (let at = begin; at <= begin + 9 * STEP; at += 5 * SECOND) {
      if (at === ON_THE_HOUR + 2 * STEP) await store.send(paths(sent.filter(isLate), 'bad'));
      const read: MetricReading = await provider(store.url, root, TEN, () => at + STEP).collect(QUERY, at, soon());
      const fresh = { at, intervalMs: 5 * SECOND, phaseStartedAt: begin, needsCurrent: true };
      const delta = cohortDelta('eu', 'current', read.strata[0]?.current ?? [], memory, fresh);
      added.requests += delta?.counts.requests ?? 0;
      added.bad += delta?.counts.bad ?? 0;
      memory = { ...memory, ...delta?.memory };
    }
    expect(added).toEqual({ requests: 9 * 30, bad: 0 + 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 });
  });

  it('of nought are data, and what is not there is none', async () => {
    const sent = { 'eu.v42.requests': [0, 0], 'eu.v42.bad': [0, 0] };
    const stratum = await collected(newRoot(), sent, { sends: 'counts' });
    expect(stratum).toMatchObject({ current: [{ requests: 0, bad: 0, at: NOW }], stable: [] });
  });

  it('that are late are old, and not nought', async () => {
    const sent = {
      'eu.v42.requests': [5, 6, ...Array<null>(30).fill(null)],
      'eu.v42.bad': [0, 1, ...Array<null>(30).fill(null)],
    };
    const stratum = await collected(newRoot(), sent, { sends: 'counts' });
    expect(stratum?.current).toMatchObject([{ requests: 11, bad: 1, at: NOW - 30 * SECOND }]);
  });

  it('are asked for only where the archive reaches back to the hour before', async () => {
    const lately = Math.floor(Date.now() / SECOND) * SECOND - 2 * SECOND;
    const sent = { 'eu.v42.requests': [5], 'eu.v42.bad': [0] };
    const read = collected(newRoot('short'), sent, { sends: 'counts' }, lately);
    await expect(read).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: expect.stringContaining('is kept for less than the two hours that are needed'),
    });
  });

  it('are not rates', async () => {
    const read = collected(newRoot(), { 'eu.v42.requests': [0.5], 'eu.v42.bad': [0] }, { sends: 'counts' });
    await expect(read).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: expect.stringContaining('holds 0.5, which is a rate or an average and no count'),
    });
  });

  it('show what the past minutes added, in steps that were asked for, where all of them is known', async () => {
    const store = await graphite();
    const root = newRoot('ten');
    await store.send([
      ...line(`${root}.eu.v42.requests`, [9, 1, 2, 3, null, 4, 5, 6], STEP),
      ...line(`${root}.eu.v42.bad`, [9, 0, 1, 0, null, 2, 1, 1], STEP),
    ]);
    const read = provider(store.url, root, TEN, () => NOW + STEP);
    const past = await read.history(QUERY, NOW - 6 * STEP, NOW, 2 * STEP, soon());
    expect(past).toEqual({
      kind: 'counts',
      intervals: [
        { at: NOW - 4 * STEP, spanMs: 2 * STEP, requests: 5, bad: 1 },
        { at: NOW, spanMs: 2 * STEP, requests: 11, bad: 2 },
      ],
    });
  });
});
