import type { StratumReading } from '../../../src/domain/judge/sample';
import { bodyOf, listen, send } from '../support/loopback';
import { NOW, provider, QUERY, soon } from './support/real-graphite';
import { named } from './support/named';

const ROOT = 'shop';
const SECONDS = NOW / 1_000;

/** The documented shape of an answer: values up to `NOW`, one a step. */
const series = (path: string, values: readonly (number | null)[], step = 1): object => ({
  target: `${ROOT}.eu.${path}`,
  tags: {},
  datapoints: values.map((value, index) => [value, SECONDS - (values.length - 1 - index) * step]),
});

async function answered(
  status: number,
  answer: object | string,
  settings: object = {},
  headers: Record<string, string> = {},
): Promise<StratumReading | undefined> {
  const server = await listen((_request, response) =>
    typeof answer === 'string' ? response.writeHead(status).end(answer) : send(response, status, answer, headers),
  );
  try {
    return (await provider(server.url, ROOT, settings).collect(QUERY, NOW, soon())).strata[0];
  } finally {
    await server.close();
  }
}

/** What was asked: the form, and who asks. */
async function asked(settings: object, query = QUERY) {
  const seen: { form: URLSearchParams; authorization: string | undefined }[] = [];
  const server = await listen((request, response) => {
    void bodyOf(request).then((body) => {
      seen.push({ form: new URLSearchParams(body), authorization: request.headers.authorization });
      send(response, 200, []);
    });
  });
  try {
    await provider(server.url, ROOT, settings).collect(query, NOW, soon());
    return seen[0];
  } finally {
    await server.close();
  }
}

describe('what Graphite may answer', () => {
  it.each([
    ['a page', 200, '<html>', 'UNREADABLE', true],
    ['something else', 200, { results: [] }, 'UNREADABLE', true],
    ['values that are text', 200, [{ target: 'x', datapoints: [['5', SECONDS]] }], 'UNREADABLE', true],
    [
      'uneven steps',
      200,
      [
        {
          target: 'x',
          datapoints: [
            [1, 1],
            [2, 2],
            [3, 5],
          ],
        },
      ],
      'UNREADABLE',
      true,
    ],
    ['more than anybody reads', 200, 'x'.repeat(9_000_000), 'TOO_LARGE', true],
    ['a fault of its own', 500, 'Timed out after 6.0s for fetch', 'UNREACHABLE', true],
    ['too many questions', 429, 'slow down', 'UNREACHABLE', true],
    ['a wrong question', 400, 'Invalid parameters, hidden', 'MISCONFIGURED', false],
    ['no access', 401, 'who are you', 'MISCONFIGURED', false],
    ['a way to log in', 302, 'there', 'MISCONFIGURED', false],
    ['a wrong address', 404, 'not found', 'MISCONFIGURED', false],
  ])('%s has a name and is never taken for good', async (_name, status, answer, code, retryable) => {
    await expect(answered(status, answer, { token: '${env:TOKEN}' })).rejects.toMatchObject(named(code, retryable));
  });

  it('says why a question was wrong', async () => {
    const message = expect.stringContaining('answered 400: Invalid parameters');
    await expect(answered(400, 'Invalid parameters')).rejects.toMatchObject({ message });
  });

  it('waits as long as it wants when it is asked too often', async () => {
    await expect(answered(429, {}, {}, { 'retry-after': '7' })).rejects.toMatchObject({ retryAfterMs: 7_000 });
  });

  it('does not wait for an answer longer than it may', async () => {
    const server = await listen(() => undefined);
    const read = provider(server.url, ROOT, { timeoutMs: 200 }).collect(QUERY, NOW, soon());
    await expect(read).rejects.toMatchObject({ code: 'METRICS_UNREACHABLE', retryable: true });
    await server.close();
  });

  it('takes an empty answer, and one without any value, for missing data', async () => {
    const missing = { target: 'eu', current: [], stable: [] };
    expect(await answered(200, [])).toEqual(missing);
    expect(await answered(200, [series('v42.requests', [null, null]), series('v42.bad', [null])])).toEqual(missing);
  });

  it('passes over series that nobody asked for', async () => {
    const stratum = await answered(200, [
      series('v42.requests', [5, 6]),
      series('v42.bad', [0, 1]),
      series('v4.requests', [9, 9]),
      series('v42x.requests', [9, 9]),
    ]);
    expect(stratum).toMatchObject({ current: [{ requests: 6, bad: 1 }], stable: [] });
  });

  it('reads a path that begins as the token ends', async () => {
    const answer = [series('v42.requests', [6]), series('v42.bad', [1])];
    const stratum = await answered(200, answer, { token: '${env:SHOP}' });
    expect(stratum?.current).toMatchObject([{ requests: 6, bad: 1 }]);
  });

  it('counts a negative value as none', async () => {
    const answer = [series('v42.requests', [5, -6]), series('v42.bad', [0, 0])];
    expect(await answered(200, answer)).toMatchObject({ current: [] });
    expect(await answered(200, answer, { zeros: 'omitted' })).toMatchObject({ current: [] });
  });
});

