import { testDependencies } from '../support/dependencies';
import { listen, send } from '../support/loopback';
import { provider, QUERY } from './support/prometheus-provider';

const soon = (): AbortSignal => AbortSignal.timeout(5_000);

describe('what a store may answer', () => {
  const at = 1_795_400_000_000;
  const seconds = at / 1000;
  const success = (result: object[], more: object = {}) => ({
    status: 'success',
    data: { resultType: 'matrix', result },
    ...more,
  });
  const series = (labels: object, values: [number, string][]) => ({
    metric: { __name__: 'http_requests_total', revision: 'v42', ...labels },
    values,
  });

  async function collected(status: number, answer: object | string, settings: object = {}) {
    const server = await listen((_request, response) =>
      typeof answer === 'string' ? response.writeHead(status).end(answer) : send(response, status, answer),
    );
    try {
      return (await provider(server.url, settings).collect(QUERY, at, soon())).strata[0]?.current;
    } finally {
      await server.close();
    }
  }

  it.each([
    ['an error with status 200', 200, { status: 'error', errorType: 'timeout', error: 'too slow' }, 'UNREADABLE', true],
    ['warnings', 200, success([], { warnings: ['a replica is missing'] }), 'UNREADABLE', true],
    ['a part', 200, success([], { isPartial: true }), 'UNREADABLE', true],
    [
      'another kind of result',
      200,
      { status: 'success', data: { resultType: 'vector', result: [] } },
      'UNREADABLE',
      true,
    ],
    ['a page', 200, '<html>', 'UNREADABLE', true],
    ['a question it cannot compute', 422, { status: 'error', error: 'too many samples' }, 'UNREADABLE', true],
    ['a wrong question', 400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, 'MISCONFIGURED', false],
    ['no access', 401, 'who are you', 'MISCONFIGURED', false],
    ['a wrong address', 404, '404 page not found', 'MISCONFIGURED', false],
    ['too many questions', 429, 'slow down', 'UNREACHABLE', true],
    ['being away', 503, { status: 'error', errorType: 'unavailable', error: 'starting' }, 'UNREACHABLE', true],
  ])('%s has a name and is never taken for good', async (_name, status, answer, code, retryable) => {
    await expect(collected(status, answer)).rejects.toMatchObject({ code: `METRICS_${code}`, retryable });
  });

  it('waits as long as a store that is asked too often wants', async () => {
    const server = await listen((_request, response) => send(response, 429, {}, { 'retry-after': '7' }));
    await expect(provider(server.url).collect(QUERY, at, soon())).rejects.toMatchObject({ retryAfterMs: 7_000 });
    await server.close();
  });

  it('takes requests and failures of one scrape, though the store has more of one', async () => {
    const answer = success([
      series({ code: '200' }, [
        [seconds - 30, '80'],
        [seconds - 15, '90'],
        [seconds, '100'],
      ]),
      series({ code: '500' }, [
        [seconds - 30, '4'],
        [seconds - 15, '6'],
      ]),
    ]);
    expect(await collected(200, answer)).toMatchObject([{ requests: 96, bad: 6, at: at - 15_000, everyMs: 15_000 }]);
  });

  it('no longer counts a series that a restart has left behind', async () => {
    const answer = success([
      series({ code: '200' }, [
        [seconds - 45, '80'],
        [seconds - 30, '3'],
        [seconds - 15, '9'],
        [seconds, '15'],
      ]),
      series({ code: '500' }, [[seconds - 45, '40']]),
    ]);
    expect(await collected(200, answer)).toMatchObject([{ requests: 15, bad: 0, at }]);
  });

  /** Points 15 s apart up to now, newest last; `x` where the scrape has none. */
  const every15 = (values: string): [number, string][] =>
    values
      .split(' ')
      .toReversed()
      .map((value, ago): [number, string] => [seconds - 15 * ago, value])
      .filter(([, value]) => value !== 'x')
      .toReversed();

  it.each([
    ['as of the scrape before one that failed, which is marked', '80 90 NaN', '4 6 NaN', [96, 6, 15]],
    ['as of the last good scrape, while more of them fail', '80 90 NaN x', '4 6 NaN x', [96, 6, 30]],
    ['again when scrapes are good again', '90 NaN 120', '6 NaN 9', [129, 9, 0]],
    ['as of the scrape before a series ended, for it may be broken', '80 90 100', '4 6 NaN', [96, 6, 15]],
    ['as of that also one scrape later', '90 5 10', '6 NaN x', [96, 6, 30]],
    ['without the series that ended as soon as it is surely gone', '5 10 15 20', '6 NaN x x', [20, 0, 0]],
    [
      'older and older while one of its counters is broken, so that it is no longer used',
      '7 8 9 10',
      '1 NaN NaN NaN',
      [8, 1, 45],
    ],
    ['with nothing where a counter was never a number', '7 8 9 10', 'NaN NaN NaN NaN', undefined],
    ['as of the scrape before one without end', '80 90 +Inf', '4 6 7', [96, 6, 15]],
  ] as const)('reads a process %s', async (_name, fine, failed, expected) => {
    const answer = success([series({ code: '200' }, every15(fine)), series({ code: '500' }, every15(failed))]);
    const [requests, bad, ago] = expected ?? [];
    const read = await collected(200, answer);
    expect(read?.map((reading) => [reading.requests, reading.bad, reading.at])).toEqual(
      ago === undefined ? [] : [[requests, bad, at - 1_000 * ago]],
    );
  });

  it('reads one process beside another whose scrape failed', async () => {
    const answer = success([
      series({ instance: 'a', code: '200' }, every15('80 90 NaN')),
      series({ instance: 'b', code: '200' }, every15('70 75 80')),
    ]);
    expect(await collected(200, answer)).toMatchObject([
      { requests: 90, at: at - 15_000 },
      { requests: 80, at },
    ]);
  });

  it('shows who asks, and keeps the token out of what it says', async () => {
    const seen: (string | undefined)[] = [];
    const server = await listen((request, response) => {
      seen.push(request.headers.authorization, String(request.headers['x-scope-orgid']));
      send(response, 400, { status: 'error', error: 'no, hidden' });
    });
    const settings = { token: '${env:TOKEN}', tenant: 'shop' };
    const asked = provider(server.url, settings, testDependencies({ '${env:TOKEN}': 'hidden' })).collect(
      QUERY,
      at,
      soon(),
    );
    await expect(asked).rejects.toMatchObject({ message: expect.not.stringContaining('hidden') });
    await server.close();
    expect(seen.slice(0, 2)).toEqual(['Bearer hidden', 'shop']);
  });

  it('refuses to count everything for each of several targets', async () => {
    const read = provider('http://127.0.0.1:1/').collect({ ...QUERY, targets: ['eu', 'us'] }, at, soon());
    await expect(read).rejects.toMatchObject({ message: '"targetLabel" or "targets" has to tell eu and us apart' });
  });

  it('tells targets apart by labels of their own', async () => {
    const answer = success([
      series({ zone: 'a', code: '200' }, [[seconds, '5']]),
      series({ zone: 'b', code: '200' }, [[seconds, '7']]),
    ]);
    expect(await collected(200, answer, { targets: { eu: { zone: 'b' } } })).toMatchObject([{ requests: 7 }]);
    await expect(collected(200, answer, { targets: { us: { zone: 'b' } } })).rejects.toMatchObject({
      message: 'no labels for target eu in "targets"',
    });
  });
});
