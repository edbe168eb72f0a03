import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { explained } from '../../src/activities/error-classes';
import { createAdapters } from '../../src/adapters';
import type { JudgeState } from '../../src/domain/judge';
import { CLASSES_UNTOLD } from '../../src/domain/judge/classes';
import type { MetricPolicy } from '../../src/domain/policy/policy';
import { testDependencies } from '../adapters/support/dependencies';
import { needsStore, startRemembering } from '../adapters/metric-providers/support/metric-store';
import type { MetricStore } from '../adapters/metric-providers/support/metric-store';
import { POLICY, verdict } from '../domain/rollback/support/fixtures';

const SCRAPE_S = 5;
const BEGAN = Math.floor(Date.now() / 1_000 / SCRAPE_S) * SCRAPE_S - 900;
/** The phase begins when v41 gets a share; before that it failed as v42 does. */
const PHASE = BEGAN + 600;
const ENDED = PHASE + 120;

/** What every second brings, by revision and code; `since`: from when on. */
const BRINGS = [
  { revision: 'v42', code: '200', perSecond: 47, since: BEGAN },
  { revision: 'v42', code: '500', perSecond: 3, since: BEGAN },
  { revision: 'v41', code: '200', perSecond: 40, since: BEGAN },
  { revision: 'v41', code: '500', perSecond: 2, since: BEGAN },
  { revision: 'v41', code: '503', perSecond: 8, since: PHASE },
] as const;

function page(): string {
  const lines = ['# TYPE http_requests counter'];
  for (const target of ['eu', 'us']) {
    for (const { revision, code, perSecond, since } of BRINGS) {
      for (let at = BEGAN; at <= ENDED; at += SCRAPE_S) {
        const count = perSecond * Math.max(0, at - since);
        lines.push(`http_requests_total{region="${target}",revision="${revision}",code="${code}"} ${count} ${at}`);
      }
    }
  }
  return [...lines, '# EOF', ''].join('\n');
}

describe('a phase that is halted because the old revision is worse, with a real Prometheus', () => {
  needsStore('prometheus');
  let store: MetricStore;
  beforeAll(async () => {
    store = await startRemembering(page());
  });
  afterAll(() => store.close());

  async function halted(labels: readonly string[]) {
    const symptom: MetricPolicy = {
      name: 'failed requests',
      kind: 'errors',
      provider: {
        type: 'prometheus',
        url: store.url,
        targetLabel: 'region',
        requests: { name: 'http_requests_total' },
        bad: { name: 'http_requests_total', labels: { code: '/5../' } },
      },
    };
    const deps = {
      adapters: createAdapters(testDependencies()),
      now: () => ENDED * 1_000,
    } as unknown as ActivityDependencies;
    const judge = {
      settings: { startedAt: PHASE * 1_000, intervalMs: 10_000, phi: 1, minIntervals: 2 },
    } as JudgeState;
    const context = {
      ref: { environment: 'prod', service: 'checkout', number: 1 },
      policy: { ...POLICY, assess: { classes: labels } },
      fromRevision: 'v42',
      toRevision: 'v41',
      cause: 'errors',
    } as const;
    const activity = { cancellationSignal: new AbortController().signal, log: { warn: () => undefined } };
    return asyncLocalStorage.run(activity as unknown as Context, () =>
      explained(deps, {
        context,
        symptom,
        targets: [
          { target: 'eu', weight: 25 },
          { target: 'us', weight: 25 },
        ],
        readings: {},
        judge,
        verdict: { ...verdict('halt', 'WORSE'), text: `v41 fails more: ${CLASSES_UNTOLD}` },
      }),
    );
  }

  it('says which codes are new on it, counted since the phase began, and not those that it always had', async () => {
    const { classes, text } = await halted(['code']);
    expect(classes).toMatchObject([
      {
        kind: 'told',
        label: 'code',
        grown: [{ value: '503', isNew: true, stable: { bad: 1_920, requests: 12_000 }, current: { bad: 0 } }],
      },
    ]);
    expect(text).toContain('by code, what is new or grew on v41: 503 (1,920 of 12,000, 16 % against never before)');
  });

  it('says of a label that no failure has that nothing can be told by it', async () => {
    const { classes, text } = await halted(['exception']);
    expect(classes).toMatchObject([{ kind: 'untold', label: 'exception' }]);
    expect(text).toContain('by exception cannot be told: no failure that is counted has it');
  });
});
