import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ActivityDependencies } from '../../src/activities';
import { measureTraffic } from '../../src/activities/measure-traffic';
import type { MetricReading } from '../../src/domain/judge/sample';
import type { Census } from '../../src/domain/plan/census';
import type { MeasuredTraffic } from '../../src/domain/plan/traffic';
import type { History, MetricProvider, MetricQuery } from '../../src/ports';
import { POLICY } from '../domain/rollback/support/fixtures';

const NOW = 1_800_000_000_000;

/** A source whose past is as given and whose counters stand at 1,000 and 1,050 at two looks, 10 and 12 of them bad. */
function sourceWith(history: (query: MetricQuery) => History): MetricProvider {
  let looks = 0;
  return {
    delayMs: () => 0,
    history: async (query) => history(query),
    collect: async ({ targets }): Promise<MetricReading> => {
      const at = NOW + looks * 1_000;
      const counts = { series: 'one', requests: 1_000 + looks * 50, bad: 10 + looks * 2, at };
      looks += 1;
      return { at, strata: targets.map((target) => ({ target, current: [counts], stable: [] })) };
    },
  };
}

function measured(history: (query: MetricQuery) => History, census: Census = {}): Promise<MeasuredTraffic | undefined> {
  const context = {
    cancellationSignal: new AbortController().signal,
    sleep: async () => undefined,
    log: { warn: (text: string, more: object) => expect([text, more]).toBeUndefined() },
  } as unknown as Context;
  const deps = { adapters: { metrics: () => sourceWith(history) }, now: () => NOW } as unknown as ActivityDependencies;
  const question = {
    policy: POLICY,
    cause: 'errors',
    fromRevision: 'v42',
    toRevision: 'v41',
    targets: ['eu', 'us'],
    census,
  } as const;
  return asyncLocalStorage.run(context, () => measureTraffic(deps, question));
}

const counts = (...intervals: { requests: number; bad: number }[]): History => ({
  kind: 'counts',
  intervals: intervals.map((each, index) => ({ ...each, at: NOW - index * 1_000, spanMs: 1_000 })),
});

describe('what a suspect serves before a plan', () => {
  it('is summed from the past where the source has one', async () => {
    const past = counts({ requests: 100, bad: 5 }, { requests: 50, bad: 1 });
    expect(await measured(() => past)).toEqual({
      windowMs: 60_000,
      targets: ['eu', 'us'].map((target) => ({ target, requests: 150, bad: 6 })),
    });
  });

  it('is asked for by what the target calls the suspect', async () => {
    const asked: MetricQuery[] = [];
    const served = { revision: 'v42', weight: 100, readyCapacity: 100, readyInstances: 2, knownAs: ['b1', 'b2'] };
    await measured(
      (query) => {
        asked.push(query);
        return counts({ requests: 100, bad: 5 });
      },
      { eu: { target: 'eu', revisions: [served], at: NOW } },
    );
    expect(asked.map(({ knownAs }) => knownAs)).toEqual([{ eu: { v42: ['b1', 'b2'] } }, { eu: { v42: ['b1', 'b2'] } }]);
  });

  it('is unknown, not nothing, on a target of which the past has seen nothing', async () => {
    const past = ({ targets }: MetricQuery): History =>
      targets[0] === 'eu' ? counts({ requests: 100, bad: 5 }) : counts();
    expect(await measured(past)).toEqual({ windowMs: 60_000, targets: [{ target: 'eu', requests: 100, bad: 5 }] });
  });

  it.each([
    ['there is no past', (): History => ({ kind: 'unavailable', because: 'only the present is known' })],
    ['the past has seen nothing at all', (): History => counts()],
  ])('is counted between two looks where %s', async (_why, history) => {
    expect(await measured(history)).toEqual({
      windowMs: 1_000,
      targets: ['eu', 'us'].map((target) => ({ target, requests: 50, bad: 2 })),
    });
  });
});
