import type { MetricProvider, Sliced } from '../../../src/ports';
import { testDependencies } from '../support/dependencies';
import { bodyOf, listen, send } from '../support/loopback';
import { describeBucketProvider, NOON, QUERY, soon } from './support/bucket-suite';
import { nrqlAnswer, startNerdGraphStub } from './support/nerdgraph-stub';
import { slicedProvider } from './support/sliced-provider';
import { named } from './support/named';

const HOUR = 3_600_000;
const WINDOW = { from: NOON, to: NOON + 60_000, stepMs: 10_000 };

function provider(url: string, settings: object = {}): MetricProvider & Sliced {
  const config = {
    type: 'newrelic',
    url,
    accountId: 7,
    userKey: '${env:KEY}',
    requests: { appName: 'checkout' },
    bad: { error: true },
    ...settings,
  };
  const deps = testDependencies({ '${env:KEY}': 'NRAK-hidden' });
  return slicedProvider(config, deps);
}

describeBucketProvider({
  name: 'newrelic, before a stub of NerdGraph,',
  start: startNerdGraphStub,
  targetLabel: 'region',
  provider: (url, byTarget) => provider(url, byTarget ? { targetLabel: 'region' } : {}),
});

describe('the newrelic provider, before a stub of NerdGraph', () => {
  it('never asks for more buckets than NRQL allows, however long the past is', async () => {
    const stub = await startNerdGraphStub([]);
    await provider(stub.url).history(QUERY, NOON - 72 * HOUR, NOON, 10_000, soon());
    await stub.close();
    const seconds = Number(/TIMESERIES (\d+) seconds/.exec(stub.asked[0]?.nrql ?? '')?.[1]);
    expect((72 * 3_600) / seconds).toBeLessThanOrEqual(366);
  });

  it('asks for a label by its values, and for what lacks it beside', async () => {
    const stub = await startNerdGraphStub([]);
    const settings = { targetLabel: 'region' };
    await provider(stub.url, settings).slices(QUERY, 'request.uri', WINDOW, soon());
    await stub.close();
    const where =
      "FROM `Transaction` WHERE `appName` = 'checkout' AND `revision` IN ('v42', 'v41') AND `region` IN ('eu')";
    const span = `SINCE ${NOON - 30_000} UNTIL ${NOON + 60_000}`;
    expect(stub.asked.map(({ nrql }) => nrql.slice(nrql.indexOf('FROM'))).toSorted()).toEqual(
      [
        `${where} AND \`request.uri\` IS NOT NULL ${span} FACET \`revision\`, \`region\`, \`request.uri\` LIMIT 5000 TIMESERIES 30 seconds`,
        `${where} AND \`request.uri\` IS NULL ${span} FACET \`revision\`, \`region\` LIMIT 2 TIMESERIES 30 seconds`,
      ].toSorted(),
    );
  });

  it('asks for no label that no attribute can be called', async () => {
    const stub = await startNerdGraphStub([]);
    await expect(provider(stub.url).slices(QUERY, 'a` OR 1', WINDOW, soon())).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: '"a` OR 1" cannot be the name of an attribute of New Relic',
    });
    await stub.close();
    expect(stub.asked).toEqual([]);
  });

  it('asks with every value quoted, however odd it is, and shows who asks', async () => {
    const stub = await startNerdGraphStub([]);
    const settings = {
      targetLabel: 'region',
      requests: { appName: "it's" },
      bad: { error: true, duration: { atLeast: 0.5 }, code: 5 },
    };
    const current = String.raw`v1\' OR 1=1 --`;
    await provider(stub.url, settings).collect({ ...QUERY, current }, NOON, soon());
    await stub.close();
    expect(stub.asked).toEqual([
      {
        key: 'NRAK-hidden',
        account: 7,
        nrql:
          "SELECT count(*) AS 'requests', filter(count(*), WHERE `error` IS true AND `duration` >= 0.5 AND `code` = 5) AS 'bad' " +
          String.raw`FROM ${'`Transaction`'} WHERE ${'`appName`'} = 'it\'s' AND ${'`revision`'} IN ('v1\\\' OR 1=1 --', 'v41') ` +
          `AND \`region\` IN ('eu') SINCE ${NOON - HOUR} UNTIL ${NOON} FACET \`revision\`, \`region\` LIMIT 2 TIMESERIES 30 seconds`,
      },
    ]);
  });

  it.each([
    ['an attribute that is none', { revisionLabel: 'a` OR 1' }, 'must be an attribute'],
    ['no condition for bad ones', { bad: {} }, 'every request would be bad'],
    ['a key in the file', { userKey: 'NRAK-1' }, 'must be a reference'],
    ['a bucket that does not divide an hour', { bucketSeconds: 45 }, 'bucketSeconds'],
  ])('refuses %s when the policy is read', (_name, settings, message) => {
    expect(() => provider('http://127.0.0.1:1/', settings)).toThrow(message);
  });
});

