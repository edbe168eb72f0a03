import { loadConfig } from '../../src/config';
import type { ConfigProblem, LoadedConfig } from '../../src/config';

const HEAD = 'apiVersion: phased-rollback/v1\nservices:\n';

/** One service whose stanza ends with these lines; they begin at line 5. */
function service(...lines: readonly string[]): string {
  const target = 'targets: [{ name: eu, type: http, url: "http://127.0.0.1:1/" }]';
  return `${HEAD}  - name: checkout\n    ${target}\n${lines.map((line) => `    ${line}\n`).join('')}`;
}

/** A service of another name on a target of its own. */
function other(name: string, port: number): string {
  return `  - name: ${name}\n    targets: [{ type: http, url: "http://127.0.0.1:${port}/" }]\n`;
}

function problems(loaded: LoadedConfig): readonly ConfigProblem[] {
  return [...loaded.problems, ...loaded.invalid.flatMap((entry) => entry.problems)];
}

function only(text: string): ConfigProblem {
  const found = problems(loadConfig(text, 'policy.yaml'));
  expect(found).toHaveLength(1);
  return found[0]!;
}

describe('a mistake in a stanza is placed and explained', () => {
  test.each([
    { line: 'onHlat: stay', path: 'onHlat', column: 5, says: 'unknown key "onHlat"; did you mean "onHalt"?' },
    { line: 'onHalt: state', path: 'onHalt', column: 13, says: 'unknown value "state"; did you mean "stay"?' },
    { line: 'mode: whatever', path: 'mode', column: 11, says: 'there is observe, ask, auto' },
    { line: 'pace: [express]', path: 'pace', column: 5, says: 'unknown value "["express"]"' },
    { line: 'timing: { intervall: 5s }', path: 'timing.intervall', column: 15, says: 'did you mean "interval"?' },
    { line: 'timing: { interval: 10 }', path: 'timing.interval', column: 25, says: '10 is not a duration' },
    { line: 'timing: { interval: 10 s }', path: 'timing.interval', column: 25, says: 'write it like 10s, 5m or 1h30m' },
    { line: 'timing: { interval: 0s }', path: 'timing.interval', column: 25, says: 'must be at least 50ms' },
    { line: 'timing: { longestBake: 30s }', path: 'timing.longestBake', column: 28, says: 'longer than settle' },
    { line: 'alerts: { severities: [] }', path: 'alerts.severities', column: 15, says: '>=1' },
    {
      line: 'alerts: { match: { team: 4 } }',
      path: 'alerts.match.team',
      column: 30,
      says: 'must be a text, not a number',
    },
    { line: 'environment: Prod', path: 'environment', column: 18, says: 'must be 1 to 63 of a-z, 0-9' },
    { line: 'notify: [{ type: slak }]', path: 'notify[0].type', column: 22, says: 'there is in-memory, log, webhook' },
    { line: 'notify: [{}]', path: 'notify[0].type', column: 14, says: 'is missing; there is in-memory, log' },
    { line: 'notify: log', path: 'notify', column: 13, says: 'must be a list, not a text' },
    {
      line: 'archive: { type: directory, pth: x, path: x }',
      path: 'archive.pth',
      column: 33,
      says: 'did you mean "path"?',
    },
    { line: 'phases: [{ name: a, weight: 101 }]', path: 'phases[0].weight', column: 33, says: '<=100' },
    {
      line: 'phases: [{ name: a, weight: 50, select: { region: eu } }]',
      path: 'phases[0]',
      column: 14,
      says: 'no target has a label "region"',
    },
    {
      line: 'phases: [{ name: a, weight: 50 }, { name: b, weight: 10 }]',
      path: 'phases[1]',
      column: 39,
      says: 'would lower eu from 50 to 10 %',
    },
    { line: 'pace: express\n    pace: express', path: '', column: 5, says: 'unique' },
  ])('$line', ({ line, path, column, says }) => {
    const found = only(service(line));
    expect(found.path).toBe(path === '' ? 'services[0]' : `services[0].${path}`);
    expect(found.column).toBe(column);
    expect(found.message).toContain(says);
    expect(found.line).toBe(line.includes('\n') ? 6 : 5);
  });

  test.each([
    { objective: '2', says: '2 is not a share; write 0.01 or 1%' },
    { objective: '99.9%', says: 'is the share of bad events' },
    { objective: '1 percent', says: 'is not a share' },
    { objective: '-1', says: 'is not a share' },
  ])('an objective of $objective', ({ objective, says }) => {
    const metric = `{ type: openmetrics, endpoints: {}, bad: { name: x }, objective: ${objective} }`;
    expect(only(service(`metrics: [${metric}]`)).message).toContain(says);
  });

  test('also where a name is used twice', () => {
    const metric = '{ type: openmetrics, endpoints: {}, requests: { name: y }, bad: { name: x } }';
    expect(only(service(`metrics: [${metric}, ${metric}]`))).toMatchObject({
      path: 'services[0].metrics[1].name',
      message: '"errors" is used twice in metrics',
    });
  });

  test('inside an adapter, with the nearest of its keys and ours', () => {
    const text = `${HEAD}${other('cart', 1).replace('type: http', 'lables: {}, type: http, ulr: x')}`;
    const messages = problems(loadConfig(text, 'policy.yaml')).map((problem) => problem.message);
    expect(messages).toEqual(
      expect.arrayContaining([expect.stringContaining('"labels"'), expect.stringContaining('"url"')]),
    );
  });

  test('beside an unknown adapter, whose own keys nobody can judge', () => {
    const text = `${HEAD}${other('cart', 1).replace('type: http', 'name: EU, type: htp')}`;
    const paths = problems(loadConfig(text, 'policy.yaml')).map((problem) => problem.path);
    expect(paths).toEqual(['services[0].targets[0].type', 'services[0].targets[0].name']);
  });

  test('several targets need names, and different ones', () => {
    const two = (names: string) => `${HEAD}  - name: cart\n    targets: [${names}]\n`;
    const target = (port: number, name = '') => `{ ${name} type: http, url: 'http://127.0.0.1:${port}/' }`;
    const found = (text: string) => problems(loadConfig(text, 'policy.yaml')).map((problem) => problem.message);
    expect(found(two(`${target(1)}, ${target(2)}`))).toEqual(
      Array.from({ length: 2 }, () => 'is missing; only a single target may go without a name'),
    );
    expect(found(two(`${target(1, 'name: eu,')}, ${target(2, 'name: eu,')}`))).toEqual([
      '"eu" is used twice in targets',
    ]);
  });
});

