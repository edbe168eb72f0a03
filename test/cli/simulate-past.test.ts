import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceView } from '../../src/domain/service/view';
import { needsStore, startRemembering } from '../adapters/metric-providers/support/metric-store';
import type { MetricStore } from '../adapters/metric-providers/support/metric-store';
import { listen, send } from '../adapters/support/loopback';
import { NOW } from '../domain/report/support/views';
import { FakeDoor, say } from './support/fake-cli';

const SCRAPE_S = 15;
/** The store's past: twenty minutes of v41 alone, then forty of v42, on each of two targets. */
const BEGAN = Math.floor(NOW / 1_000) - 3_600;
const CHANGED = BEGAN + 1_200;
const ENDED = BEGAN + 3_600;
const iso = (seconds: number): string => new Date(seconds * 1_000).toISOString();

/** Fifty requests a second on each target; of v42's every twentieth fails, of v41's every thousandth, each fiftieth is slow. */
function remembered(): string {
  const lines: string[] = [];
  for (const region of ['eu', 'us']) {
    for (const [revision, from, to, fails] of [
      ['v41', BEGAN, CHANGED, 0.001],
      ['v42', CHANGED, ENDED, 0.05],
    ] as const) {
      for (let at = from; at <= to; at += SCRAPE_S) {
        const requests = 50 * (at - from);
        const line = (name: string, value: number): string =>
          `${name}{region="${region}",revision="${revision}"} ${Math.round(value)} ${at}`;
        lines.push(
          line('asked_total', requests),
          line('failed_total', requests * fails),
          line('slow_total', requests / 50),
        );
      }
    }
  }
  const [asked, failed, slow] = ['asked', 'failed', 'slow'].map((name) =>
    [`# TYPE ${name} counter`, ...lines.filter((line) => line.startsWith(`${name}_total`))].join('\n'),
  );
  return `${asked}\n${failed}\n${slow}\n# EOF\n`;
}

function policyFor(url: string, type = 'prometheus', targetsUrl = 'http://127.0.0.1:1'): string {
  const source =
    type === 'prometheus' ? `url: "${url}", targetLabel: region` : `endpoints: { eu: "${url}", us: "${url}" }`;
  return `apiVersion: phased-rollback/v1
services:
  - name: checkout
    mode: auto
    targets:
      - { name: eu, type: http, url: "${targetsUrl}/eu" }
      - { name: us, type: http, url: "${targetsUrl}/us" }
    metrics:
      - { name: failed requests, kind: errors, type: ${type}, ${source}, requests: { name: asked_total }, bad: { name: failed_total } }
      - { name: slow, kind: latency, type: ${type}, ${source}, requests: { name: asked_total }, bad: { name: slow_total } }
`;
}

interface Told {
  readonly baseline: number;
  readonly incident: { readonly current: number; readonly stable: number; readonly traffic: Record<string, number> };
  readonly past: { readonly intervals: number; readonly unmeasured: number };
  readonly forecast: { readonly finished: number; readonly right: string };
}

