import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import { createObserveTargets } from '../../src/activities/observe-targets';
import type { KnownTargets } from '../../src/activities/known-target';
import type { Census, TargetReading } from '../../src/domain/plan/census';
import { LASTING_LOOKS } from '../../src/domain/service/trouble';
import type { TroubleWatch } from '../../src/domain/service/trouble';
import { POLICY } from '../domain/rollback/support/fixtures';

const LOOKS = 20;
const WATCHED = { target: 'eu', unread: true, revision: 'v41' };

/** Everybody on v41, of which so much is ready. */
function ready(target: string, readyCapacity = 100): TargetReading {
  return { target, at: 1, revisions: [{ revision: 'v41', weight: 100, readyCapacity, readyInstances: 1 }] };
}

/** An observation of eu and us; `eu` says what the first of them answers at each look. */
async function observed(eu: (look: number) => TargetReading, watches: readonly TroubleWatch[]) {
  let looks = 0;
  const observe = (target: string) => async (): Promise<TargetReading> => {
    if (target !== 'eu') return ready(target);
    looks += 1;
    return eu(looks);
  };
  const deps = { adapters: { target: ({ name }: { name: string }) => ({ observe: observe(name) }) } };
  const { observeTargets } = createObserveTargets(deps as unknown as KnownTargets);
  const context = {
    cancellationSignal: new AbortController().signal,
    info: {},
    heartbeat: () => undefined,
    sleep: () => Promise.resolve(),
  } as unknown as Context;
  const targets = ['eu', 'us'].map((name) => ({ name, labels: {}, adapter: { type: 'fake' } }));
  const known: Census = { eu: ready('eu'), us: ready('us') };
  const input = { policy: { ...POLICY, targets }, known, everyMs: 1, looks: LOOKS, watches };
  const found = await asyncLocalStorage.run(context, () => observeTargets(input));
  return { ...found, looks };
}

function silent(): never {
  throw new Error('connection refused');
}

describe('a look at what a service serves', () => {
  it('goes on to its last look where nothing changes', async () => {
    const { changed, troubles, looks } = await observed(() => ready('eu'), [WATCHED]);
    expect({ changed, troubles, looks }).toEqual({ changed: false, troubles: [], looks: LOOKS });
  });

  it('ends once a target that it was told to notice could not be read for some looks in a row', async () => {
    const { census, troubles, looks } = await observed((look) => (look > 2 ? silent() : ready('eu')), [WATCHED]);
    expect(troubles).toEqual([{ kind: 'unread', target: 'eu', detail: 'connection refused' }]);
    expect(looks).toBe(2 + LASTING_LOOKS);
    expect(census['eu']).toEqual(ready('eu'));
  });

  it('ends once too little has been ready for as long', async () => {
    const { troubles, looks } = await observed(() => ready('eu', 40), [WATCHED]);
    expect(troubles).toEqual([{ kind: 'short', target: 'eu', revision: 'v41', weight: 100, capacity: 40 }]);
    expect(looks).toBe(LASTING_LOOKS);
  });

  it('overlooks both where it was not told to notice them', async () => {
    expect(await observed(silent, [])).toMatchObject({ changed: false, troubles: [], looks: LOOKS });
    expect(await observed(() => ready('eu', 40), [])).toMatchObject({ changed: false, troubles: [], looks: LOOKS });
  });
});
