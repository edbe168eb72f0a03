import { loadConfig } from '../../src/config';
import type { ConfigProblem } from '../../src/config';
import { judgedMetrics, metricOf } from '../../src/domain/policy/policy';
import type { ServicePolicy } from '../../src/domain/policy/policy';

const RATIO = '{ type: openmetrics, endpoints: {}, requests: { name: all }, bad: { name: failed } }';

function load(...metrics: readonly string[]): {
  policy: ServicePolicy | undefined;
  problems: readonly ConfigProblem[];
} {
  const lines = [
    'apiVersion: phased-rollback/v1',
    'services:',
    '  - name: cart',
    "    targets: [{ type: http, url: 'http://127.0.0.1:1/' }]",
    '    metrics:',
    ...metrics.map((metric) => `      - ${metric}`),
    '',
  ];
  const { services, invalid } = loadConfig(lines.join('\n'), 'policy.yaml');
  return { policy: services[0], problems: invalid.flatMap((entry) => entry.problems) };
}

function metric(rest: string): string {
  return `{ type: openmetrics, endpoints: {}, ${rest} }`;
}

const GAUGE = metric('name: cpu, kind: saturation, gauge: { name: cpu }');
const CRASHES = metric('name: crashes, events: { name: crashes_total }');
const HISTOGRAM = metric('kind: latency, bad: { slowerThan: { histogram: seconds } }');

describe('what a metric of the policy file measures', () => {
  it.each([
    ['a histogram without a bound', HISTOGRAM, 'buckets'],
    ['a gauge', GAUGE, 'gauge'],
    ['events', CRASHES, 'events'],
    ['a bound', metric('kind: latency, bad: { slowerThan: { histogram: seconds, boundSeconds: 0.5 } }'), undefined],
  ])('is told of %s', (_name, own, measures) => {
    const { policy, problems } = load(RATIO, own);
    expect(problems).toEqual([]);
    expect(policy?.metrics[1]?.measures).toBe(measures);
    expect(policy?.metrics[0]).not.toHaveProperty('measures');
  });

  it('carries a threshold', () => {
    const { policy } = load(RATIO, GAUGE.replace('gauge:', 'threshold: 0.9, gauge:'));
    expect(policy?.metrics[1]).toMatchObject({ kind: 'saturation', threshold: 0.9, measures: 'gauge' });
  });

  it('carries the margin of a gauge, in its own unit', () => {
    const margin = (own: string) => load(RATIO, GAUGE.replace('gauge:', `margin: ${own}, gauge:`));
    expect(margin('{ factor: 2, delta: 40 }').policy?.metrics[1]).toMatchObject({ margin: { factor: 2, delta: 40 } });
    expect(load(RATIO, GAUGE).policy?.metrics[1]).not.toHaveProperty('margin');
    expect(margin('{ factor: 0.5 }').problems).toMatchObject([
      { path: 'services[0].metrics[1].margin.factor', message: expect.stringContaining('must be at least 1') },
    ]);
    expect(margin('{ delta: -1 }').problems).toMatchObject([{ path: 'services[0].metrics[1].margin.delta' }]);
    expect(margin('{ points: 1 }').problems).toHaveLength(1);
  });

  it('carries the bound of its own that latency has', () => {
    const own = HISTOGRAM.replace('seconds }', 'seconds, boundSeconds: 0.5 }');
    expect(load(RATIO, own).policy?.metrics[1]).toMatchObject({ boundSeconds: 0.5 });
    for (const without of load(RATIO, HISTOGRAM).policy?.metrics ?? [])
      expect(without).not.toHaveProperty('boundSeconds');
  });

  it.each([
    ['a margin of requests', RATIO.replace('type', 'margin: { factor: 2 }, type'), 'margin', 'have the "margins" of'],
    [
      'a margin of events',
      metric('margin: { factor: 2 }, events: { name: crashes_total }'),
      'margin',
      'have a "threshold"',
    ],
    [
      'a critical threshold, which stops a phase by itself',
      GAUGE.replace('gauge:', 'threshold: 3, critical: true, gauge:'),
      'critical',
      'leave it out, or add a "margin"',
    ],
    ['a threshold of requests', RATIO.replace('type', 'threshold: 3, type'), 'threshold', 'has an "objective"'],
    ['a share of a gauge', GAUGE.replace('gauge:', 'objective: 1%, gauge:'), 'objective', 'use "threshold"'],
    ['a share of nothing', HISTOGRAM.replace('bad:', 'objective: 1%, bad:'), 'objective', 'slower than what?'],
    ['two measures', GAUGE.replace('gauge:', 'events: { name: a }, gauge:'), 'events', 'stands beside "gauge"'],
    ['no measure', metric('kind: errors'), 'bad', 'is missing; a metric has "bad", or "gauge", or "events"'],
  ])('refuses %s', (_name, own, key, says) => {
    const { problems } = load(
      RATIO.replace('type', 'name: main, type'),
      own.replace('type', 'name: own, type').replace('name: cpu, ', ''),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]?.path).toBe(`services[0].metrics[1].${key}`);
    expect(problems[0]?.message).toContain(says);
  });

  it('refuses a service of which nothing could show that going back helps', () => {
    const { problems } = load(GAUGE, CRASHES);
    expect(problems).toMatchObject([{ message: expect.stringContaining('nothing could show that going back helps') }]);
  });
});

