import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { sampleLoop } from '../../src/activities/observe-loop';
import { openJudge } from '../../src/domain/judge';
import type { Sample } from '../../src/domain/judge/sample';
import type { MetricProvider } from '../../src/ports';
import { POLICY, reading, START } from '../domain/rollback/support/fixtures';
import { settings } from '../domain/judge/support';

const DELAY_MS = 90_000;
const LOOKS = 4;

/** What a few looks have come to at a source whose data take that long to arrive. */
async function watched(collect: (look: number, at: number) => Sample) {
  let look = 0;
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
    info: { currentAttemptScheduledTimestampMs: START },
    log: { warn: () => undefined },
    heartbeat: () => undefined,
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
    open: async () => openJudge(settings()),
    decide: () => undefined,
  };
  return (await asyncLocalStorage.run(context, () => sampleLoop(deps, input))).judge;
}

describe('looks at a source whose data take a while to arrive', () => {
  const shown = (look: number, at: number): Sample => {
    const of = (requests: number) => [{ series: 'one', requests: requests * look, bad: 0, at }];
    return { at, strata: [{ target: 'eu', stable: of(100), current: of(300) }] };
  };

  it('miss the one that could not be read, and none of those after it', async () => {
    const judge = await watched((look, at) => {
      if (look === 2) throw new Error('no answer');
      return shown(look, at);
    });
    expect(judge?.looks).toBe('+-++');
    expect(judge?.totals.stable.requests).toBe(300);
  });
});