describe('what Graphite is asked', () => {
  it('is raw points up to the last step that is over, past its cache and never consolidated', async () => {
    const { form, authorization } = (await asked({ token: '${env:TOKEN}' })) ?? {};
    expect([...(form ?? [])]).toEqual([
      ['format', 'json'],
      ['noCache', '1'],
      ['from', String(SECONDS - 150)],
      ['until', String(SECONDS)],
      ['target', 'shop.eu.v42.requests'],
      ['target', 'shop.eu.v41.requests'],
      ['target', 'shop.eu.v42.bad'],
      ['target', 'shop.eu.v41.bad'],
    ]);
    expect(authorization).toBe('Bearer hidden');
  });

  it('is for this hour and the one before where counts are sent', async () => {
    const { form } = (await asked({ sends: 'counts' })) ?? {};
    expect([form?.get('from'), form?.get('until')]).toEqual([String(SECONDS - 3_660), String(SECONDS)]);
  });

  it('is for what is sent instead of a revision and a target', async () => {
    const replace = { '.': '_', '/': '-', '+': '' };
    const { form } = (await asked({ replace }, { targets: ['eu/1'], current: 'v1.2+a', stable: 'v41' })) ?? {};
    expect(form?.getAll('target')).toContain('shop.eu-1.v1_2a.requests');
  });

  it('is for every node where a label stands, once', async () => {
    const path = 'shop.{target}.{revision}.{label:route}';
    const { form } = (await asked({ requests: `${path}.requests`, bad: `${path}.bad` })) ?? {};
    expect(form?.getAll('target')).toEqual(
      ['requests', 'bad'].flatMap((name) => ['v42', 'v41'].map((revision) => `shop.eu.${revision}.*.${name}`)),
    );
  });

  it.each([
    ['a dot', 'v1.2', 'the revision "v1.2" has "."'],
    ['a glob', '*', 'the revision "*" has "*"'],
    ['a choice', 'v{1,2}', 'has "{"'],
    ['a function', 'v1)', 'has ")"'],
    ['another folder', '../v1', 'has "."'],
    ['a blank', 'v 1', 'has " "'],
    ['nothing', '', 'nothing is left of the revision ""'],
  ])('never holds %s of a revision, which would read something else', async (_name, current, message) => {
    await expect(asked({}, { ...QUERY, current })).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: expect.stringContaining(message),
    });
  });

  it('is for tagged series by name and tags with exact values', async () => {
    const settings = {
      revisionLabel: 'version',
      targetLabel: 'region',
      requests: { name: 'shop.requests', tags: { service: 'checkout' } },
      bad: { name: 'shop.bad' },
    };
    const { form } = (await asked(settings)) ?? {};
    expect(form?.getAll('target')).toEqual([
      "seriesByTag('name=shop.requests','service=checkout','version=v42','region=eu')",
      "seriesByTag('name=shop.requests','service=checkout','version=v41','region=eu')",
      "seriesByTag('name=shop.bad','version=v42','region=eu')",
      "seriesByTag('name=shop.bad','version=v41','region=eu')",
    ]);
  });

  it.each([
    ['a quote', "v1'"],
    ['a separator', 'v1;v2'],
    ['a pattern', '~v.*'],
    ['nothing', ''],
  ])('never holds %s of a revision in a tag, which would find something else', async (_name, current) => {
    const settings = { requests: { name: 'all' }, bad: { name: 'bad' } };
    await expect(asked(settings, { ...QUERY, current })).rejects.toMatchObject({
      code: 'METRICS_MISCONFIGURED',
      message: expect.stringContaining(`the revision "${current}" cannot be the value of a tag`),
    });
  });

  it('tells targets apart by a tag, where there are several', async () => {
    const settings = { requests: { name: 'all' }, bad: { name: 'bad' } };
    await expect(asked(settings, { ...QUERY, targets: ['eu', 'us'] })).rejects.toMatchObject({
      message: '"targetLabel" has to tell eu and us apart',
    });
  });

  it('is never one path for two revisions', async () => {
    const read = asked({ replace: { '.': '_' } }, { ...QUERY, current: 'v1.2', stable: 'v1_2' });
    await expect(read).rejects.toMatchObject({
      message: 'v1.2 on eu and v1_2 on eu have the same path, shop.eu.v1_2.requests',
    });
  });

  it('is never one path for two targets', async () => {
    const paths = { requests: 'shop.{revision}.requests', bad: 'shop.{revision}.bad' };
    await expect(asked(paths, { ...QUERY, targets: ['eu', 'us'] })).rejects.toMatchObject({
      message: '"requests" needs {target} to tell eu and us apart',
    });
  });
});

