import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idleFence } from '../../src/cli/doctor/try-shift';
import type { Finding } from '../../src/cli/examination';
import type { ServiceView } from '../../src/domain/service/view';
import { NOW } from '../domain/report/support/views';
import { FakeDoor, say } from './support/fake-cli';

const folder = mkdtempSync(join(tmpdir(), 'phased-rollback-doctor-'));
const file = join(folder, 'policy.yaml');
afterAll(() => rmSync(folder, { recursive: true }));

const HOUR_MS = 3_600_000;
const RELEASES: ServiceView['releases'] = [
  { revision: 'v42', from: NOW - HOUR_MS, source: 'recorded', schema: { min: 3, max: 3 } },
  { revision: 'v41', from: NOW - 48 * HOUR_MS, to: NOW - HOUR_MS, source: 'seen', schema: { min: 2, max: 3 } },
];

function doorOf(change: Partial<ServiceView> | undefined = {}): FakeDoor {
  const door = new FakeDoor();
  door.serviceSeen = {
    environment: 'prod',
    service: 'checkout',
    mode: 'ask',
    releases: RELEASES,
    lastKnownGood: RELEASES[1],
    quarantined: [],
    alerts: [],
    past: [],
    asOf: NOW,
    ...change,
  };
  return door;
}

interface Stanza {
  readonly eu?: string;
  readonly rest?: readonly string[];
  readonly others?: readonly string[];
}

/** A policy with one target in memory, or as it is given. */
function policy({ eu = 'v42: 75, v41: 25', rest = [], others = [] }: Stanza = {}): void {
  const lines = [
    'apiVersion: phased-rollback/v1',
    'services:',
    '  - name: checkout',
    '    targets:',
    `      - { name: eu, type: in-memory, sticky: true, revisions: { ${eu} } }`,
    '    metrics: [{ name: errors, type: in-memory }]',
    ...rest.map((line) => `    ${line}`),
    ...others,
  ];
  writeFileSync(file, lines.join('\n'));
}

async function doctor(door: FakeDoor, ...args: readonly string[]) {
  const said = await say(['doctor', 'prod/checkout', '-c', file, '-o', 'json', ...args], { door });
  const findings = JSON.parse(said.out) as readonly Finding[];
  const about = (what: string): Finding | undefined => findings.find((finding) => finding.what === what);
  return { ...said, findings, about };
}

