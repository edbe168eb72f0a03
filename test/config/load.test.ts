import { loadConfig, loadConfigFile, parseDuration, policyFor } from '../../src/config';

const SMALLEST = `
apiVersion: phased-rollback/v1
services:
  - name: checkout
    targets:
      - { name: eu, type: http, url: 'http://127.0.0.1:9999/target' }
`;

const TEN_MISTAKES = `apiVersion: phased-rollback/v1
services:
  - name: checkout
    mode: automatic
    pace: fast
    tragets: []
    targets:
      - { name: EU, type: http, url: nowhere }
      - { name: us, type: htpp, url: 'http://127.0.0.1:1/' }
    metrics:
      - { name: e, kind: errors, objective: 150%, type: openmetrics, endpoints: {}, bad: { name: x } }
    phases:
      - { name: all, weight: 120 }
    timing:
      interval: ten seconds
    checks:
      - { type: probe, url: 'http://127.0.0.1:1/', status: 9000 }
  - name: cart
    targets:
      - { name: eu, type: http, url: 'http://127.0.0.1:1/', secret: '\${env:CART}' }
`;

describe('a policy file', () => {
  it('needs no more than a service and a target; everything else has a default', () => {
    const loaded = loadConfig(SMALLEST, 'policy.yaml');
    expect([loaded.problems, loaded.invalid]).toEqual([[], []]);
    expect(loaded.services[0]).toMatchObject({
      environment: 'prod',
      mode: 'ask',
      pace: 'balanced',
      onHalt: 'stay',
      timing: { intervalMs: 10_000, settleMs: 20_000, longestBakeMs: 600_000 },
      targets: [{ name: 'eu', labels: {}, adapter: { type: 'http', granularity: 'percent' } }],
    });
  });

  it('tells all ten mistakes at once, each with line and path, and keeps the other service working', () => {
    const loaded = loadConfig(TEN_MISTAKES, 'policy.yaml');
    expect(loaded.services.map((policy) => policy.service)).toEqual(['cart']);
    const problems = loaded.invalid[0]!.problems.map(({ line, path }) => `${line} ${path}`).sort();
    expect(problems).toEqual(
      [
        '4 services[0].mode',
        '5 services[0].pace',
        '6 services[0].tragets',
        '8 services[0].targets[0].name',
        '8 services[0].targets[0].url',
        '9 services[0].targets[1].type',
        '11 services[0].metrics[0].objective',
        '13 services[0].phases[0].weight',
        '15 services[0].timing.interval',
        '17 services[0].checks[0].status',
      ].sort(),
    );
    expect(loaded.invalid[0]!.problems.map((problem) => problem.message).join('\n')).toContain(
      'did you mean "targets"?',
    );
  });

  it('takes a secret by reference only, and never repeats a literal one', () => {
    const { invalid } = loadConfig(SMALLEST.replace("target' }", "target', secret: hunter2 }"), 'policy.yaml');
    expect(invalid[0]!.problems[0]).toMatchObject({ path: 'services[0].targets[0].secret' });
    expect(JSON.stringify(invalid)).not.toContain('hunter2');
  });

  it('trusts neither of two stanzas for the same service', () => {
    const twice = `${SMALLEST}${SMALLEST.slice(SMALLEST.indexOf('  - name'))}`;
    const loaded = loadConfig(twice, 'policy.yaml');
    expect(loaded.services).toEqual([]);
    expect(loaded.invalid).toHaveLength(2);
  });

  it('says where broken YAML is broken', () => {
    expect(loadConfig('services: [\n  {', 'policy.yaml').problems[0]!.line).toBeGreaterThan(0);
  });

  it('gives the same slice the same hash, and another one another', () => {
    const hash = (text: string) => loadConfig(text, 'policy.yaml').services[0]!.hash;
    expect(hash(SMALLEST)).toBe(hash(SMALLEST));
    expect(hash(SMALLEST)).not.toBe(hash(SMALLEST.replace('9999', '9998')));
  });

  it('says why a service has no policy', () => {
    const loaded = loadConfig(TEN_MISTAKES, 'policy.yaml');
    expect(policyFor(loaded, 'prod', 'checkout')).toMatchObject({
      ok: false,
      error: expect.stringContaining('line 4') as string,
    });
    expect(policyFor(loaded, 'prod', 'nobody')).toMatchObject({
      ok: false,
      error: expect.stringContaining('prod/cart') as string,
    });
  });

  it('fails with a way out when it is not there', async () => {
    await expect(loadConfigFile('/nowhere/policy.yaml')).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: expect.stringContaining('phased-rollback init') as string,
    });
  });
});

describe('a duration', () => {
  it.each([
    ['10s', 10_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['ten', undefined],
    ['10', undefined],
    ['', undefined],
  ])('%j is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
