import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { sampleLoop } from '../../src/activities/observe-loop';
import type { LoopOutput } from '../../src/activities/observe-loop';
import type { ObserveHeartbeat } from '../../src/contracts/activities';
import { judge as judgeOf, openJudge, unreadIn } from '../../src/domain/judge';
import type { RememberedJudge, Unread, Verdict } from '../../src/domain/judge';
import type { MetricReading } from '../../src/domain/judge/sample';
import { RetryableError } from '../../src/ports';
import type { MetricProvider } from '../../src/ports';
import { POLICY, reading, START } from '../domain/rollback/support/fixtures';
import { settings } from '../domain/judge/support';

const DELAY_MS = 90_000;
const LOOKS = 4;

interface Watched {
  readonly collect: (look: number, at: number) => MetricReading;
  /** True where a verdict for want of data ends it; data are missed after a moment then. */
  readonly asks?: boolean;
  /** What the worker before this one has left. */
  readonly left?: ObserveHeartbeat;
  /** What the segments before this one have told. */
  readonly unread?: readonly Unread[];
}

/** What a few looks have come to at a source whose data take that long to arrive. */
async function watched({ collect, asks = false, left, unread = [] }: Watched) {
  let look = 0;
  const beats: ObserveHeartbeat[] = [];
  const provider = {
    delayMs: () => DELAY_MS,
    collect: async (_query: unknown, at: number) => collect((look += 1), at),
  } as unknown as MetricProvider;
  const deps = {
    now: () => START + 2 * DELAY_MS,
    adapters: {
      metrics: () => provider,
      target: () => ({ observe: async () => reading('eu', 25), capabilities: () => ({ granularity: 'percent' }) }),
    },
  } as unknown as ActivityDependencies;
  const context = {
    cancellationSignal: new AbortController().signal,
    info: { currentAttemptScheduledTimestampMs: START, heartbeatDetails: left },
    log: { warn: () => undefined },
    heartbeat: (details: ObserveHeartbeat) => void beats.push(details),
    sleep: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
  } as unknown as Context;
  const input = {
    context: {
      ref: { environment: 'prod', service: 'checkout', number: 1 },
      policy: POLICY,
      fromRevision: 'v42',
      toRevision: 'v41',
      cause: 'errors' as const,
    },
    targets: [{ target: 'eu', weight: 25 }],
    metrics: { symptom: POLICY.metrics[0]!, guardrails: [] },
    everyMs: 10,
    maxSamples: LOOKS,
    logs: false,
    open: async () => openJudge(settings(asks ? { noDataMs: 10 } : {})),
    unread,
    decide: (state: LoopOutput['judge']): Verdict | undefined => (state && asks ? judgeOf(state) : undefined),
  };
  return { ...(await asyncLocalStorage.run(context, () => sampleLoop(deps, input))), beats };
}

describe('looks at a source whose data take a while to arrive', () => {
  const shown = (look: number, at: number): MetricReading => {
    const of = (requests: number) => [{ series: 'one', requests: requests * look, bad: 0, at }];
    return { at, strata: [{ target: 'eu', stable: of(100), current: of(300) }] };
  };

  it('miss the one that could not be read, and none of those after it', async () => {
    const collect = (look: number, at: number): MetricReading => {
      if (look === 2) throw new Error('no answer');
      return shown(look, at);
    };
    const { judge } = await watched({ collect });
    expect(judge?.looks).toBe('+-++');
    expect(judge?.totals.stable.requests).toBe(300);
  });
});

describe('looks that bring nothing', () => {
  const late = new RetryableError('METRICS_UNREACHABLE', 'http://prometheus:9090/api/v1/query: no answer in time');
  const told =
    'errors could not be read: http://prometheus:9090/api/v1/query: no answer in time (METRICS_UNREACHABLE);';

  it('say in what they are asked for why the source could not be read', async () => {
    const collect = (): MetricReading => {
      throw late;
    };
    const { verdict, beats } = await watched({ collect, asks: true });
    expect(verdict).toMatchObject({ reason: 'NO_DATA', escalate: true, text: expect.stringContaining(told) });
    expect(beats.at(-1)?.unread).toMatchObject([{ metric: 'errors', code: 'METRICS_UNREACHABLE' }]);
  });

  it('say it also where one target alone could not be read', async () => {
    const unread = [{ target: 'eu', code: 'METRICS_UNREADABLE', because: 'http://eu/metrics: line 3' } as const];
    const collect = (_look: number, at: number): MetricReading => ({ at, strata: [], unread });
    const { verdict } = await watched({ collect, asks: true });
    expect(verdict?.text).toContain('errors of eu could not be read: http://eu/metrics: line 3 (METRICS_UNREADABLE)');
  });

  it('remember it over a worker that died', async () => {
    const unread = { metric: 'errors', code: late.code as 'METRICS_UNREACHABLE', because: late.message };
    const left = {
      observation: { readings: {}, traffic: [], observedMs: 0 },
      samples: 1,
      unread: [{ ...unread, at: START + 2 * DELAY_MS }],
    };
    const { verdict } = await watched({ collect: (_look, at) => ({ at, strata: [] }), asks: true, left });
    expect(verdict?.text).toContain(told);
  });

  it('remember it over the end of a segment, where the next one is told no reason', async () => {
    const collect = (): MetricReading => {
      throw late;
    };
    const { observation } = await watched({ collect });
    const handed = JSON.parse(JSON.stringify(observation.judge)) as RememberedJudge;
    const next = { collect: (_look: number, at: number): MetricReading => ({ at, strata: [] }), asks: true };
    const { verdict } = await watched({ ...next, unread: unreadIn(handed) });
    expect(verdict).toMatchObject({ reason: 'NO_DATA', text: expect.stringContaining(told) });
  });

  it('keep nothing of it for the next segment where the source has been read', async () => {
    const { observation } = await watched({ collect: (_look, at) => ({ at, strata: [] }) });
    expect(JSON.stringify(observation.judge)).not.toContain('unread');
    expect(unreadIn(observation.judge)).toEqual([]);
  });

  it('say nothing of it where the source has been read', async () => {
    const { verdict, beats } = await watched({ collect: (_look, at) => ({ at, strata: [] }), asks: true });
    expect(verdict).toMatchObject({ reason: 'NO_DATA', text: expect.not.stringContaining('could not be read') });
    expect(beats.at(-1)).not.toHaveProperty('unread');
  });
});