describe('doctor of a service', () => {
  beforeEach(() => policy());

  it('says what each target serves, how it moves and whether it could move to the last known good', async () => {
    const { about } = await doctor(doorOf());
    expect(about('target eu')).toEqual({
      state: 'ok',
      what: 'target eu',
      seen: 'serves v42 75 % (ready for 75 %), v41 25 % (ready for 25 %)',
    });
    expect(about('moves eu')?.seen).toBe(
      'in percent; a user who was moved stays moved; late effects are refused by the target itself',
    );
    expect(about('dry run eu')).toMatchObject({ state: 'ok', seen: 'v42 → v41: eu can move to v41' });
    expect(about('going back')).toMatchObject({ state: 'ok', seen: expect.stringContaining('to v41') });
    expect(about('declared schema')?.state).toBe('ok');
  });

  it('says why a target would refuse, with its code and the way out, and ends with 2', async () => {
    policy({ eu: 'v42: 100' });
    const { about, exit } = await doctor(doorOf());
    expect(exit).toBe(2);
    expect(about('revision present eu')).toMatchObject({ state: 'note', fix: expect.stringContaining('v41') });
    expect(about('dry run eu')).toEqual({
      state: 'bad',
      what: 'dry run eu',
      seen: 'v42 → v41 would be refused (REVISION_UNKNOWN): v41 is not on eu',
      fix: 'deploy it there, then retry',
    });
  });

  it('names missing data, and does not take it for good', async () => {
    const { about, exit } = await doctor(doorOf());
    expect(exit).toBe(2);
    expect(about('metric errors')).toMatchObject({
      state: 'bad',
      seen: 'eu: v42 NO_DATA, no series though it serves · v41 NO_DATA, no series though it serves',
      fix: expect.stringContaining('revisionLabel'),
    });
  });

  it('names the labels of an alert that reaches it', async () => {
    expect((await doctor(doorOf())).about('alerts')).toEqual({
      state: 'ok',
      what: 'alerts',
      seen: 'critical with environment=prod service=checkout reaches it (POST /v1/alerts/alertmanager)',
    });
  });

  it.each([
    {
      title: 'none can reach it',
      rest: ['alerts: { match: { app: checkout, env: staging } }'],
      others: [],
      found: { state: 'bad', seen: expect.stringContaining('none can reach it') },
    },
    {
      title: 'they reach another service as well',
      rest: ['alerts: { match: { team: shop } }'],
      others: [
        '  - name: basket',
        '    targets: [{ name: eu, type: in-memory }]',
        '    alerts: { match: { team: shop } }',
      ],
      found: { state: 'note', seen: expect.stringContaining('and prod/basket as well') },
    },
    {
      title: 'they have to name the environment',
      rest: [],
      others: ['  - name: checkout', '    environment: staging', '    targets: [{ name: eu, type: in-memory }]'],
      found: { state: 'note', fix: 'let every alert carry the label environment or env' },
    },
  ])('says of alerts when $title', async ({ rest, others, found }) => {
    policy({ rest, others });
    expect((await doctor(doorOf())).about('alerts')).toMatchObject(found);
  });

  it('runs the checks that a team added, and says what to do about one that cannot run', async () => {
    policy({ rest: ['checks:', '  - { type: exec, name: self-test, command: [/nonexistent/self-test] }'] });
    expect((await doctor(doorOf())).about('check self-test')).toMatchObject({
      state: 'bad',
      seen: expect.stringContaining('ENOENT'),
      fix: expect.stringContaining('/nonexistent/self-test'),
    });
  });

  it.each([
    {
      title: 'nothing is known good',
      change: { lastKnownGood: undefined, releases: [] },
      what: 'going back',
      state: 'bad',
      fix: 'phased-rollback release prod/checkout',
    },
    {
      title: 'what is gone back to cannot be undone',
      change: {
        releases: [{ ...RELEASES[0]!, irreversible: [{ what: 'drops orders.note', since: NOW - 1 }] }, RELEASES[1]!],
      },
      what: 'point of no return',
      state: 'bad',
      fix: 'go forward to a fix',
    },
    {
      title: 'it is frozen',
      change: { freeze: { until: NOW + HOUR_MS, by: 'bob' } },
      what: 'freeze',
      state: 'note',
      fix: 'phased-rollback thaw prod/checkout',
    },
    { title: 'it only observes', change: { mode: 'observe' as const }, what: 'mode', state: 'note', fix: 'mode: ask' },
    {
      title: 'the workers have another policy',
      change: { policyHash: 'ffffffffffff' },
      what: 'policy in force',
      state: 'note',
      fix: 'the same file',
    },
    {
      title: 'the workers cannot read their policy',
      change: { policyError: 'line 3' },
      what: 'policy in force',
      state: 'bad',
      fix: 'mend the policy file',
    },
  ])('says so, with the way out, when $title', async ({ change, what, state, fix }) => {
    expect((await doctor(doorOf(change))).about(what)).toMatchObject({ state, fix: expect.stringContaining(fix) });
  });

  it('still examines targets while no worker answers', async () => {
    const door = doorOf();
    door.serviceSeen = undefined;
    const { about } = await doctor(door);
    expect(about('worker')).toMatchObject({ state: 'bad', fix: expect.stringContaining('phased-rollback worker') });
    // Nobody knows what is known good: towards the other revision that is seen.
    expect(about('dry run eu')).toMatchObject({ state: 'ok', seen: 'v42 → v41: eu can move to v41' });
  });

  it('names a service that the file does not describe', async () => {
    const said = await say(['doctor', 'prod/basket', '-c', file], { door: doorOf() });
    expect(said).toMatchObject({ exit: 2, out: expect.stringContaining('it describes prod/checkout') });
  });

  it('prints one finding a line in a pipe, each that needs mending with its fix below', async () => {
    const said = await say(['doctor', 'prod/checkout', '-c', file], { door: doorOf() });
    const lines = said.out.trimEnd().split('\n');
    const isFix = (line: string | undefined): boolean => /^ +fix: \S/.test(line ?? '');
    expect(lines.filter((line) => !/^[✓·✗] /.test(line) && !isFix(line))).toEqual([]);
    expect(lines.filter((line, at) => /^[·✗] /.test(line) !== isFix(lines[at + 1]))).toEqual([]);
    expect(said.out).not.toContain('\u001b');
  });
});

describe('doctor --try-shift', () => {
  beforeEach(() => policy());

  it('sets the share that is served already', async () => {
    expect((await doctor(doorOf(), '--try-shift')).about('try eu')).toEqual({
      state: 'ok',
      what: 'try eu',
      seen: 'took a shift to what it serves, v41 25 %, and nothing moved',
    });
  });

  it('needs a service', async () => {
    expect(await say(['doctor', '-c', file, '--try-shift'])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('--try-shift needs a service'),
    });
  });

  it.each([
    {
      title: 'a rollback is live',
      view: { live: { id: 'rollback/prod/checkout/7', number: 7, startedAt: NOW - 1, cause: 'errors' as const } },
      seen: 'a rollback of prod/checkout is live',
    },
    { title: 'nobody can say whether one is', view: undefined, seen: 'nobody could say' },
  ])('touches nothing while $title', async ({ view, seen }) => {
    const door = doorOf(view);
    if (!view) door.serviceSeen = undefined;
    const { about, exit } = await doctor(door, '--try-shift');
    expect(exit).toBe(2);
    expect(about('try')).toMatchObject({ state: 'bad', seen: expect.stringContaining(seen), fix: expect.any(String) });
    expect(about('try eu')).toBeUndefined();
  });

  it('touches nothing where a third revision has a share, which setting one would move', async () => {
    policy({ eu: 'v42: 50, v41: 25, v40: 25' });
    expect((await doctor(doorOf(), '--try-shift')).about('try eu')).toMatchObject({
      state: 'note',
      seen: 'not tried: v42 and v41 serve 75 % of it, and setting a share would move the rest',
    });
  });

  it('takes a fence above all that has ended and below all that comes', () => {
    const fence = idleFence([{ endedAt: NOW }, { endedAt: NOW - HOUR_MS }], NOW + HOUR_MS);
    const [ended, next] = [NOW - 60_000, NOW];
    expect(fence.epoch).toBeGreaterThan(ended);
    expect(fence.epoch).toBeLessThan(next);
    expect(idleFence([], NOW).epoch).toBe(0);
    expect(idleFence([], NOW + 1_000).number).toBeGreaterThan(idleFence([], NOW).number);
  });
});
