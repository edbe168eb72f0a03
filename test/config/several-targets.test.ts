import { loadConfig } from '../../src/config';

const STORE = 'http://127.0.0.1:9090';
const EU = "{ name: eu, type: http, url: 'http://127.0.0.1:1/' }";
const US = "{ name: us, type: http, url: 'http://127.0.0.1:2/' }";
const behind = (front: string, name = 'pods'): string =>
  `{ name: ${name}, type: kubernetes-deployment, deployment: shop, behind: ${front} }`;
const SHORT = `{ prometheus: '${STORE}', use: http }`;
const whole = (more: string): string =>
  `[{ type: prometheus, url: '${STORE}', revisionLabel: version, requests: { name: a }, bad: { name: b }${more} }]`;

function load(targets: readonly string[], metrics: string, more = '') {
  const text = `apiVersion: phased-rollback/v1\nservices:\n  - name: checkout\n    targets: [${targets.join(', ')}]\n    metrics: ${metrics}\n${more}`;
  return loadConfig(text, 'policy.yaml');
}

function problems(...given: Parameters<typeof load>): readonly string[] {
  return load(...given).invalid.flatMap((entry) => entry.problems.map(({ path, message }) => `${path}: ${message}`));
}

function provider(...given: Parameters<typeof load>): object | undefined {
  return load(...given).services[0]?.metrics[0]?.provider;
}

describe('metrics of several targets', () => {
  test('are told apart by the label region where they stand in one line and nothing is said', () => {
    expect(provider([EU, US], SHORT)).toMatchObject({ targetLabel: 'region' });
  });

  test.each([
    ['one target', [EU], SHORT],
    ['labels of each', [EU, US], `{ prometheus: '${STORE}', use: http, targets: { eu: { dc: a }, us: { dc: b } } }`],
    ['a target behind the only one that is counted', [EU, behind('eu')], SHORT],
  ])('have no such label for %s', (_what, targets, metrics) => {
    expect(provider(targets, metrics)).not.toHaveProperty('targetLabel');
  });

  test('written out have to say it, for all would be counted for each of them', () => {
    expect(problems([EU, US], whole(''))).toEqual([
      'services[0].metrics[0].targetLabel: is missing: it names the label whose values are eu and us, which nothing else tells apart',
    ]);
    expect(problems([EU, US], whole(', targetLabel: dc'))).toEqual([]);
    expect(problems([EU, behind('eu')], whole(''))).toEqual([]);
  });

  test('need no label where each is counted in a region or an account of its own', () => {
    const counts = 'namespace: Shop, requests: { name: a }, bad: { name: b }';
    const regions = 'regions: { eu: eu-west-1, us: us-east-1 }';
    expect(problems([EU, US], `[{ type: cloudwatch, ${counts}, ${regions} }]`)).toEqual([]);
    const accounts = "accounts: { eu: '111122223333', us: '444455556666' }";
    expect(problems([EU, US], `[{ type: cloudwatch, ${counts}, ${accounts} }]`)).toEqual([]);
    expect(problems([EU, US], `[{ type: cloudwatch, ${counts}, region: eu-west-1 }]`)).toHaveLength(1);
  });
});

describe('a target behind another', () => {
  test('is kept as it is said', () => {
    expect(load([EU, behind('eu')], SHORT).services[0]?.targets[1]).toMatchObject({ name: 'pods', behind: 'eu' });
  });

  test.each([
    ['one that is not there', [EU, behind('eus')], 'did you mean "eu"?'],
    ['one that comes after it', [behind('eu'), EU], 'none'],
    ['itself', [EU, behind('pods')], 'eu'],
    ['one that stands behind another itself', [EU, behind('eu'), behind('pods', 'more')], 'eu'],
  ])('is a problem behind %s', (_what, targets, instead) => {
    expect(problems(targets, SHORT).join('\n')).toContain(
      `.behind: names no target that stands before this one in the list and is behind no other: ${instead}`,
    );
  });

  test('may not go back in a written phase before the other one has', () => {
    const more = '    phases: [{ name: early, weight: 100 }]\n';
    expect(problems([EU, behind('eu')], SHORT, more).join('\n')).toContain('take eu to 100 % in a phase before it');
  });
});
