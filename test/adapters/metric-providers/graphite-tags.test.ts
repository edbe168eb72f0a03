import type { Added } from '../../../src/ports';
import { describeSliced } from '../../contract/sliced.contract';
import { TcpGate } from '../../support/tcp-gate';
import { needsGraphite, startGraphite } from './support/graphite-store';
import type { GraphiteStore, SentPoint } from './support/graphite-store';
import { NOW, provider, QUERY, SECOND, soon } from './support/real-graphite';

needsGraphite();
let store: GraphiteStore;
let names = 0;
beforeAll(async () => (store = await startGraphite({ isTagged: true })), 60_000);
afterAll(() => store.close());

const newName = (): string => `shop${(names += 1)}`;

/** The settings of a provider of these tagged series. */
const tagged = (name: string, more: object = {}): object => ({
  revisionLabel: 'version',
  targetLabel: 'region',
  requests: { name: `${name}.requests`, tags: { service: 'checkout' } },
  bad: { name: `${name}.bad`, tags: { service: 'checkout' } },
  ...more,
});

/** One value of a series; tags in the order of the alphabet, as carbon keeps them. */
function point(name: string, tags: Readonly<Record<string, string>>, value: number, at = NOW): SentPoint {
  const sorted = Object.entries({ service: 'checkout', ...tags }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { path: [name, ...sorted.map(([key, tag]) => `${key}=${tag}`)].join(';'), value, at };
}

describeSliced({
  name: 'graphite, with the real one and tagged series,',
  async create() {
    const way = new TcpGate();
    await way.open(new URL(store.url).host);
    const name = newName();
    const shown: SentPoint[] = [];
    let at = NOW - SECOND;
    return {
      provider: provider(`http://${way.address}`, '', tagged(name), () => NOW + SECOND),
      async show(target, revision, route, { requests, bad }: Added) {
        const tags = { region: target, version: revision, ...(route === '' ? {} : { route }) };
        shown.push(point(`${name}.requests`, tags, requests, at), point(`${name}.bad`, tags, bad, at));
      },
      clock: {
        turn() {
          at = NOW;
          return NOW - SECOND;
        },
        async end() {
          await store.send(shown.splice(0));
          return NOW;
        },
      },
      unreachable: async () => way.close(),
      close: async () => way.close(),
    };
  },
});

describe('tagged series in a real Graphite', () => {
  const of = (name: string, settings: object = {}) =>
    provider(store.url, '', tagged(name, settings), () => NOW + SECOND);
  const EU = { region: 'eu', version: 'v42' };

  it('are counted by process and added up over their other tags, where all that is asked for fits', async () => {
    const name = newName();
    await store.send([
      point(`${name}.requests`, { ...EU, pod: 'a', route: '/pay' }, 90),
      point(`${name}.bad`, { ...EU, pod: 'a', route: '/pay' }, 2),
      point(`${name}.requests`, { ...EU, pod: 'a', route: '/cart' }, 8),
      point(`${name}.bad`, { ...EU, pod: 'a', route: '/cart' }, 0),
      point(`${name}.requests`, { ...EU, pod: 'a', service: 'other' }, 1_000),
      point(`${name}.requests`, { ...EU, version: 'v421', pod: 'a' }, 1_000),
      point(`${name}.requests`, { ...EU, region: 'us', pod: 'a' }, 1_000),
    ]);
    const { strata } = await of(name).collect(QUERY, NOW, soon());
    expect(strata).toMatchObject([{ current: [{ series: 'v42/pod=a', requests: 98, bad: 2, at: NOW }], stable: [] }]);
  });

  it('of which one half of a pair stops are not taken for no failures', async () => {
    const name = newName();
    await store.send([
      point(`${name}.requests`, { ...EU, route: '/pay' }, 90),
      point(`${name}.bad`, { ...EU, route: '/pay' }, 2),
      point(`${name}.requests`, { ...EU, route: '/cart' }, 8),
    ]);
    await expect(of(name).collect(QUERY, NOW, soon())).rejects.toMatchObject({
      code: 'METRICS_UNREADABLE',
      message: expect.stringMatching(/requests of v42 on eu \(route=\/cart\) go on .* bad ones are not there/),
    });
    const { strata } = await of(name, { zeros: 'omitted' }).collect(QUERY, NOW, soon());
    expect(strata).toMatchObject([{ current: [{ requests: 98, bad: 2 }] }]);
  });

  it('have bad ones among their requests by a tag, which tells classes apart', async () => {
    const name = newName();
    const settings = { bad: { name: `${name}.requests`, tags: { service: 'checkout', code: '503' } } };
    for (const [index, at] of [NOW - SECOND, NOW].entries())
      await store.send([
        point(`${name}.requests`, { ...EU, code: '200' }, 100 + 40 * index, at),
        point(`${name}.requests`, { ...EU, code: '503' }, 10 + 7 * index, at),
      ]);
    const asked = of(name, settings);
    const { strata } = await asked.collect(QUERY, NOW, soon());
    expect(strata).toMatchObject([{ current: [{ requests: 157, bad: 17 }] }]);
    const { values } = await asked.slices(QUERY, 'code', { from: NOW - SECOND, to: NOW, stepMs: SECOND }, soon());
    const none = [{ requests: 0, bad: 0 }];
    expect(values.toSorted((a, b) => (a.value < b.value ? -1 : 1))).toEqual([
      { value: '200', current: [{ requests: 40, bad: 0 }], stable: none },
      { value: '503', current: [{ requests: 7, bad: 7 }], stable: none },
    ]);
  });

  it('hold counts as well, of which each set of tags is a pair', async () => {
    const name = newName();
    await store.send(
      ['/pay', '/cart'].flatMap((route, index) => [
        point(`${name}.requests`, { ...EU, route }, 5),
        point(`${name}.bad`, { ...EU, route }, index),
      ]),
    );
    const { strata } = await of(name, { sends: 'counts' }).collect(QUERY, NOW, soon());
    const own = strata[0]?.current ?? [];
    expect(own.toSorted((a, b) => a.bad - b.bad)).toMatchObject([
      { requests: 5, bad: 0 },
      { requests: 5, bad: 1 },
    ]);
  });
});
