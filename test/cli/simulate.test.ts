import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedTargets } from '../../src/cli/simulation-options';
import { histogram, marksFor } from '../../src/cli/simulation-text';
import { POLICY as SERVICE } from '../domain/rollback/support/fixtures';
import { say } from './support/fake-cli';

const POLICY = `apiVersion: phased-rollback/v1
services:
  - name: checkout
    mode: auto
    targets:
      - { name: eu, type: http, url: "http://127.0.0.1:1/eu", labels: { region: eu } }
      - { name: us, type: http, url: "http://127.0.0.1:1/us", labels: { region: us } }
    metrics:
      - &counters
        name: failed requests
        kind: errors
        objective: 1%
        type: openmetrics
        endpoints: { eu: "http://127.0.0.1:1/eu", us: "http://127.0.0.1:1/us" }
        requests: { name: http_requests_total }
        bad: { name: http_requests_total, labels: { code: /5../ } }
      - { <<: *counters, name: refused, kind: latency }
`;

interface Told {
  readonly seed: number;
  readonly forecast: {
    readonly finished: number;
    readonly right: string;
    readonly stops: readonly { readonly reason: string }[];
    readonly exposed: Readonly<Record<'phased' | 'idle', { readonly p50: number }>>;
    readonly failed: Readonly<Record<'idle', { readonly p50: number }>>;
  };
}

