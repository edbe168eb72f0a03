import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdapters } from '../../src/adapters';
import { buildReport } from '../../src/domain/report';
import { rollbackId } from '../../src/domain/rollback';
import { lifeOf, patientApprover } from '../domain/report/support/life';
import { NOW } from '../domain/report/support/views';
import { request } from '../domain/rollback/support/fixtures';
import { say } from './support/fake-cli';

const folder = mkdtempSync(join(tmpdir(), 'phased-rollback-replay-'));
const config = join(folder, 'policy.yaml');
const file = join(folder, 'report.json');
const STATE = lifeOf(request('ask'), patientApprover);
const TOLD = buildReport(STATE, STATE.end!, NOW);
const SHIFT = TOLD.plan!.phases[0]!.appliedAt!;
/** The same rollback had its first phase lasted ten minutes, with the old revision free of failures. */
const MODEL = {
  ...TOLD,
  endedAt: SHIFT + 700_000,
  shares: [],
  plan: { ...TOLD.plan!, phases: TOLD.plan!.phases.slice(0, 1) },
  traffic: Array.from({ length: 60 }, (_, index) => ({
    at: SHIFT + (index + 1) * 10_000,
    current: { requests: 100, bad: 10 },
    stable: { requests: 100, bad: 0 },
  })),
};
const POLICY = `apiVersion: phased-rollback/v1
services:
  - name: checkout
    mode: auto
    archive: { type: directory, path: "${join(folder, 'reports')}" }
    targets: [{ name: eu, type: http, url: "http://127.0.0.1:1/eu" }]
    metrics:
      - &counters
        name: failed requests
        kind: errors
        type: openmetrics
        endpoints: { eu: "http://127.0.0.1:1/eu" }
        requests: { name: http_requests_total }
        bad: { name: http_requests_total, labels: { code: /5../ } }
      - { <<: *counters, name: refused, kind: latency }
`;

beforeAll(async () => {
  writeFileSync(config, POLICY);
  writeFileSync(file, JSON.stringify(MODEL));
  mkdirSync(join(folder, 'reports'));
  const adapters = createAdapters({ resolveSecret: () => '', log: { info: () => undefined }, now: () => NOW });
  const archive = adapters.archive({ type: 'directory', path: join(folder, 'reports') });
  await archive.store(rollbackId(STATE.request), { 'report.json': JSON.stringify(MODEL) }, AbortSignal.timeout(5_000));
});
afterAll(() => rmSync(folder, { recursive: true }));

const replay = (report: string, ...more: readonly string[]) =>
  say(['simulate', 'prod/checkout', '-c', config, '--report', report, ...more]);

function saved(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

/** The same report, had it kept the looks of its first phase: failures are cured, and requests refused instead. */
function guarded(): string {
  const samples = MODEL.traffic.map(({ at }) => ({
    at,
    phase: 1,
    symptom: { eu: [100, 0, 100, 10] },
    guardrails: { refused: { eu: [90, 30, 90, 2] } },
  }));
  const { plan } = MODEL;
  const phases = plan.phases.map((phase) => ({ ...phase, weights: [{ target: 'eu', weight: 25 }] }));
  return saved('guarded.json', { ...MODEL, plan: { ...plan, phases }, samples });
}

describe('simulate --report', () => {
  it('tells beside what was decided then what this policy decides on the same counts', async () => {
    const { exit, out, err } = await replay('1');
    expect({ exit, err }).toEqual({ exit: 0, err: '' });
    expect(out).toMatch(/^PHASE +WEIGHTS +THEN +AFTER +NOW +AFTER$/m);
    expect(out).toMatch(/^1 .* HELPING +\d+ s$/m);
    expect(out).toContain('phase 1: 60 samples, suspect 10 % (600/6,000), old revision 0 % (0/6,000)');
    expect(out).toContain('not replayed  refused');
  });

  it('says the same of a number, a name and a saved file', async () => {
    const [number, name, saved] = await Promise.all(['1', 'prod/checkout/1', file].map((report) => replay(report)));
    expect(name?.out).toBe(number?.out);
    expect(saved?.out).toBe(number?.out);
  });

  it('judges guardrails as well where the report has their samples', async () => {
    const { out, exit } = await replay(guarded());
    expect(exit).toBe(0);
    expect(out).toMatch(/^1 .* NEW_PROBLEM +\d+ s$/m);
    expect(out).not.toContain('not replayed');
  });

  it('prints the log as lines, which judge takes for what they were', async () => {
    const told = guarded();
    const { out } = await replay(told, '--samples');
    const lines = out.trim().split('\n');
    expect(JSON.parse(lines[0]!)).toMatchObject({
      type: 'run',
      id: `${TOLD.id} phase 1`,
      policy: { guardrails: ['refused'], targets: { eu: 25 }, control: true },
    });
    expect(JSON.parse(lines[2]!)).toEqual({
      type: 'sample',
      t: 20,
      targets: {
        eu: {
          stable: { requests: 200, errors: 0, refused: { slow: 60, requests: 180 } },
          current: { requests: 200, errors: 20, refused: { slow: 4, requests: 180 } },
        },
      },
    });
    const runs = join(folder, 'runs.jsonl');
    writeFileSync(runs, out);
    const [judged, replayed] = await Promise.all([say(['judge', runs]), replay(told, '--output', 'json')]);
    const { now } = (JSON.parse(replayed.out) as { phases: [{ now: { reason: string; afterMs: number } }] }).phases[0];
    expect(JSON.parse(judged.out)).toMatchObject({ verdict: 'halt', reason: now.reason, t: now.afterMs / 1_000 });
  });

  it('has no samples to print where no report is named', async () => {
    const { exit, err } = await say(['simulate', 'prod/checkout', '-c', config, '--samples']);
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining('name it with --report') as string });
  });

  it('gives the same as JSON', async () => {
    const { out } = await replay('1', '--output', 'json', '--baseline', '0.1%');
    expect(JSON.parse(out)).toMatchObject({
      report: TOLD.id,
      notReplayed: ['refused'],
      phases: [{ phase: 1, samples: 60, now: { decided: true, decision: 'proceed' } }],
    });
  });

  it.each([
    ['a number that is not archived', () => '9', '--report 9: the archive of prod/checkout has no such report'],
    ['a file that is not there', () => '/nowhere.json', '--report /nowhere.json: neither the number of a rollback nor'],
    ['JSON that is no report', () => saved('other.json', { a: 1 }), 'schema of the file: Invalid input'],
    [
      'a cause that nobody knows',
      () => saved('cause.json', { ...MODEL, plan: { ...MODEL.plan, cause: 'moon' } }),
      'plan.cause of the file',
    ],
    ['a rollback without a plan', () => saved('no-plan.json', { ...MODEL, plan: undefined }), 'ended without a plan'],
    [
      'a sample with half a row',
      () => saved('half.json', { ...MODEL, samples: [{ at: SHIFT + 1, phase: 1, symptom: { eu: [1, 2] } }] }),
      'samples.0.symptom.eu',
    ],
    ['a log without samples', () => saved('empty.json', { ...MODEL, traffic: [] }), 'has no sample'],
  ])('refuses %s with the value and the way out', async (_name, report, complaint) => {
    const { exit, out, err } = await replay(report());
    expect({ exit, out, err }).toEqual({ exit: 2, out: '', err: expect.stringContaining(complaint) as string });
  });

  it('refuses what only an invented incident needs', async () => {
    const { exit, err } = await replay('1', '--traffic', '50');
    expect({ exit, err }).toEqual({ exit: 2, err: expect.stringContaining("'--traffic <[target=]rate>'") as string });
  });
});
