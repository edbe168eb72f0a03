import { createAdapters } from '../../../src/adapters';
import type { MetricProvider } from '../../../src/ports';
import { describeTroubledMetrics } from '../../contract/limited-metrics.contract';
import { testDependencies } from '../support/dependencies';
import { bodyOf, listen, send } from '../support/loopback';
import { describeBucketProvider, NOON, QUERY, soon } from './support/bucket-suite';
import { cloudwatchResult, JSON_1_0, startCloudwatchStub } from './support/cloudwatch-stub';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOWHERE = 'http://127.0.0.1:1/';
const MINUTE = 60_000;

/** What the SDK looks for, with nothing of the machine that the tests run on. */
const ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: 'AKIA-hidden',
  AWS_SECRET_ACCESS_KEY: 'key-hidden',
  AWS_SESSION_TOKEN: 'session-hidden',
  AWS_CONFIG_FILE: '/nowhere/config',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
  AWS_EC2_METADATA_DISABLED: 'true',
};
const before = { ...process.env };

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
  Object.assign(process.env, ENVIRONMENT);
});

afterAll(() => {
  for (const name of Object.keys(ENVIRONMENT)) delete process.env[name];
  Object.assign(process.env, before);
});

function provider(endpoint: string, settings: object = {}, now: () => number = Date.now): MetricProvider {
  const config = {
    type: 'cloudwatch',
    region: 'eu-west-1',
    endpoint,
    namespace: 'Shop',
    requests: { name: 'Requests', dimensions: { Service: 'checkout' } },
    bad: { name: 'Errors', dimensions: { Service: 'checkout' } },
    ...settings,
  };
  return createAdapters({ ...testDependencies(), now }).metrics({ name: 'errors', kind: 'errors', provider: config });
}

describeBucketProvider({
  name: 'cloudwatch, before a stub of CloudWatch,',
  start: startCloudwatchStub,
  // Buckets of 30 seconds are kept for three hours.
  provider: (url, byTarget) =>
    provider(url, { bucketSeconds: 30, ...(byTarget ? { targetLabel: 'Region' } : {}) }, () => NOON + HOUR),
});

describeTroubledMetrics({ name: 'cloudwatch', provider });

describe('the cloudwatch provider, before a stub of CloudWatch', () => {
  it('asks for each cohort by all of its dimensions, signed with the credentials of the environment', async () => {
    const stub = await startCloudwatchStub([]);
    const settings = { targetLabel: 'Region', requests: { name: 'Duration', statistic: 'SampleCount' } };
    await provider(stub.url, settings).collect(QUERY, NOON + MINUTE, soon());
    await stub.close();
    expect(stub.asked).toHaveLength(1);
    const [{ headers, body } = { headers: {}, body: undefined }] = stub.asked;
    expect(headers).toMatchObject({
      'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
      'x-amz-security-token': 'session-hidden',
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIA-hidden\/\d{8}\/eu-west-1\/monitoring\/aws4_request, /,
      ),
    });
    expect(body).toMatchObject({ StartTime: (NOON - 60 * MINUTE) / 1000, EndTime: (NOON + MINUTE) / 1000 });
    const asked = body?.MetricDataQueries.map(({ Id, MetricStat: { Metric, Period, Stat } }) => [
      Id,
      `${Metric.Namespace}/${Metric.MetricName}`,
      Metric.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(),
      `${Stat} of ${Period} s`,
    ]);
    expect(asked).toEqual([
      ['q0', 'Shop/Duration', 'Version=v42,Region=eu', 'SampleCount of 60 s'],
      ['q1', 'Shop/Errors', 'Service=checkout,Version=v42,Region=eu', 'Sum of 60 s'],
      ['q2', 'Shop/Duration', 'Version=v41,Region=eu', 'SampleCount of 60 s'],
      ['q3', 'Shop/Errors', 'Service=checkout,Version=v41,Region=eu', 'Sum of 60 s'],
    ]);
  });

  it('asks of old data for no smaller buckets than are kept', async () => {
    const periodOf = async (age: number): Promise<number | undefined> => {
      const stub = await startCloudwatchStub([]);
      const from = Date.now() - age;
      await provider(stub.url, { bucketSeconds: 10 }).history(QUERY, from, from + 5 * MINUTE, 10_000, soon());
      await stub.close();
      return stub.asked[0]?.body.MetricDataQueries[0]?.MetricStat.Period;
    };
    expect(await periodOf(30 * MINUTE)).toBe(10);
    expect(await periodOf(DAY)).toBe(60);
    const long = await startCloudwatchStub([]);
    const now = Date.now();
    await provider(long.url).history(QUERY, now - 20 * DAY, now, 10_000, soon());
    await long.close();
    expect(long.asked[0]?.body.MetricDataQueries[0]?.MetricStat.Period).toBe(1200);
  });

  it.each([
    ['empty', ''],
    ['blank', ' '],
    ['of two lines', 'v42\nv41'],
    ['not ASCII', 'vé'],
    ['too long', 'v'.repeat(1025)],
  ])('asks nothing for a revision that is %s', async (_name, current) => {
    const stub = await startCloudwatchStub([]);
    const read = provider(stub.url).collect({ ...QUERY, current }, NOON, soon());
    await expect(read).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: expect.stringContaining('cannot be the value of a dimension'),
    });
    await stub.close();
    expect(stub.asked).toEqual([]);
  });

  it.each([
    ['a namespace that is none', { namespace: ':Shop' }, 'printable ASCII'],
    ['another statistic', { requests: { name: 'Requests', statistic: 'Average' } }, 'statistic'],
    ['a user in the address', { endpoint: 'http://ada:hidden@127.0.0.1/' }, 'user or password'],
    ['a bucket that does not divide an hour', { bucketSeconds: 45 }, 'bucketSeconds'],
    ['a region that is none', { region: 'eu west' }, 'must be a region'],
  ])('refuses %s when the policy is read', (_name, settings, message) => {
    expect(() => provider(NOWHERE, settings)).toThrow(message);
  });

  it('says what is missing where the environment knows no credentials, and asks again', async () => {
    const stub = await startCloudwatchStub([]);
    delete process.env['AWS_ACCESS_KEY_ID'];
    await expect(provider(stub.url).collect(QUERY, NOON, soon())).rejects.toMatchObject({
      code: 'METRICS_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('for lack of credentials'),
    });
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIA-hidden';
    await provider(stub.url).collect(QUERY, NOON, soon());
    await stub.close();
    expect(stub.asked).toHaveLength(1);
  });

  it('says what is missing where nobody names a region, and asks in that of the environment', async () => {
    const stub = await startCloudwatchStub([]);
    const settings = { region: undefined };
    await expect(provider(stub.url, settings).collect(QUERY, NOON, soon())).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: 'CloudWatch needs a "region", or AWS_REGION in the environment',
    });
    process.env['AWS_REGION'] = 'us-east-1';
    await provider(`${stub.url}/`, settings).collect(QUERY, NOON, soon());
    await stub.close();
    expect(stub.asked[0]?.headers['authorization']).toContain('/us-east-1/monitoring/');
  });
});

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
    await expect(collected(status, answer)).rejects.toMatchObject({
      code: `METRICS_${code}`,
      retryable,
      message: expect.not.stringContaining('hidden'),
    });
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
