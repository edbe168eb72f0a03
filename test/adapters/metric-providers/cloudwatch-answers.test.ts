import type { MetricProvider, Sliced } from '../../../src/ports';
import { bodyOf, listen, send } from '../support/loopback';
import { NOON, QUERY, soon } from './support/bucket-suite';
import { provider, withCredentials } from './support/cloudwatch-provider';
import { cloudwatchResult, JSON_1_0 } from './support/cloudwatch-stub';
import { named } from './support/named';

const MINUTE = 60_000;

withCredentials();

describe('what CloudWatch may answer, by its documentation', () => {
  type Points = readonly (readonly [number, unknown])[];
  const whole = (current: Points, bad: Points = [], stable: Points = []): object[] =>
    [current, bad, stable, []].map((points, index) => cloudwatchResult(`q${index}`, points));
  const results = (list: readonly object[], more: object = {}): object => ({ MetricDataResults: list, ...more });
  const one = (result: object): object => results([...whole([]).slice(0, 3), result]);
  const refused = (name: string, message = 'no'): object => ({ __type: `com.amazonaws.cloudwatch#${name}`, message });
  const reservation = [{ Code: 'MaxMetricsExceeded', Value: 'Maximum number of allowed metrics exceeded' }];

  /** Answers with the given pages, the last one again and again. */
  async function collected(status: number, ...pages: readonly (object | string)[]) {
    const tokens: unknown[] = [];
    const server = await listen((request, response) => {
      void bodyOf(request).then((body) => {
        const page = pages[Math.min(tokens.push(JSON.parse(body).NextToken), pages.length) - 1] ?? '';
        if (typeof page === 'string') response.writeHead(status).end(page);
        else send(response, status, page, JSON_1_0);
      });
    });
    try {
      const { strata } = await provider(server.url).collect(QUERY, NOON + 2 * MINUTE, soon());
      return { ...strata[0], tokens };
    } finally {
      await server.close();
    }
  }

  it('names the account of what may not be read, and what leads out of that', async () => {
    const page = one(cloudwatchResult('q3', [], 'Forbidden'));
    const server = await listen((_request, response) => send(response, 200, page, JSON_1_0));
    const asked = provider(server.url, { account: '111122223333' }).collect(QUERY, NOON + 2 * MINUTE, soon());
    await expect(asked).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: expect.stringContaining('of account 111122223333: link it to the monitoring account'),
    });
    await server.close();
  });

  it.each([
    ['a part of the data', 200, one(cloudwatchResult('q3', [[NOON, 9]], 'PartialData')), 'UNREADABLE', true],
    ['an error of one metric', 200, one(cloudwatchResult('q3', [], 'InternalError')), 'UNREADABLE', true],
    ['a metric that may not be read', 200, one(cloudwatchResult('q3', [], 'Forbidden')), 'MISCONFIGURED', false],
    ['a status that nobody knows', 200, one(cloudwatchResult('q3', [], 'Soon')), 'UNREADABLE', true],
    ['no result for a metric', 200, results(whole([]).slice(0, 3)), 'UNREADABLE', true],
    ['reservations', 200, results(whole([[NOON, 9]]), { Messages: reservation }), 'UNREADABLE', true],
    [
      'reservations of one metric',
      200,
      one({ ...cloudwatchResult('q3', []), Messages: reservation }),
      'UNREADABLE',
      true,
    ],
    ['pages without end', 200, results(whole([]), { NextToken: 'more' }), 'UNREADABLE', true],
    [
      'a bucket twice',
      200,
      results(
        whole([
          [NOON, 9],
          [NOON, 9],
        ]),
      ),
      'UNREADABLE',
      true,
    ],
    ['buckets that nobody asked for', 200, results(whole([[NOON + 7_000, 9]])), 'UNREADABLE', true],
    ['fewer values than times', 200, one({ ...cloudwatchResult('q3', [[NOON, 9]]), Values: [] }), 'UNREADABLE', true],
    ['null for a number', 200, results(whole([[NOON, null]])), 'UNREADABLE', true],
    ['a number without end', 200, results(whole([[NOON, 'Infinity']])), 'UNREADABLE', true],
    ['no results', 200, {}, 'UNREADABLE', true],
    ['a page', 200, '<html>', 'UNREADABLE', true],
    ['more than anybody reads', 200, 'x'.repeat(9_000_000), 'TOO_LARGE', true],
    ['a wrong question', 400, refused('InvalidParameterValueException'), 'MISCONFIGURED', false],
    ['what is not allowed', 403, refused('AccessDeniedException', 'of AKIA-hidden'), 'MISCONFIGURED', false],
    ['a wrong token', 403, refused('UnrecognizedClientException', 'session-hidden'), 'MISCONFIGURED', false],
    ['a token that has expired', 403, refused('ExpiredTokenException'), 'UNREACHABLE', true],
    ['a clock that is wrong', 403, refused('InvalidSignatureException', 'Signature expired: now'), 'UNREACHABLE', true],
    ['too many questions', 400, refused('ThrottlingException', 'Rate exceeded'), 'UNREACHABLE', true],
    ['another address', 302, {}, 'MISCONFIGURED', false],
    ['a fault of its own', 500, refused('InternalServiceFault'), 'UNREACHABLE', true],
    ['being away', 503, 'later', 'UNREACHABLE', true],
  ])('%s has a name and is never taken for good', async (_name, status, answer, code, retryable) => {
    await expect(collected(status, answer)).rejects.toMatchObject(named(code, retryable));
  });

  it('reads all pages, of which only the last has to be complete', async () => {
    const first = results([cloudwatchResult('q0', [[NOON, 9]], 'PartialData')], { NextToken: 'more' });
    const read = await collected(200, first, results(whole([[NOON + MINUTE, 5]], [[NOON, 2]], [[NOON, 8]])));
    expect(read).toMatchObject({
      tokens: [undefined, 'more'],
      current: [{ requests: 14, bad: 2 }],
      stable: [{ requests: 8, bad: 0 }],
    });
  });

  describe('of whose pages one after the first is not there', () => {
    const metric = { Namespace: 'Shop', MetricName: 'Requests', Dimensions: [{ Name: 'Route', Value: '/pay' }] };
    const window = { from: NOON, to: NOON + MINUTE, stepMs: 10_000 };
    const counts = results(whole([[NOON, 9]]), { NextToken: 'more' });
    const ask = {
      counts: (asked: Sliced & MetricProvider) => asked.collect(QUERY, NOON + 2 * MINUTE, soon()),
      values: (asked: Sliced & MetricProvider) => asked.slices(QUERY, 'Route', window, soon()),
    };

    it.each([
      ['counts', 400, counts, refused('ThrottlingException', 'Rate exceeded'), {}],
      ['counts', 429, counts, {}, { retryAfterMs: 7_000 }],
      ['values', 429, { Metrics: [metric], NextToken: 'more' }, {}, { retryAfterMs: 7_000 }],
      ['values', 503, { Metrics: [metric], NextToken: 'more' }, refused('ServiceUnavailable'), {}],
    ] as const)('says so of %s (%i), and shows nothing of the first', async (what, status, first, second, more) => {
      const tokens: unknown[] = [];
      const server = await listen((request, response) => {
        void bodyOf(request).then((body) => {
          const isFirst = tokens.push(JSON.parse(body).NextToken) === 1;
          send(response, isFirst ? 200 : status, isFirst ? first : second, { ...JSON_1_0, 'retry-after': '7' });
        });
      });
      try {
        await expect(ask[what](provider(server.url))).rejects.toMatchObject({
          code: 'METRICS_UNREACHABLE',
          retryable: true,
          ...more,
        });
      } finally {
        await server.close();
      }
      expect(tokens).toEqual([undefined, 'more']);
    });
  });

  it('is no answer by a dimension without which nothing is published, for all requests are counted without it', async () => {
    const dimensions = ['Service', 'Version', 'Route'].map((Name) => ({
      Name,
      Value: Name === 'Service' ? 'checkout' : Name,
    }));
    const server = await listen((request, response) => {
      void bodyOf(request).then((body) => {
        const { MetricDataQueries } = JSON.parse(body);
        const answer =
          MetricDataQueries === undefined
            ? { Metrics: [{ Namespace: 'Shop', MetricName: 'Requests', Dimensions: dimensions }] }
            : results(
                MetricDataQueries.map(({ Id }: { Id: string }, index: number) =>
                  cloudwatchResult(Id, index < 4 ? [] : [[NOON, 5]]),
                ),
              );
        send(response, 200, answer, JSON_1_0);
      });
    });
    const window = { from: NOON, to: NOON + MINUTE, stepMs: 10_000 };
    const asked = provider(server.url).slices(QUERY, 'Route', window, soon());
    await expect(asked).rejects.toMatchObject({
      code: 'METRICS_UNREADABLE',
      message: expect.stringContaining('counted more requests with Route than in all'),
    });
    await server.close();
  });

  it('does not wait for an answer longer than it may', async () => {
    const server = await listen(() => undefined);
    const read = provider(server.url, { timeoutMs: 200 }).collect(QUERY, NOON, soon());
    await expect(read).rejects.toMatchObject({ code: 'METRICS_UNREACHABLE', retryable: true });
    await server.close();
  });

  it.each([
    ['a metric or dimension that nobody knows, an empty answer,', whole([])],
    ['nothing but zeros', whole([[NOON, 0]], [[NOON, 0]])],
    ['failures without requests', whole([], [[NOON, 3]])],
  ])('takes %s for missing data', async (_name, list) => {
    expect(await collected(200, results(list))).toMatchObject({ target: 'eu', current: [], stable: [] });
  });

  it.each([
    ['no number', [[NOON, 'NaN']] as Points, [[NOON, 0]] as Points],
    ['negative', [[NOON, 5]] as Points, [[NOON, -1]] as Points],
    ['too large for its requests', [[NOON, 5]] as Points, [[NOON, 6]] as Points],
  ])('leaves a cohort out whole when a count is %s', async (_name, requests, bad) => {
    expect(await collected(200, results(whole(requests, bad, [[NOON, 8]])))).toMatchObject({
      current: [],
      stable: [{ requests: 8, bad: 0 }],
    });
  });

  it('takes a failure that is counted in the bucket after its request for what it is', async () => {
    const read = await collected(200, results(whole([[NOON, 5]], [[NOON + MINUTE, 1]])));
    expect(read.current).toMatchObject([{ requests: 5, bad: 1 }]);
  });
});
