import { describeMetricProvider } from '../../contract/metric-provider.contract';
import { describeSliced } from '../../contract/sliced.contract';
import { needsGraphite } from './support/graphite-store';
import {
  collected,
  graphite,
  line,
  newRoot,
  nodeOf,
  NOW,
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
  name: 'graphite, with the real one and counters,',
  async create() {
    const store = await graphite();
    const root = newRoot();
    return {
      provider: provider(store.url, root),
      async show(target, revision, counts) {
        const at = Math.floor(Date.now() / SECOND) * SECOND - 2 * SECOND;
        await sendTotals(root, [target, revision], counts, at);
      },
      unreachable: stopGraphite,
      close: () => Promise.resolve(),
    };
  },
});

describeSliced({
  name: 'graphite, with the real one and counters,',
  called: nodeOf,
  create: () => slicedGraphite('counters', 1),
});

describe('counters in a real Graphite', () => {
  it('are read as they were sent, each process by itself, with their own time and how often they come', async () => {
    const root = newRoot();
    const settings = {
      requests: `${root}.{target}.{revision}.{instance}.requests`,
      bad: `${root}.{target}.{revision}.{instance}.bad`,
    };
    const sent = {
      'eu.v42.a.requests': [80, null, 90, null, 100, null],
      'eu.v42.a.bad': [1, null, 2, null, 3, null],
      'eu.v42.b.requests': [7],
      'eu.v42.b.bad': [0],
    };
    expect((await collected(root, sent, settings))?.current).toEqual([
      { series: 'v42/instance=a', requests: 100, bad: 3, at: NOW - SECOND, everyMs: 2 * SECOND },
      { series: 'v42/instance=b', requests: 7, bad: 0, at: NOW },
    ]);
  });

  it('are told apart by the labels of their paths, and judged together', async () => {
    const root = newRoot();
    const settings = {
      requests: `${root}.{target}.{revision}.{label:route}.{instance}.requests`,
      bad: `${root}.{target}.{revision}.{label:route}.{instance}.bad`,
    };
    const sent = {
      'eu.v42.pay.a.requests': [80, 90],
      'eu.v42.pay.a.bad': [1, 2],
      'eu.v42.cart.a.requests': [7, 8],
      'eu.v42.cart.a.bad': [0, 0],
    };
    const read = (await collected(root, sent, settings))?.current ?? [];
    expect(Object.fromEntries(read.map(({ series, requests, bad }) => [series, `${bad} of ${requests}`]))).toEqual({
      'v42/instance=a/route=cart': '0 of 8',
      'v42/instance=a/route=pay': '2 of 90',
    });
    const store = await graphite();
    const asked = provider(store.url, root, settings, () => NOW + SECOND);
    const window = { from: NOW - SECOND, to: NOW, stepMs: SECOND };
    const { values } = await asked.slices(QUERY, 'instance', window, soon());
    expect(values).toEqual([{ value: 'a', current: [{ requests: 11, bad: 1 }], stable: [{ requests: 0, bad: 0 }] }]);
  });

  it('are not read in a step that is not over', async () => {
    const root = newRoot();
    const store = await graphite();
    await store.send([...line(`${root}.eu.v42.requests`, [10, 20]), ...line(`${root}.eu.v42.bad`, [1, 2])]);
    const during = await provider(store.url, root, {}, () => NOW + 500).collect(QUERY, NOW + 500, soon());
    expect(during.strata[0]?.current).toMatchObject([{ requests: 10, bad: 1, at: NOW - SECOND }]);
  });

  it.each([
    ['have stopped', [0, 0, null, null], 'bad ones only until'],
    ['have never come', [], 'bad ones are not there'],
  ])('never count as without failures where the bad ones %s and the requests go on', async (_name, bad, says) => {
    const read = collected(newRoot(), { 'eu.v42.requests': [1, 2, 3, 4], 'eu.v42.bad': bad });
    await expect(read).rejects.toMatchObject({
      code: 'METRICS_UNREADABLE',
      retryable: true,
      message: expect.stringContaining(says),
    });
  });

  it('are of the last instant that both have, where one is a step late', async () => {
    const sent = { 'eu.v42.requests': [1, 2, 3, 4], 'eu.v42.bad': [0, 0, 1, null] };
    expect((await collected(newRoot(), sent))?.current).toMatchObject([{ requests: 3, bad: 1, at: NOW - SECOND }]);
  });

  it('need no bad ones where it is said that none are sent for nothing', async () => {
    const stratum = await collected(newRoot(), { 'eu.v42.requests': [1, 2] }, { zeros: 'omitted' });
    expect(stratum).toMatchObject({ current: [{ requests: 2, bad: 0 }], stable: [] });
  });

  it('are added up over a glob, requests and bad ones from the same paths', async () => {
    const root = newRoot();
    const settings = {
      zeros: 'omitted',
      requests: `${root}.{target}.{revision}.{ok,5*}`,
      bad: `${root}.{target}.{revision}.5?0`,
    };
    const sent = { 'eu.v42.ok': [90, 100], 'eu.v42.500': [1, 2], 'eu.v42.510': [0, 1], 'eu.v42.503': [5, 5] };
    expect((await collected(root, sent, settings))?.current).toMatchObject([{ requests: 108, bad: 3 }]);
  });

  it('are those of the point before where one of them is infinite', async () => {
    const sent = { 'eu.v42.requests': [5, Infinity], 'eu.v42.bad': [0, 0], 'eu.v41.requests': [5], 'eu.v41.bad': [1] };
    const read = await collected(newRoot(), sent);
    expect(read).toMatchObject({ current: [{ requests: 5, bad: 0 }], stable: [{ requests: 5, bad: 1 }] });
    expect(read?.current[0]?.at).toBe((read?.stable[0]?.at ?? 0) - SECOND);
  });

  it('are those of the revision that was asked for, dots and all', async () => {
    const root = newRoot();
    const store = await graphite();
    const names = ['v1_2', 'v1_20', 'v1', 'v1_2b'];
    await store.send(
      names.flatMap((name, index) => [
        ...line(`${root}.eu.${name}.requests`, [index + 1]),
        ...line(`${root}.eu.${name}.bad`, [0]),
      ]),
    );
    const dotted = provider(store.url, root, { replace: { '.': '_' } }, () => NOW + SECOND);
    const read = await dotted.collect({ targets: ['eu'], current: 'v1.2', stable: 'v1' }, NOW, soon());
    expect(read.strata[0]).toMatchObject({
      current: [{ series: 'v1.2', requests: 1 }],
      stable: [{ series: 'v1', requests: 3 }],
    });
  });

  it('show what the past minutes would have shown, a restart among them', async () => {
    const store = await graphite();
    const root = newRoot();
    await store.send([
      ...line(`${root}.eu.v42.requests`, [100, 110, 150, null, 20, 30]),
      ...line(`${root}.eu.v42.bad`, [0, 0, 10, null, 1, 5]),
    ]);
    const read = provider(store.url, root, {}, () => NOW + SECOND);
    const past = await read.history(QUERY, NOW - 5 * SECOND, NOW, SECOND, soon());
    const added = past.kind === 'counts' ? past.intervals.filter(({ requests }) => requests > 0) : [];
    expect(added).toMatchObject([
      { at: NOW - 4 * SECOND, requests: 10, bad: 0 },
      { at: NOW - 3 * SECOND, requests: 40, bad: 10 },
      { at: NOW - SECOND, requests: 20, bad: 1 },
      { at: NOW, requests: 10, bad: 4 },
    ]);
  });

  it('are not taken from an archive of averages', async () => {
    const store = await graphite();
    const root = newRoot('coarse');
    const at = Math.floor(Date.now() / SECOND) * SECOND - 2 * SECOND;
    await store.send([
      ...line(`${root}.eu.v42.requests`, [5], SECOND, at),
      ...line(`${root}.eu.v42.bad`, [0], SECOND, at),
    ]);
    const read = provider(store.url, root);
    const message = expect.stringContaining('came in steps of 10 s and not of 1 s: "stepSeconds" is wrong');
    await expect(read.collect(QUERY, at, soon())).rejects.toMatchObject({ code: 'METRICS_MISCONFIGURED', message });
    const past = await read.history(QUERY, at - 60 * SECOND, at, SECOND, soon());
    expect(past).toMatchObject({ kind: 'unavailable', because: message });
  });

  it('are gauges and events as well', async () => {
    const root = newRoot();
    const none = { requests: undefined, bad: undefined };
    const gauge = { ...none, sends: undefined, gauge: `${root}.{target}.{revision}.depth` };
    const events = { ...none, events: `${root}.{target}.{revision}.crashes` };
    expect((await collected(root, { 'eu.v42.depth': [1, -0.5] }, gauge))?.current).toMatchObject([
      { value: -0.5, at: NOW },
    ]);
    expect((await collected(root, { 'eu.v42.crashes': [1, 3] }, events))?.current).toMatchObject([
      { requests: 0, bad: 3 },
    ]);
  });
});