describe('phased-rollback simulate', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-simulate-'));
  const file = join(dir, 'policy.yaml');
  beforeAll(() => writeFileSync(file, POLICY));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const simulate = (options: readonly string[], env: NodeJS.ProcessEnv = {}, terminal = false) =>
    say(['simulate', 'prod/checkout', '--config', file, '--runs', '12', ...options], { env, terminal });

  it('tells how long it takes, where it stops and what fails, in 80 columns of plain ASCII', async () => {
    const { exit, out, err } = await simulate(['--guardrail', 'refused=12%/2%'], { LANG: 'C' });
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain('wrong proceed none of 12 runs');
    expect(out).toMatch(/halts in phase 1: NEW_PROBLEM/);
    const comparison = /by this plan.* [\d,]+ \([\d,]+\)\n.*in one jump.*\n.*doing nothing.*\n/;
    for (const what of ['exposed requests: what the suspect served in that time', 'failed requests in that time']) {
      expect(out.slice(out.indexOf(what))).toMatch(new RegExp(`^${what}.*\\n${comparison.source}`));
    }
    expect(out).toContain('seed 1');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(/^[\n\u0020-\u007e]*$/.test(out)).toBe(true);
  });

  it.each([
    ['latency', 'is slow', 'slow requests'],
    ['saturation', 'is saturated', 'saturated requests'],
  ])('speaks of %s in its own words where that is the symptom', async (kind, says, requests) => {
    const own = join(dir, `${kind}.yaml`);
    writeFileSync(own, POLICY.replace('kind: latency', `kind: ${kind}`));
    const { out } = await simulate(['--config', own, '--cause', kind]);
    expect(out).toMatch(new RegExp(`^${says} +5 % on the suspect, 0.1 % on the old revision$`, 'm'));
    expect(out).toContain(`\n${requests} in that time, on either revision`);
    expect(out).not.toMatch(/^fails|^failed requests in/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('says which guardrails are held against the past where a phase has no control', async () => {
    const bare = join(dir, 'bare.yaml');
    writeFileSync(bare, POLICY.replace('        objective: 1%\n', ''));
    const { out } = await simulate(['--config', bare]);
    expect(out).toContain('no control    held against what the suspect had before: refused\n');
    expect((await simulate([])).out).not.toContain('no control');
  });

  it('takes a guardrail of which nothing is said for better than the policy asks, so that it stops nothing', async () => {
    const { out } = await simulate(['--suspect-fails', '20%', '--output', 'json']);
    const { forecast } = JSON.parse(out) as Told;
    expect(forecast.stops.filter(({ reason }) => reason === 'NEW_PROBLEM')).toEqual([]);
    expect(forecast.finished).toBeGreaterThan(0);
  });

  it('draws blocks where the locale speaks UTF-8', async () => {
    expect((await simulate([], { LANG: 'en_GB.UTF-8' })).out).toContain('█');
    expect((await simulate([], { LANG: 'en_GB.UTF-8', LC_ALL: 'C' })).out).not.toContain('█');
  });

  it('tells the same of the same seed as JSON, and nothing else', async () => {
    const [one, same, other] = await Promise.all(
      ['5', '5', '6'].map((seed) => simulate(['--seed', seed, '--bursts', '--output', 'json'])),
    );
    expect(one?.out).toBe(same?.out);
    expect(one?.out).not.toBe(other?.out);
    const told = JSON.parse(one?.out ?? '') as Told;
    expect(told).toMatchObject({ seed: 5, forecast: { right: 'goOn' } });
    const { exposed, failed } = told.forecast;
    expect(exposed.idle.p50).toBeGreaterThan(exposed.phased.p50);
    expect(failed.idle.p50).toBeCloseTo(0.05 * exposed.idle.p50);
  });

  it('goes back by the policy that is there: only where it is selected', async () => {
    const { out } = await simulate(['--select', 'region=us']);
    expect(out).toContain('us 25 %');
    expect(out).not.toContain('eu');
  });

  it.each([
    ['a share above all', ['--old-fails', '3'], '--old-fails 3: write a share of the requests such as 5% or 0.05'],
    ['a rate of nothing', ['--traffic', 'eu=0'], '--traffic eu=0: write requests a second above 0'],
    ['an unknown target', ['--traffic', 'ap=5'], 'the policy has no target "ap"; it has eu, us'],
    [
      'an unknown guardrail',
      ['--guardrail', 'cpu=1%/2%'],
      'no guardrail that counts bad requests "cpu"; it has refused',
    ],
    ['half a guardrail', ['--guardrail', 'refused=1%'], 'write <name>=<old>/<suspect>, such as refused=12%/2%'],
    ['labels nobody has', ['--select', 'region=ap'], '--select: no target has these labels; the policy has eu, us'],
    ['too many runs', ['--runs', '1e9'], '--runs 1e9: write a whole number from 1 to 100000'],
    ['half a seed', ['--seed', '0.5'], '--seed 0.5: write a whole number'],
  ])('refuses %s with the option, the value and the way out', async (_name, options, complaint) => {
    const { exit, out, err } = await simulate(options);
    expect({ exit, out, err }).toEqual({ exit: 2, out: '', err: expect.stringContaining(complaint) as string });
  });

  it('offers no target whose requests are counted at the one that it stands behind', () => {
    const route = { name: 'route', labels: { region: 'eu' }, adapter: { type: 'in-memory' } };
    const policy = { ...SERVICE, targets: [route, { ...route, name: 'pods', behind: 'route' }] };
    expect(simulatedTargets(policy, { region: 'eu' })).toEqual(['route']);
    expect(() => simulatedTargets(policy, { region: 'ap' })).toThrow(/the policy has route$/);
  });

  it('says which services the policy file describes', async () => {
    const { exit, err } = await say(['simulate', 'prod/cart', '--config', file]);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining('prod/checkout') as string });
  });
});

describe('a histogram', () => {
  const marks = marksFor({ env: {} });

  it('shows the shortest and the longest run beneath it', () => {
    const [line, scale] = histogram([1_000, 1_000, 61_000], marks);
    expect(line).toMatch(/^\|# +=\|$/);
    expect(scale).toMatch(/^ 1 s +61 s$/);
  });

  it('needs no plot where all took the same, or nothing ran', () => {
    expect(histogram([5_000, 5_000], marks)).toEqual(['every run took 5 s']);
    expect(histogram([], marks)).toEqual([]);
  });
});