describe('the metric that has to get better', () => {
  const of = (...metrics: readonly string[]): ServicePolicy => {
    const { policy } = load(...metrics);
    if (!policy) throw new Error('the policy is wrong');
    return policy;
  };

  it('is never a gauge, and never events: they only must not get worse', () => {
    const policy = of(CRASHES, GAUGE, RATIO.replace('type', 'name: failed, type'));
    for (const cause of ['errors', 'saturation', 'latency', 'security'] as const) {
      expect(metricOf(policy, cause)?.name).toBe('failed');
      expect(judgedMetrics(policy, cause).guardrails.map(({ name }) => name)).toEqual(['crashes', 'cpu']);
    }
  });

  it('is one of saturation that has requests, or the latency, where the cause is saturation', () => {
    const throttled = metric('name: throttled, kind: saturation, requests: { name: a }, bad: { name: b }');
    expect(metricOf(of(RATIO, HISTOGRAM, throttled), 'saturation')?.name).toBe('throttled');
    expect(metricOf(of(RATIO, HISTOGRAM, GAUGE), 'saturation')?.name).toBe('latency');
  });
});

describe('guardrails', () => {
  const named = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => CRASHES.replace('crashes,', `crashes ${index},`));

  it('are six at most, and one too many is told with how many there are and what to do', () => {
    expect(load(RATIO, ...named(6)).problems).toEqual([]);
    const { problems } = load(RATIO, ...named(7));
    expect(problems).toMatchObject([{ path: 'services[0].metrics', line: 5 }]);
    expect(problems[0]?.message).toBe(
      'holds 8: in a rollback for errors that makes 7 guardrails. Beside more than 6 nothing is proven in time; ' +
        'leave out the least telling, or count what belongs together as one',
    );
  });

  it('count a histogram without a bound, which is its own, when latency is the trouble', () => {
    expect(load(RATIO, HISTOGRAM, ...named(4)).problems).toEqual([]);
    const { problems } = load(RATIO, HISTOGRAM, ...named(5));
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(
      'holds 7: in a rollback for latency that makes 7 guardrails, latency itself among them: with "boundSeconds" it is none',
    );
    expect(load(RATIO, HISTOGRAM.replace('seconds }', 'seconds, boundSeconds: 1 }'), ...named(5)).problems).toEqual([]);
  });

  it('are critical with a threshold only where something is compared as well', () => {
    const both = GAUGE.replace('gauge:', 'threshold: 3, margin: {}, critical: true, gauge:');
    const { policy, problems } = load(RATIO, both);
    expect(problems).toEqual([]);
    expect(policy?.metrics[1]).toMatchObject({ threshold: 3, margin: {}, critical: true });
    const crashes = load(RATIO, CRASHES.replace('events:', 'threshold: 3, critical: true, events:'));
    expect(crashes.problems).toEqual([]);
  });

  it('are critical where the policy says so, and normal else', () => {
    const { policy, problems } = load(RATIO, CRASHES.replace('name:', 'critical: true, name:'), GAUGE);
    expect(problems).toEqual([]);
    expect(policy?.metrics.map(({ critical }) => critical)).toEqual([undefined, true, undefined]);
    const normal = load(RATIO, CRASHES.replace('name:', 'critical: false, name:')).policy;
    expect(normal?.metrics[1]).not.toHaveProperty('critical');
    expect(load(RATIO, CRASHES.replace('name:', 'critical: very, name:')).problems).toMatchObject([
      { path: 'services[0].metrics[1].critical', message: 'must be a boolean, not a text' },
    ]);
  });
});