describe('phased-rollback simulate on a past window', () => {
  const dir = mkdtempSync(join(tmpdir(), 'phased-rollback-past-'));
  const file = join(dir, 'policy.yaml');
  needsStore('prometheus');
  let store: MetricStore;
  beforeAll(async () => {
    store = await startRemembering(remembered());
    writeFileSync(file, policyFor(store.url));
  });
  afterAll(async () => {
    await store.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const simulate = (args: readonly string[], door = new FakeDoor()) =>
    say(['simulate', 'prod/checkout', '--config', file, '--runs', '20', ...args], { door, env: { LANG: 'C' } });
  const named = ['--suspect', 'v42', '--old', 'v41'];
  const whole = ['--from', iso(BEGAN), '--to', iso(ENDED)];

  it('plays what Prometheus remembers of both revisions, in 80 columns of plain ASCII', async () => {
    const { exit, out, err } = await simulate([...whole, ...named]);
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toContain('100 requests a second');
    expect(out).toMatch(/^fails +5 % on v42\n +0\.1 % on v41$/m);
    expect(out).toMatch(/^guardrail +slow: 2 % on v42\n +2 % on v41$/m);
    expect(out).toMatch(/^ +160 intervals of 15 s$/m);
    expect(out).toMatch(/^requests +\|#+\| up to 100 a second$/m);
    expect(out).toContain('wrong halt    none of 20 runs (going back is right here)');
    expect(out).toMatch(/by this plan.*\n.*in one jump.*\n.*doing nothing/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(/^[\n\u0020-\u007e]*$/.test(out)).toBe(true);
  });

  it('reads what was normal before the suspect came, and tells all of it as JSON', async () => {
    const { out } = await simulate([...whole, ...named, '--output', 'json']);
    const told = JSON.parse(out) as Told;
    expect(told.baseline).toBeCloseTo(0.001, 4);
    expect(told.incident.current).toBeCloseTo(0.05, 3);
    expect(told.incident.stable).toBeCloseTo(0.001, 4);
    expect(told.incident.traffic['eu']).toBeCloseTo(50, 1);
    expect(told.past).toMatchObject({
      intervals: 160,
      unmeasured: 0,
      oldSeen: true,
      guardedOld: ['slow'],
      unserved: [],
    });
    expect(told.forecast).toMatchObject({ right: 'goOn', wrongHalt: 0 });
  });

  it('reads revisions under the names that their targets say metrics know them by', async () => {
    const revisions = [
      { revision: '2.0', weight: 100, readyCapacity: 100, readyInstances: 3, knownAs: ['v42'] },
      { revision: '1.9', weight: 0, readyCapacity: 0, readyInstances: 0, knownAs: ['v41'] },
    ];
    const targets = await listen((_request, response) =>
      send(response, 200, { status: 'done', observed: { revisions } }),
    );
    const renamed = join(dir, 'renamed.yaml');
    writeFileSync(renamed, policyFor(store.url, 'prometheus', targets.url));
    const asked = await simulate([...whole, '--suspect', '2.0', '--old', '1.9', '--config', renamed]);
    await targets.close();
    expect(asked).toMatchObject({ exit: 0, err: '' });
    expect(asked.out).toMatch(/^fails +5 % on 2\.0\n +0\.1 % on 1\.9$/m);
    const unasked = await simulate([...whole, '--suspect', '2.0', '--config', renamed]);
    expect(unasked.err).toContain('eu, us could not be asked by what other name metrics know it');
  });

  it('takes what the old revision fails as it is told where the window does not show it', async () => {
    const late = ['--last', '30m', '--suspect', 'v42', '--old-fails', '5%'];
    const { out } = await simulate(late);
    expect(out).toMatch(/^ +5 % on the old revision, which is assumed$/m);
    expect(out).toContain('where it stops');
    expect(out).toMatch(/halts in phase 1: NOT_HELPING/);
    expect((await simulate([...late, '--output', 'json'])).out).toContain('"guardedOld": []');
  });

  it('asks Temporal for the last release before the end of the window where no revision is named', async () => {
    const door = new FakeDoor();
    const release = (revision: string, from: number) => ({ revision, from: from * 1_000, source: 'recorded' as const });
    const releases = [release('v43', ENDED + 60), release('v42', CHANGED), release('v41', BEGAN - 864_000)];
    const view: ServiceView = {
      environment: 'prod',
      service: 'checkout',
      releases,
      quarantined: [],
      alerts: [],
      past: [],
      asOf: NOW,
    };
    door.serviceSeen = view;
    const { exit, out } = await simulate(whole, door);
    expect(exit).toBe(0);
    expect(out).toMatch(/on v42\n.* on v41$/m);
    expect(door.closed).toBe(1);
  });

  it.each([
    [
      'no such revision',
      [...whole, '--suspect', 'v9'],
      2,
      `no request of v9 on eu, us from ${iso(BEGAN).slice(0, 19)}Z`,
    ],
    [
      'a window before all data',
      ['--from', iso(BEGAN - 7_200), '--to', iso(BEGAN - 3_600), ...named],
      2,
      'no request of v42',
    ],
    [
      'too little of the suspect',
      ['--from', iso(BEGAN), '--to', iso(CHANGED + 120), ...named],
      2,
      'in 8 intervals only',
    ],
    [
      'a window that ends before it begins',
      ['--from', iso(ENDED), '--to', iso(BEGAN), ...named],
      2,
      'ends before it begins',
    ],
    ['a short window', ['--last', '30s', ...named], 2, '--last 30s: too short; 12 intervals of 10 s are the least'],
    ['a long window', ['--last', '3d', ...named], 2, '--last 3d: 3 d are too long; name a window of at most'],
    ['a window ahead', ['--from', iso(ENDED), '--to', iso(ENDED + 900), ...named], 2, 'ends in the future'],
    ['a time without its zone', ['--from', '2026-11-23T02:40:00', ...named], 2, 'write a time with its zone'],
    [
      'no length of time',
      ['--last', 'long', ...named],
      2,
      '--last long is not a length of time: write one like 30m or 2h',
    ],
    ['an end alone', ['--to', iso(ENDED), ...named], 2, 'say with --from where the window begins'],
    ['a revision without a window', named, 2, '--suspect v42: say which past is meant'],
    ['an old revision alone', [...whole, '--old', 'v41'], 2, '--old v41: name the suspect as well'],
    ['an unknown release', whole, 2, 'no release of prod/checkout before the end of it is known; name the revision'],
    ['an invented incident as well', ['--last', '1h', '--traffic', '50'], 2, "'--traffic <[target=]rate>'"],
    ['two windows', ['--last', '1h', '--from', iso(BEGAN)], 2, "'--from <time>'"],
    ['a report as well', [...whole, '--report', '7'], 2, "'--from <time>'"],
  ])('refuses %s with the option, the value and the way out', async (_name, args, exit, complaint) => {
    const said = await simulate(args);
    expect(said).toMatchObject({ exit, out: '', err: expect.stringContaining(complaint) as string });
  });

  it('says with another exit code that the store cannot be reached', async () => {
    const away = join(dir, 'away.yaml');
    writeFileSync(away, policyFor('http://127.0.0.1:1'));
    const said = await simulate([...whole, ...named, '--config', away]);
    expect(said).toMatchObject({ exit: 5, out: '', err: expect.stringContaining('127.0.0.1:1') as string });
  });

  it('says that a source which keeps no past cannot tell, and what to do', async () => {
    const page = await listen((_request, response) => response.end(''));
    const present = join(dir, 'present.yaml');
    writeFileSync(present, policyFor(page.url, 'openmetrics'));
    const said = await simulate([...whole, ...named, '--config', present]);
    await page.close();
    const complaint =
      'the past of "failed requests" cannot be read: a metrics page knows only the present; name a metric';
    expect(said).toMatchObject({ exit: 2, out: '', err: expect.stringContaining(complaint) as string });
  });
});