describe('a policy that asks Graphite', () => {
  it('has to wait for the step to be over and for its values to arrive', () => {
    expect(provider('http://127.0.0.1:1/', ROOT, { stepSeconds: 60, delayMs: 2_000 }).delayMs()).toBe(62_000);
  });

  it.each([
    ['a function', { requests: 'sumSeries(shop.{revision}.*)' }, 'has a node "sumSeries(shop"'],
    ['an average', { bad: 'shop.{revision}.bad|movingAverage(5)' }, 'and no function'],
    ['no revision', { requests: 'shop.{target}.requests' }, 'has no {revision}'],
    ['an empty node', { requests: 'shop..{revision}' }, 'has a node ""'],
    ['a revision that a glob widens', { requests: 'shop.{revision}*.requests' }, 'has a glob beside a placeholder'],
    ['a glob where everything should be sent', { bad: 'shop.{target}.{revision}.5*' }, 'has a glob'],
    ['a target on one side', { bad: 'shop.{revision}.bad' }, 'and "requests" need {target} both, or neither'],
    ['totals or counts, who knows', { sends: undefined }, 'sends: is missing: "counters" for totals'],
    [
      'a label on one side',
      { bad: 'shop.{target}.{revision}.{label:code}.bad' },
      'and "requests" need {label:code} both, or neither',
    ],
    [
      'a label in a part of a node',
      { bad: 'shop.{target}.{revision}-{label:code}.bad' },
      'has a label in a part of a node',
    ],
    ['a label twice', { bad: 'shop.{target}.{revision}.{label:a}.{label:a}' }, 'has a label more than once'],
    ['a label of its own', { bad: 'shop.{label:target}.{revision}.bad' }, 'has {label:target}, which is {target}'],
    ['a placeholder that is none', { bad: 'shop.{target}.{revision}.{route}.bad' }, 'has a node "{route}"; a node is'],
    [
      'a label of what has no requests',
      { requests: undefined, bad: undefined, events: 'a.{revision}.{label:kind}' },
      'events: has a label, and no requests that it could tell apart',
    ],
    ['a path beside tagged series', { bad: { name: 'bad' } }, 'have to be paths both, or tagged series both'],
    ['a label of tagged series beside paths', { targetLabel: 'region' }, 'targetLabel: is for tagged series'],
    ['a tag that is a pattern', { bad: { name: 'bad', tags: { code: '~5..' } } }, 'no ~ at the beginning'],
    ['no requests', { requests: undefined }, 'requests: is missing beside "bad"'],
    [
      'counts of events',
      { requests: undefined, bad: undefined, events: 'a.{revision}', sends: 'counts' },
      'from counters',
    ],
    ['a glob of gauges', { requests: undefined, bad: undefined, gauge: '{revision}.*' }, 'needs a path of its own'],
    ['a step that does not divide an hour', { stepSeconds: 7 }, 'must divide an hour'],
    ['a replacement that is a path', { replace: { '/': '.' } }, 'must be letters, digits, _ or -'],
    ['a token in the file', { token: 'hunter2' }, 'must be a reference'],
  ])('is refused with %s', (_name, settings, message) => {
    expect(() => provider('http://127.0.0.1:1/', ROOT, settings)).toThrow(message);
  });
});
