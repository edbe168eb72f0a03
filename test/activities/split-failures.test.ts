import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { splitFailures } from '../../src/activities/split-failures';
import { createAdapters } from '../../src/adapters';
import type { Split } from '../../src/domain/plan';
import type { TargetPolicy } from '../../src/domain/policy/policy';
import { startDatadogStub } from '../adapters/metric-providers/support/datadog-stub';
import type { StubEvents } from '../adapters/metric-providers/support/bucket-suite';
import { testDependencies } from '../adapters/support/dependencies';
import { POLICY, request } from '../domain/rollback/support/fixtures';

const NOW = Date.parse('2026-11-23T12:10:00Z');
const DELAY_MS = 90_000;
const WINDOW_MS = 300_000;
const BUCKET_MS = 30_000;

/** What every bucket of the window brings of the suspect; all failures are in eu. */
const BRINGS: readonly Omit<StubEvents, 'at' | 'revision'>[] = [
  { target: 'eu', labels: { route: '/pay' }, requests: 300, bad: 60 },
  { target: 'eu', labels: { route: '/cart' }, requests: 300, bad: 0 },
  { target: 'us', labels: { route: '/cart' }, requests: 300, bad: 0 },
  { target: 'us', labels: {}, requests: 300, bad: 0 },
];

function held(): StubEvents[] {
  const end = NOW - DELAY_MS;
  const buckets = Array.from({ length: WINDOW_MS / BUCKET_MS }, (_, index) => end - (index + 1) * BUCKET_MS);
  return buckets.flatMap((at) => BRINGS.map((each) => ({ ...each, at, revision: 'v42' })));
}

/** What is told of the failures by these labels, from Datadog, which a stub stands in for. */
async function splitBy(labels: readonly string[], targets = POLICY.targets): Promise<readonly Split[]> {
  const stub = await startDatadogStub(held());
  const provider = {
    type: 'datadog',
    url: stub.url,
    apiKey: '${env:KEY}',
    applicationKey: '${env:KEY}',
    targetLabel: 'region',
    requests: { name: 'shop.requests' },
    bad: { name: 'shop.errors' },
  };
  const adapters = createAdapters({ ...testDependencies({ '${env:KEY}': 'k' }), now: () => NOW });
  const deps = { adapters, now: () => NOW } as unknown as ActivityDependencies;
  const policy = {
    ...POLICY,
    targets,
    metrics: [{ name: 'errors', kind: 'errors' as const, provider }],
    assess: { splitBy: labels },
  };
  const context = { cancellationSignal: new AbortController().signal, log: { warn: () => undefined } };
  const question = {
    policy,
    cause: 'errors',
    targets: ['eu', 'us'],
    fromRevision: 'v42',
    toRevision: 'v41',
    census: {},
  } as const;
  try {
    const found = await asyncLocalStorage.run(context as unknown as Context, () =>
      splitFailures(deps, question, request('ask', 'person')),
    );
    return found ?? [];
  } finally {
    await stub.close();
  }
}

describe('the failures of a suspect before a plan, where Datadog counts them', () => {
  it('are told apart by a label that the targets lack', async () => {
    const [split] = await splitBy(['route']);
    expect(split).toMatchObject({ kind: 'split', finding: 'worse', values: 3, windowMs: WINDOW_MS });
    const slices = split?.kind === 'split' ? split.slices : [];
    const told = slices.map(({ value, standing, current }) => [value, `${standing} ${current.bad}`]);
    expect(Object.fromEntries(told)).toEqual({ '/pay': 'worse 600', '/cart': 'better 0', '': 'unproven 0' });
  });

  it('are told apart by what the targets say, where no tag can have the name of the label', async () => {
    const places: readonly TargetPolicy[] = POLICY.targets.map((target) => ({
      ...target,
      labels: { 'data centre': `dc-${target.name}` },
    }));
    const [split] = await splitBy(['data centre'], places);
    expect(split).toMatchObject({
      kind: 'split',
      finding: 'worse',
      slices: [{ value: 'dc-eu', standing: 'worse' }, {}],
    });
  });

  it('are not told apart where neither could, with the reason', async () => {
    expect(await splitBy(['data centre', 'segment'])).toEqual([
      { kind: 'unsplit', label: 'data centre', because: '"data centre" cannot be the name of a tag of Datadog' },
      { kind: 'unsplit', label: 'segment', because: 'nothing that is counted has it' },
    ]);
  });
});
