import { nextMove } from '../../../src/domain/rollback';
import { WATCH_PHASE } from '../../../src/domain/rollback/progress';
import type { RunState } from '../../../src/domain/rollback';
import { reading } from './support/fixtures';
import { begin, heldFor, later, OBSERVATION, say, step } from './support/held';

/** What a wait has been watched with, and then everything goes at once. */
function watchedThenNow(): RunState {
  const held = heldFor('LONGEST_BAKE');
  const watched = later(begin(held), { kind: 'watched', observation: OBSERVATION });
  return say(watched, 'now');
}

describe('what was watched while a person thought', () => {
  it('is gone on with for as long as nothing moves', () => {
    const held = heldFor('DRIFT');
    const watched = later(begin(held), { kind: 'watched', observation: OBSERVATION });
    expect(watched.judgePhase).toBe(WATCH_PHASE);
    expect(nextMove(watched)).toMatchObject({ kind: 'wait', watch: { judge: OBSERVATION.judge } });
  });

  it('is begun anew once something has moved, for it was about another split', () => {
    let state = watchedThenNow();
    for (const target of ['eu', 'us']) {
      const move = nextMove(state);
      expect(move).toMatchObject({ kind: 'shift' });
      const effects = move.kind === 'shift' ? move.effects : [];
      const reports = effects.map((order) => ({
        order,
        outcome: 'done' as const,
        reading: reading(order.target, 100),
      }));
      state = step(state, { kind: 'shifted', phase: move.kind === 'shift' ? move.phase : 0, reports });
      if (nextMove(state).kind !== 'shift') break;
      expect(target).toBe('eu');
    }
    expect(state.judgePhase).not.toBe(WATCH_PHASE);
    expect(nextMove(state)).toMatchObject({ kind: 'soak', watch: { targets: expect.any(Array) } });
    expect(nextMove(state)).not.toHaveProperty('watch.judge');
  });
});
