import { cameBack, withCameBack } from '../../../src/domain/service/came-back';
import { hear } from '../../../src/domain/service/word';
import { WATCHED_AFTER_MS } from '../../../src/domain/service/watched';
import { seeCensus } from '../../../src/domain/service/releases';
import type { ServiceState } from '../../../src/domain/service/state';
import { MINUTE_MS, afterRollback, ended, serving, withLive } from './support/fixtures';

const ENDED_AT = ended(1).at;
const soon = ENDED_AT + 12 * MINUTE_MS;

/** Right after its rollback a service is looked at. */
function looked(state = afterRollback(), census = serving({ eu: 'v41', us: 'v41' })): ServiceState {
  return seeCensus(state, census, ENDED_AT + 1_000);
}

describe('what a rollback took back', () => {
  test('is told of when it serves again, with where, since when and the way out', () => {
    const back = cameBack(looked(), serving({ eu: 'v42', us: 'v41' }), soon);
    expect(back).toMatchObject({ number: 1, revision: 'v42', title: 'v42 is back on prod/checkout' });
    expect(back?.text).toMatch(/^eu serves 100 % on it, 12 min after rollback 1 took it back\./);
    expect(back?.text).toContain('phased-rollback start prod/checkout');
  });

  test('is told of with who manages the target, where it says so', () => {
    const { eu } = serving({ eu: 'v42' });
    const managed = { eu: { ...eu!, owner: 'Argo CD application shop' } };
    expect(cameBack(looked(), managed, soon)?.text).toContain('which Argo CD application shop manages');
  });

  test('is told of once', () => {
    const state = looked();
    const census = serving({ eu: 'v42', us: 'v41' });
    const told = withCameBack(state, cameBack(state, census, soon)!, soon);
    expect(told.past.at(-1)).toMatchObject({ number: 1, cameBackAt: soon });
    expect(cameBack(told, serving({ eu: 'v42', us: 'v42' }), soon)).toBeUndefined();
  });

  test.each<[string, ServiceState, ReturnType<typeof serving>, number]>([
    ['serves no more than before', looked(), serving({ eu: 'v41', us: 'v41' }), soon],
    [
      'serves where the rollback had left it',
      looked(afterRollback(), serving({ eu: 'v41', ap: 'v42' })),
      serving({ eu: 'v41', ap: 'v42' }),
      soon,
    ],
    [
      'was not looked at yet, so that nobody knows what the rollback left',
      afterRollback(),
      serving({ eu: 'v42' }),
      soon,
    ],
    [
      'came back after the time for which it is watched',
      looked(),
      serving({ eu: 'v42' }),
      ENDED_AT + WATCHED_AFTER_MS + 1,
    ],
    ['was taken out of quarantine, so it is meant', unquarantined(looked()), serving({ eu: 'v42' }), soon],
    [
      'was put back by the rollback itself',
      looked(afterRollback({ end: { kind: 'aborted', reason: 'UNWOUND', text: '' } })),
      serving({ eu: 'v42' }),
      soon,
    ],
    ['is what a rollback moves right now', withLive(looked()), serving({ eu: 'v42' }), soon],
  ])('is not told of when it %s', (_why, state, census, at) => {
    expect(cameBack(state, census, at)).toBeUndefined();
  });
});

function unquarantined(state: ServiceState): ServiceState {
  return hear(state, { kind: 'unquarantine', id: 'w1', by: 'ada', at: soon, revision: 'v42', reason: 'mended' }, soon)
    .state;
}