describe('what NerdGraph may answer, by its documentation', () => {
  const row = (counts: object, facet: unknown = 'v42', from = NOON): object => ({
    beginTimeSeconds: from / 1000,
    endTimeSeconds: from / 1000 + 30,
    facet,
    ...counts,
  });
  const errors = (errorClass: string, message = 'no', more: object = {}): object => ({
    errors: [{ message, extensions: { errorClass } }],
    ...more,
  });

  async function collected(status: number, answer: object | string, headers: Record<string, string> = {}) {
    const server = await listen((_request, response) =>
      typeof answer === 'string' ? response.writeHead(status).end(answer) : send(response, status, answer, headers),
    );
    try {
      return (await provider(server.url).collect(QUERY, NOON + 60_000, soon())).strata[0];
    } finally {
      await server.close();
    }
  }

  it.each([
    ['errors with status 200', 200, errors('SERVER_ERROR'), 'UNREADABLE', true],
    ['a query that took too long', 200, errors('TIMEOUT'), 'UNREADABLE', true],
    [
      'a part beside errors',
      200,
      errors('TIMEOUT', 'no', nrqlAnswer([row({ requests: 9, bad: 0 })])),
      'UNREADABLE',
      true,
    ],
    ['reservations', 200, nrqlAnswer([row({ requests: 9, bad: 0 })], ['partial results']), 'UNREADABLE', true],
    ['a bucket twice', 200, nrqlAnswer([1, 2].map(() => row({ requests: 9, bad: 0 }))), 'UNREADABLE', true],
    ['rows without counts', 200, nrqlAnswer([row({ count: 9 })]), 'UNREADABLE', true],
    ['no account', 200, { data: { actor: { account: null } } }, 'UNREADABLE', true],
    ['a page', 200, '<html>', 'UNREADABLE', true],
    ['more than anybody reads', 200, 'x'.repeat(9_000_000), 'TOO_LARGE', true],
    ['a wrong question', 200, errors('SERVER_ERROR', 'NRQL Syntax Error: at line 1'), 'MISCONFIGURED', false],
    ['an account that the key may not read', 200, errors('ACCESS_DENIED'), 'MISCONFIGURED', false],
    ['a wrong key', 401, errors('', 'Invalid API key NRAK-hidden'), 'MISCONFIGURED', false],
    ['too many questions at once', 200, errors('TOO_MANY_REQUESTS'), 'UNREACHABLE', true],
    ['being away', 503, 'later', 'UNREACHABLE', true],
  ])('%s has a name and is never taken for good', async (_name, status, answer, code, retryable) => {
    await expect(collected(status, answer)).rejects.toMatchObject(named(code, retryable, 'NRAK-hidden'));
  });

  /** What is told of a label where everything that is asked for has the same answer. */
  async function sliced(rows: readonly object[]) {
    const server = await listen((request, response) => {
      void bodyOf(request).then((body) =>
        send(response, 200, nrqlAnswer(String(JSON.parse(body).variables.nrql).includes('IS NOT NULL') ? rows : [])),
      );
    });
    try {
      return (await provider(server.url).slices(QUERY, 'code', WINDOW, soon())).values;
    } finally {
      await server.close();
    }
  }

  it('may name values that are numbers or truth values', async () => {
    const rows = [500, true].map((value) => row({ requests: 9, bad: 3 }, ['v42', value]));
    expect((await sliced(rows)).map(({ value }) => value)).toEqual(['500', 'true']);
  });

  it('is not taken for whole where it holds as many values as New Relic shows of more', async () => {
    const rows = Array.from({ length: 5_000 }, (_none, index) => row({ requests: 1, bad: 0 }, ['v42', `/${index}`]));
    await expect(sliced(rows)).rejects.toMatchObject({
      code: 'METRICS_TOO_LARGE',
      message: expect.stringContaining('answered with 5000 series, and 4999 are the most'),
    });
    expect(await sliced(rows.slice(1))).toHaveLength(4_999);
  });

  it('waits as long as it wants when it is asked too often', async () => {
    await expect(collected(429, {}, { 'retry-after': '7' })).rejects.toMatchObject({
      code: 'METRICS_UNREACHABLE',
      retryAfterMs: 7_000,
    });
  });

  it('does not wait for an answer longer than it may', async () => {
    const server = await listen(() => undefined);
    const read = provider(server.url, { timeoutMs: 200 }).collect(QUERY, NOON, soon());
    await expect(read).rejects.toMatchObject({ code: 'METRICS_UNREACHABLE', retryable: true });
    await server.close();
  });

  it('takes an event or attribute that nobody knows, an empty answer, for missing data', async () => {
    expect(await collected(200, nrqlAnswer([]))).toEqual({ target: 'eu', current: [], stable: [] });
  });

  it('takes nothing but zeros for missing data', async () => {
    expect((await collected(200, nrqlAnswer([row({ requests: 0, bad: 0 })])))?.current).toEqual([]);
  });

  it.each([
    ['no number', { requests: null, bad: 0 }],
    ['negative', { requests: 5, bad: -1 }],
    ['more bad ones than requests', { requests: 5, bad: 6 }],
  ])(
    'leaves a cohort out whole when a count is %s, and passes over revisions that nobody asked for',
    async (_n, counts) => {
      const answer = nrqlAnswer([
        row(counts),
        row({ requests: 7, bad: 0 }, 'v42', NOON + 30_000),
        row({ requests: 8, bad: 1 }, 'v41'),
        row({ requests: 9, bad: 9 }, 'v40'),
      ]);
      expect(await collected(200, answer)).toMatchObject({ current: [], stable: [{ requests: 8, bad: 1 }] });
    },
  );
});
