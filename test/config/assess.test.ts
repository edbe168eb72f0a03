import { loadConfig } from '../../src/config';

const METRICS = 'metrics: [{ type: openmetrics, endpoints: {}, requests: { name: all }, bad: { name: failed } }]';

const TARGETS = "targets: [{ type: http, url: 'http://127.0.0.1:1/' }]";

function load(assess: string, metrics = METRICS, targets = TARGETS) {
  const lines = [
    'apiVersion: phased-rollback/v1',
    'services:',
    '  - name: cart',
    `    ${targets}`,
    `    ${metrics}`,
    `    assess: ${assess}`,
    '',
  ];
  const { services, invalid } = loadConfig(lines.join('\n'), 'policy.yaml');
  return { policy: services[0], problems: invalid.flatMap((entry) => entry.problems) };
}

describe('what the policy file says of an assessment', () => {
  it('is which labels tell failures apart, in their order', () => {
    const { policy, problems } = load('{ splitBy: [region, route] }');
    expect(problems).toEqual([]);
    expect(policy?.assess).toEqual({ splitBy: ['region', 'route'] });
  });

  it('is by which labels failures have classes, with or without the others', () => {
    expect(load('{ classes: [code] }').policy?.assess).toEqual({ classes: ['code'] });
    const both = load('{ splitBy: [region], classes: [code, exception] }');
    expect(both.policy?.assess).toEqual({ splitBy: ['region'], classes: ['code', 'exception'] });
  });

  it('goes with metrics in the short form', () => {
    const short = "metrics: { prometheus: 'http://127.0.0.1:9/', use: http }";
    expect(load('{ splitBy: [route] }', short).problems).toEqual([]);
  });

  it.each([
    ['no label', '{ splitBy: [] }', 'assess.splitBy', 'names no label'],
    ['no class', '{ classes: [] }', 'assess.classes', 'names no label'],
    ['a label twice', '{ splitBy: [route, route] }', 'assess.splitBy', 'names a label twice'],
    ['too many', '{ splitBy: [a, b, c, d, e] }', 'assess.splitBy', 'names too many labels'],
    ['an unknown key', '{ splitby: [a] }', 'assess.splitby', 'did you mean "splitBy"?'],
  ])('refuses %s', (_name, assess, path, says) => {
    const found = load(assess).problems.find((problem) => problem.path === `services[0].${path}`);
    expect(found).toMatchObject({ line: 6, message: expect.stringContaining(says) as string });
  });

  it('refuses to split what no metric counts', () => {
    expect(load('{ splitBy: [region] }', 'metrics: []').problems).toMatchObject([
      { path: 'services[0].assess', message: 'splits the failures of a metric, and there is none; add "metrics"' },
    ]);
  });

  describe('with metrics of Graphite, whose labels are nodes of its paths', () => {
    const graphite = (node: string): string =>
      `metrics: [{ type: graphite, url: 'http://127.0.0.1:1/', stepSeconds: 1, sends: counts, ` +
      `requests: 'shop.{revision}${node}.all', bad: 'shop.{revision}${node}.failed' }]`;

    it('takes a label that the paths name', () => {
      expect(load('{ splitBy: [route], classes: [route] }', graphite('.{label:route}')).problems).toEqual([]);
    });

    it.each([
      [
        'splitBy',
        'which every target would have to have then',
        /\{label:route\} in the paths .* or the label on every target/,
      ],
      [
        'classes',
        'which no target could tell',
        /\{label:route\} in the paths of "requests" and "bad"[^;]* is its value$/,
      ],
    ])('refuses in %s another one, %s', (key, _name, says) => {
      expect(load(`{ ${key}: [route] }`, graphite('')).problems).toMatchObject([
        { path: `services[0].assess.${key}[0]`, line: 6, message: expect.stringMatching(says) as string },
      ]);
    });

    it('takes one that every target has', () => {
      const targets = `targets: [{ type: http, url: 'http://127.0.0.1:1/', labels: { region: eu } }]`;
      expect(load('{ splitBy: [region] }', graphite(''), targets).problems).toEqual([]);
    });
  });
});
