import { describeTroubledMetrics } from '../../contract/limited-metrics.contract';
import { describeBucketProvider, events, NOON, QUERY, soon } from './support/bucket-suite';
import type { StubEvents } from './support/bucket-suite';
import { provider, withCredentials } from './support/cloudwatch-provider';
import { startCloudwatchStub } from './support/cloudwatch-stub';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOWHERE = 'http://127.0.0.1:1/';
const MINUTE = 60_000;

withCredentials();

describeBucketProvider({
  name: 'cloudwatch, before a stub of CloudWatch,',
  start: startCloudwatchStub,
  targetLabel: 'Region',
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

  const WINDOW = { from: NOON, to: NOON + MINUTE, stepMs: 10_000 };
  const at = (): number => NOON + 2 * MINUTE;

  describe('of targets in several regions', () => {
    const regions = { eu: 'eu-west-1', us: 'us-east-1' };
    const settings = { region: undefined, regions };
    const both = { ...QUERY, targets: ['eu', 'us'] };

    it('asks in that of each, and needs no label to tell them apart', async () => {
      const held = [events(NOON + 5_000, 9, 2), events(NOON + 5_000, 4, 1, 'v42', 'us')];
      const stub = await startCloudwatchStub(held, regions);
      const { strata } = await provider(stub.url, settings, at).collect(both, NOON + MINUTE, soon());
      expect(strata).toMatchObject([
        { target: 'eu', current: [{ requests: 9, bad: 2 }] },
        { target: 'us', current: [{ requests: 4, bad: 1 }] },
      ]);
      expect(stub.asked).toHaveLength(2);
      held.push({ ...events(NOON + 5_000, 6, 6, 'v42', 'us'), labels: { Route: '/pay' } });
      const { values } = await provider(stub.url, settings, at).slices(both, 'Route', WINDOW, soon());
      await stub.close();
      expect(Object.fromEntries(values.map(({ value, current }) => [value, current[0]]))).toEqual({
        '': { requests: 13, bad: 3 },
        '/pay': { requests: 6, bad: 6 },
      });
    });

    it.each([
      ['one that is in none', { regions: { eu: 'eu-west-1' } }, 'no region for target us in "regions"'],
      [
        'two in one that no label tells apart',
        { regions: { eu: 'eu-west-1', us: 'eu-west-1' } },
        '"targetLabel" has to tell eu and us apart, which are all in eu-west-1',
      ],
    ])('refuses %s', async (_name, more, message) => {
      const asked = provider(NOWHERE, { ...settings, ...more }).collect(both, NOON, soon());
      await expect(asked).rejects.toMatchObject({ code: 'METRICS_MISCONFIGURED', message });
    });
  });

  describe('of targets in several accounts', () => {
    const accounts = { eu: '111122223333', us: '444455556666' };
    const both = { ...QUERY, targets: ['eu', 'us'] };

    it('asks each metric and each list of values of the account of its target, and needs no label', async () => {
      const held = [events(NOON + 5_000, 9, 2), events(NOON + 5_000, 4, 1, 'v42', 'us')];
      const stub = await startCloudwatchStub(held, {}, accounts);
      const { strata } = await provider(stub.url, { accounts }, at).collect(both, NOON + MINUTE, soon());
      expect(strata).toMatchObject([
        { target: 'eu', current: [{ requests: 9, bad: 2 }] },
        { target: 'us', current: [{ requests: 4, bad: 1 }] },
      ]);
      held.push({ ...events(NOON + 5_000, 6, 6, 'v42', 'us'), labels: { Route: '/pay' } });
      const { values } = await provider(stub.url, { accounts }, at).slices(both, 'Route', WINDOW, soon());
      await stub.close();
      expect(Object.fromEntries(values.map(({ value, current }) => [value, current[0]]))).toEqual({
        '': { requests: 13, bad: 3 },
        '/pay': { requests: 6, bad: 6 },
      });
      const [lists, counts] = ['ListMetrics', 'GetMetricData'].map((name) =>
        stub.asked.filter(({ operation }) => operation === name).map(({ body }) => body),
      );
      expect(lists?.map(({ OwningAccount }) => OwningAccount).toSorted()).toEqual(Object.values(accounts));
      expect(lists?.every(({ IncludeLinkedAccounts }) => IncludeLinkedAccounts === true)).toBe(true);
      const askedOf = counts?.map(({ MetricDataQueries }) => [
        ...new Set(MetricDataQueries.map(({ AccountId }) => AccountId)),
      ]);
      expect(askedOf?.toSorted()).toEqual([['111122223333'], ['111122223333'], ['444455556666'], ['444455556666']]);
    });

    it('asks one account for all, where one is named, and no other than its own where none is', async () => {
      const stub = await startCloudwatchStub([events(NOON + 5_000, 9, 2)], {}, { eu: '111122223333' });
      const named = await provider(stub.url, { account: '111122223333' }, at).collect(QUERY, NOON + MINUTE, soon());
      const own = await provider(stub.url, {}, at).collect(QUERY, NOON + MINUTE, soon());
      await stub.close();
      expect(named.strata).toMatchObject([{ target: 'eu', current: [{ requests: 9, bad: 2 }] }]);
      expect(own.strata.flatMap(({ current }) => current)).toEqual([]);
    });

    it('takes two targets of one account for apart where their regions differ', async () => {
      const regions = { eu: 'eu-west-1', us: 'us-east-1' };
      const one = { eu: '111122223333', us: '111122223333' };
      const held = [events(NOON + 5_000, 9, 2), events(NOON + 5_000, 4, 1, 'v42', 'us')];
      const stub = await startCloudwatchStub(held, regions, one);
      const settings = { region: undefined, regions, accounts: one };
      const { strata } = await provider(stub.url, settings, at).collect(both, NOON + MINUTE, soon());
      await stub.close();
      expect(strata).toMatchObject([{ current: [{ requests: 9 }] }, { current: [{ requests: 4 }] }]);
    });

    it.each([
      ['one that is in none', { accounts: { eu: '111122223333' } }, 'no account for target us in "accounts"'],
      [
        'two in one that no label tells apart',
        { accounts: { eu: '111122223333', us: '111122223333' } },
        '"targetLabel" has to tell eu and us apart, which are all in account 111122223333 and eu-west-1',
      ],
    ])('refuses %s', async (_name, settings, message) => {
      const asked = provider(NOWHERE, settings).collect(both, NOON, soon());
      await expect(asked).rejects.toMatchObject({ code: 'METRICS_MISCONFIGURED', message });
    });
  });

  const routes = (...names: readonly string[]): StubEvents[] =>
    names.map((route) => ({ ...events(NOON + 5_000, 2, 1), labels: { Route: route } }));

  it('looks for the values of a dimension, and asks for each of them beside all of it', async () => {
    const stub = await startCloudwatchStub(routes('/pay'));
    const settings = { targetLabel: 'Region' };
    await provider(stub.url, settings, at).slices(QUERY, 'Route', WINDOW, soon());
    await stub.close();
    expect(stub.asked.map(({ operation }) => operation)).toEqual(['ListMetrics', 'GetMetricData']);
    expect(stub.asked[0]?.body).toEqual({
      Namespace: 'Shop',
      MetricName: 'Requests',
      Dimensions: [{ Name: 'Route' }, { Name: 'Service', Value: 'checkout' }, { Name: 'Version' }, { Name: 'Region' }],
      RecentlyActive: 'PT3H',
    });
    const asked = stub.asked[1]?.body.MetricDataQueries.map(({ MetricStat: { Metric } }) =>
      [Metric.MetricName, ...Metric.Dimensions.map(({ Value }) => Value)].join(' '),
    );
    const every = ['v42', 'v41'].flatMap((revision) =>
      ['Requests', 'Errors'].map((name) => `${name} checkout ${revision} eu`),
    );
    expect(asked).toEqual([...every, ...every.map((metric) => `${metric} /pay`)]);
  });

  it('looks among older metrics for the values of an older window', async () => {
    const stub = await startCloudwatchStub(routes('/pay'));
    await provider(stub.url, {}, () => NOON + DAY).slices(QUERY, 'Route', WINDOW, soon());
    await stub.close();
    expect(stub.asked[0]?.body.RecentlyActive).toBeUndefined();
  });

  it('asks for as many metrics at once as CloudWatch answers, and for the others then', async () => {
    const names = Array.from({ length: 130 }, (_none, index) => `/${index}`);
    const stub = await startCloudwatchStub(routes(...names));
    const { values } = await provider(stub.url, {}, at).slices(QUERY, 'Route', WINDOW, soon());
    await stub.close();
    expect(stub.asked.slice(1).map(({ body }) => body.MetricDataQueries.length)).toEqual([500, 24]);
    expect(values.map(({ value }) => value).toSorted()).toEqual(names.toSorted());
    expect(values.every(({ current }) => current[0]?.requests === 2 && current[0].bad === 1)).toBe(true);
  });

  it.each([
    ['that the policy fixes', 'Service', '"dimensions" give Service one value for all that is counted'],
    ['that is none', ':a', '":a" cannot be the name of a dimension of CloudWatch'],
  ])('asks for no dimension %s', async (_name, label, message) => {
    const stub = await startCloudwatchStub([]);
    const asked = provider(stub.url).slices(QUERY, label, WINDOW, soon());
    await expect(asked).rejects.toMatchObject({ code: 'METRICS_MISCONFIGURED', message });
    await stub.close();
    expect(stub.asked).toEqual([]);
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
    ['a region beside those of targets', { regions: { eu: 'us-east-1' } }, 'stands beside "region"'],
    ['an account that is none', { account: '1111' }, "in quotes: '111122223333'"],
    ['an account that YAML took for a number', { accounts: { eu: 111_122_223_333 } }, "in quotes: '111122223333'"],
    [
      'an account beside those of targets',
      { account: '111122223333', accounts: { eu: '111122223333' } },
      'stands beside "account"',
    ],
  ])('refuses %s when the policy is read', (_name, settings, message) => {
    expect(() => provider(NOWHERE, settings)).toThrow(message);
  });

  it('says what is missing where the environment knows no credentials, and asks again', async () => {
    const stub = await startCloudwatchStub([]);
    // A client keeps its credentials, and ports of stubs that are closed come again: no other test asks in this region.
    const ask = () => provider(stub.url, { region: 'eu-south-2' }).collect(QUERY, NOON, soon());
    delete process.env['AWS_ACCESS_KEY_ID'];
    await expect(ask()).rejects.toMatchObject({
      code: 'METRICS_UNREACHABLE',
      retryable: true,
      message: expect.stringContaining('for lack of credentials'),
    });
    process.env['AWS_ACCESS_KEY_ID'] = 'AKIA-hidden';
    await ask();
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
