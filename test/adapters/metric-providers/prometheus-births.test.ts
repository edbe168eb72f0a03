import { judge, observe, openJudge } from '../../../src/domain/judge';
import type { SeriesReading } from '../../../src/domain/judge/sample';
import { settings } from '../../domain/judge/support';
import { testDependencies } from '../support/dependencies';
import { bodyOf, listen, send } from '../support/loopback';
import { provider, QUERY } from './support/prometheus-provider';

const AT = 1_795_400_000_000;
const LONG_AGO = AT - 86_400_000;
const GAUGE = 'process_start_time_seconds';

/** A series of a store: its points 15 s apart, the newest now; `x` where the scrape has none. */
interface Shown {
  readonly name?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: string;
}

function pointsOf(values: string): readonly [number, string][] {
  const all = values.split(' ');
  return all.flatMap((value, index) =>
    value === 'x' ? [] : [[AT / 1000 - 15 * (all.length - 1 - index), value] as [number, string]],
  );
}

const counter = (pod: string, values: string, revision = 'v41'): Shown => ({
  labels: { revision, pod, code: '200' },
  values,
});

/** When the process of a pod began: at each of the last scrapes, as its gauge showed it. */
const start = (pod: string, ...startedAt: readonly (number | 'x')[]): Shown => ({
  name: GAUGE,
  labels: { pod },
  values: startedAt.map((at) => (at === 'x' ? at : at / 1000)).join(' '),
});

/** What is read of v41 where the store has these series, and what it was asked. */
async function read(shown: readonly Shown[], settingsOf: object = {}, failing = false) {
  const asked: string[] = [];
  const server = await listen((request, response) => {
    void bodyOf(request).then((body) => {
      const query = new URLSearchParams(body).get('query') ?? '';
      asked.push(query);
      const name = /__name__="([^"]*)"/.exec(query)?.[1];
      if (failing && name === GAUGE) return send(response, 422, { status: 'error', error: 'too many samples' });
      const result = shown
        .filter((each) => (each.name ?? 'http_requests_total') === name)
        .map((each) => ({ metric: { __name__: name, ...each.labels }, values: pointsOf(each.values) }));
      return send(response, 200, { status: 'success', data: { resultType: 'matrix', result } });
    });
  });
  const deps = testDependencies();
  try {
    const { strata } = await provider(server.url, settingsOf, deps).collect(QUERY, AT, AbortSignal.timeout(5_000));
    return { stable: strata[0]?.stable ?? [], asked, logged: deps.logged };
  } finally {
    await server.close();
  }
}

const startOf = (readings: readonly SeriesReading[], pod: string): number | undefined =>
  readings.find(({ series }) => series.endsWith(`/pod=${pod}`))?.startedAt;

const ALL_THE_TIME = Array.from({ length: 11 }, (_, index) => 100 + index).join(' ');

describe('when a process began', () => {
  it('is known of one that the store shows for the first time, by the gauge of the same process', async () => {
    const { stable } = await read([
      counter('born', '25'),
      counter('late', '9000'),
      start('born', AT - 9_000),
      start('late', LONG_AGO),
    ]);
    expect(startOf(stable, 'born')).toBe(AT - 9_000);
    expect(startOf(stable, 'late')).toBe(LONG_AGO);
  });

  it('makes the judge count the first failures of what was born after the phase began, and of nothing older', async () => {
    const { stable } = await read([
      counter('born', '25'),
      counter('late', '9000'),
      start('born', AT - 9_000),
      start('late', LONG_AGO),
    ]);
    const current = [{ series: 'v42', requests: 100, bad: 5, at: AT }];
    const opened = openJudge(settings({ startedAt: AT - 10_000 }));
    const state = observe(opened, { at: AT, strata: [{ target: 'eu', stable, current }] });
    expect(state.totals.stable).toEqual({ requests: 25, bad: 0 });
    expect(judge(state).decision).toBe('hold');
  });

  it('is not asked where every process has been there for as long as is looked at', async () => {
    const { asked } = await read([counter('a', ALL_THE_TIME), counter('b', ALL_THE_TIME, 'v42')]);
    expect(asked.filter((query) => query.includes(GAUGE))).toEqual([]);
  });

  it('is asked of the young alone, by the labels that tell processes apart', async () => {
    const { asked } = await read([counter('a', ALL_THE_TIME), counter('b.1', '5')]);
    expect(asked.filter((query) => query.includes(GAUGE))).toEqual([
      String.raw`{__name__="process_start_time_seconds",instance=~"",pod=~"b\\.1"}[150s]`,
    ]);
  });

  it.each([
    ['the store does not say', [counter('born', '25')], undefined],
    ['a gauge of another process says it', [counter('born', '25'), start('other', AT - 9_000)], undefined],
    ['it would lie after what was counted', [counter('born', '25'), start('born', AT + 60_000)], undefined],
    [
      'several processes go by its labels: the oldest is no younger than it',
      [
        counter('born', '25'),
        start('born', AT - 9_000),
        { ...start('born', AT - 50_000), labels: { pod: 'born', job: 'mesh' } },
      ],
      AT - 50_000,
    ],
    [
      'one before it went by its labels, and is gone',
      [
        counter('born', 'x x x 25'),
        { ...start('born', LONG_AGO, LONG_AGO, 'x', 'x'), labels: { pod: 'born', uid: '1' } },
        { ...start('born', 'x', 'x', 'x', AT - 9_000), labels: { pod: 'born', uid: '2' } },
      ],
      AT - 9_000,
    ],
    [
      'it counted on across that time, so that only its exporter is new',
      [counter('born', '9000 9010 9020'), start('born', LONG_AGO, LONG_AGO, AT - 9_000)],
      undefined,
    ],
    [
      'its counter fell there',
      [counter('born', '9000 9010 20'), start('born', LONG_AGO, LONG_AGO, AT - 9_000)],
      AT - 9_000,
    ],
    [
      'it began again before it had counted much',
      [counter('born', '30 45'), start('born', AT - 20_000, AT - 9_000)],
      AT - 9_000,
    ],
  ])('is told so where %s', async (_how, shown, expected) => {
    expect(startOf((await read(shown)).stable, 'born')).toBe(expected);
  });

  it('may be told by another gauge, or by none, as the policy says', async () => {
    const own = { ...start('born', AT - 9_000), name: 'haproxy_process_start_time_seconds' };
    const shown = [counter('born', '25'), own, start('born', AT - 5_000)];
    expect(startOf((await read(shown, { startTime: own.name })).stable, 'born')).toBe(AT - 9_000);
    const none = await read(shown, { startTime: false });
    expect(startOf(none.stable, 'born')).toBeUndefined();
    expect(none.asked).toHaveLength(2);
  });

  it('is unknown where it cannot be read, and what was counted is read all the same', async () => {
    const { stable, logged } = await read([counter('born', '25'), start('born', AT - 9_000)], {}, true);
    expect(stable).toMatchObject([{ requests: 25 }]);
    expect(startOf(stable, 'born')).toBeUndefined();
    expect(logged).toMatchObject([{ message: 'when processes began could not be read' }]);
  });
});