describe('services side by side', () => {
  test('that share a target leave it to the earlier one', () => {
    const named = (name: string) => other(name, 1).replace('type:', 'name: eu, type:');
    const loaded = loadConfig(`${HEAD}${named('cart')}${named('checkout')}`, 'policy.yaml');
    expect(loaded.services.map((policy) => policy.service)).toEqual(['cart']);
    expect(loaded.invalid).toMatchObject([
      {
        name: 'checkout',
        problems: [{ path: 'services[1].targets[0]', line: 6, message: expect.stringContaining('earlier') as string }],
      },
    ]);
  });

  test('may use one address for targets of different names', () => {
    const loaded = loadConfig(`${HEAD}${other('cart', 1)}${other('checkout', 1)}`, 'policy.yaml');
    expect(loaded.services.map((policy) => policy.targets[0]?.name)).toEqual(['cart', 'checkout']);
  });

  test('may have one name in two environments', () => {
    const staging = other('cart', 2).replace('targets', 'environment: staging\n    targets');
    const loaded = loadConfig(`${HEAD}${other('cart', 1)}${staging}`, 'policy.yaml');
    expect(problems(loaded)).toEqual([]);
    expect(loaded.environments).toEqual(['prod', 'staging']);
  });

  test.each([
    { wrong: 'a key twice', stanza: '  - name: cart\n    mode: ask\n    mode: auto\n    targets: []\n' },
    { wrong: 'no map at all', stanza: '  - cart\n' },
    { wrong: 'nothing in it', stanza: '  -\n' },
  ])('go on when a stanza has $wrong', ({ stanza }) => {
    const loaded = loadConfig(`${HEAD}${stanza}${other('checkout', 1)}`, 'policy.yaml');
    expect(loaded.services.map((policy) => policy.service)).toEqual(['checkout']);
    expect(loaded.invalid).toHaveLength(1);
  });
});

describe('the file as a whole', () => {
  test.each([
    {
      wrong: 'a wrong format',
      text: service().replace('/v1', '/v2'),
      path: 'apiVersion',
      says: 'must be phased-rollback/v1',
    },
    {
      wrong: 'no format',
      text: service().replace(/^.*\n/, ''),
      path: 'apiVersion',
      says: 'must be phased-rollback/v1',
    },
    {
      wrong: 'no services',
      text: 'apiVersion: phased-rollback/v1\nservices: []\n',
      path: 'services',
      says: 'at least one',
    },
    { wrong: 'two documents', text: `${service()}---\n${service()}`, path: '', says: 'multiple documents' },
  ])('is of no use with $wrong', ({ text, path, says }) => {
    const loaded = loadConfig(text, 'policy.yaml');
    expect(loaded.services).toEqual([]);
    expect(loaded.problems).toMatchObject([{ path, message: expect.stringContaining(says) as string }]);
  });

  test.each([
    { wrong: 'broken YAML', text: `${service()}gateway: { port: 9000, tokens: [` },
    { wrong: 'another format', text: `${service().replace('/v1', '/v2')}gateway: { port: 9000 }\n` },
  ])('lets no gateway start on $wrong', ({ text }) => {
    const loaded = loadConfig(text, 'policy.yaml');
    expect(loaded.gateway.problems.length).toBeGreaterThan(0);
    expect(loaded.gateway).toMatchObject({ host: '127.0.0.1', port: 8321, tokens: [] });
  });

  test('is of no use when it is empty', () => {
    const loaded = loadConfig('', 'policy.yaml');
    expect(loaded.services).toEqual([]);
    expect(loaded.problems).toMatchObject([
      { path: '', line: 1, column: 1, message: expect.stringContaining('a map') as string },
    ]);
  });

  test('keeps its services in service beside an unknown key', () => {
    const loaded = loadConfig(`${service()}gatway: {}\n`, 'policy.yaml');
    expect(loaded.services).toHaveLength(1);
    expect(loaded.problems).toMatchObject([{ line: 5, message: 'unknown key "gatway"; did you mean "gateway"?' }]);
  });

  test('may repeat parts by YAML anchors and merge keys', () => {
    const text = `${HEAD}${other('cart', 1)}    timing: &calm { interval: 30s }\n${other('checkout', 2)}    timing: { <<: *calm, soak: 1h }\n`;
    const loaded = loadConfig(text, 'policy.yaml');
    expect(problems(loaded)).toEqual([]);
    expect(loaded.services[1]?.timing).toMatchObject({ intervalMs: 30_000, soakMs: 3_600_000 });
  });

  test('may let hundreds of services lean on one anchor', () => {
    const calm = `${HEAD}${other('first', 0)}    timing: &calm { interval: 30s }\n`;
    const rest = Array.from({ length: 300 }, (_, i) => `${other(`s${i}`, i + 1)}    timing: *calm\n`);
    const loaded = loadConfig(calm + rest.join(''), 'policy.yaml');
    expect(problems(loaded)).toEqual([]);
    expect(loaded.services).toHaveLength(301);
  });

  test('that grows without bound when it is read is refused', () => {
    const lists = Array.from(
      { length: 9 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]\n`,
    );
    const loaded = loadConfig(`l0: &l0 [x]\n${lists.join('')}`, 'policy.yaml');
    expect(loaded.services).toEqual([]);
    expect(loaded.problems).toMatchObject([{ message: expect.stringContaining('alias') as string }]);
  });
});

describe('the gateway', () => {
  const withGateway = (gateway: string) => loadConfig(`${service()}gateway: ${gateway}\n`, 'policy.yaml');
  const token = `{ name: ci, sha256: ${'a'.repeat(64)}, role: operator }`;

  test('listens on loopback without tokens, and knows Alertmanager, when nothing is said', () => {
    const loaded = loadConfig(service(), 'policy.yaml');
    expect(loaded.gateway).toEqual({
      host: '127.0.0.1',
      port: 8321,
      tokens: [],
      alertSources: { alertmanager: { type: 'alertmanager' } },
      problems: [],
    });
  });

  test('knows Alertmanager as the file names it, beside other sources', () => {
    const { gateway } = withGateway(
      '{ alertSources: { alertmanager: { type: alertmanager, bearer: "${env:AM}" }, other: { type: alertmanager } } }',
    );
    expect(gateway.alertSources).toEqual({
      alertmanager: { type: 'alertmanager', bearer: '${env:AM}' },
      other: { type: 'alertmanager' },
    });
  });

  test.each([
    { gateway: '{ host: 0.0.0.0 }', path: 'gateway.host', says: 'needs tokens' },
    { gateway: '{ port: 0 }', path: 'gateway.port', says: '>=1' },
    { gateway: `{ tokens: [${token}, ${token}] }`, path: 'gateway.tokens[1].name', says: '"ci" is used twice' },
    {
      gateway: '{ tokens: [{ name: ci, sha256: hunter2, role: operator }] }',
      path: 'gateway.tokens[0].sha256',
      says: 'never the token',
    },
    {
      gateway: '{ alertSources: { am: { type: alertmanger } } }',
      path: 'gateway.alertSources.am.type',
      says: 'did you mean "alertmanager"?',
    },
    {
      gateway: '{ alertSources: { "A B": { type: alertmanager } } }',
      path: 'gateway.alertSources.A B',
      says: 'must be 1 to 63',
    },
    {
      gateway: '{ alertSources: { am: { type: alertmanager, bearer: hunter2 } } }',
      path: 'gateway.alertSources.am.bearer',
      says: '',
    },
  ])('must not start with $gateway', ({ gateway, path, says }) => {
    const loaded = withGateway(gateway);
    expect(loaded.gateway.problems).toMatchObject([
      { path, line: 5, message: expect.stringContaining(says) as string },
    ]);
    expect(loaded.problems).toEqual(loaded.gateway.problems);
    expect(loaded.gateway.host).toBe('127.0.0.1');
    expect(loaded.services).toHaveLength(1);
    expect(JSON.stringify(loaded.problems)).not.toContain('hunter2');
  });

  test('may listen elsewhere once there are tokens', () => {
    const loaded = withGateway(`{ host: 0.0.0.0, tokens: [${token}] }`);
    expect(loaded.gateway).toMatchObject({ host: '0.0.0.0', tokens: [{ name: 'ci' }], problems: [] });
  });
});
