import { endOf, nextMove } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { censusOf, reading } from './support/fixtures';
import { begin, heldFor, OBSERVATION, say, step, later } from './support/held';

/** People were asked, the eyes were open, and a word of theirs has interrupted them. */
function answered(word: 'approve' | 'unwind' | 'pause', rules?: number): { state: RunState; interruptedIn: number } {
  const watching = begin(heldFor('PARTIAL', rules === undefined ? {} : { rules }));
  const state = later(say(watching, word), { kind: 'interrupted', move: 'wait' });
  return { state, interruptedIn: watching.movesBegun };
}

/** What they had read of eu before, told only now. */
function late(state: RunState, interruptedIn: number): RunState {
  const observation = { ...OBSERVATION, judge: undefined, readings: censusOf({ eu: 25 }) };
  return later(state, { kind: 'collected', observation, interruptedIn });
}

const all = { target: 'eu', number: 2, desired: 100, expected: 25 };
const shifted = { order: all, outcome: 'done', reading: reading('eu', 100) } as const;

describe('what an interrupted look had read of the targets', () => {
  it('does not undo a step that was done since, where the question was answered', () => {
    const { state, interruptedIn } = answered('approve');
    const moved = step(state, { kind: 'shifted', phase: 1, reports: [shifted] });
    const collected = late(moved, interruptedIn);
    expect(collected.census.eu).toEqual(moved.census.eu);
    expect(nextMove(collected)).toMatchObject({ kind: 'bake', order: { phase: 1 } });
  });

  it('undoes it under the first rules, and the step is done again', () => {
    const { state, interruptedIn } = answered('approve', 1);
    const moved = step(state, { kind: 'shifted', phase: 1, reports: [shifted] });
    expect(nextMove(late(moved, interruptedIn))).toMatchObject({ kind: 'shift', phase: 1 });
  });

  it('is the newest that is known where nothing was read since', () => {
    const { state, interruptedIn } = answered('pause');
    const seen = censusOf({ eu: 27 });
    const observation = { ...OBSERVATION, judge: undefined, readings: seen };
    expect(later(state, { kind: 'collected', observation, interruptedIn }).census.eu).toEqual(seen.eu);
  });

  it.each([1, 2])('does not say under rules %i what targets serve that have been put back', (rules) => {
    const { state, interruptedIn } = answered('unwind', rules);
    const order = { target: 'eu', number: 2, desired: 0, expected: 25 };
    const putBack = step(state, { kind: 'unwound', report: { order, outcome: 'done', reading: reading('eu', 0) } });
    const collected = late(putBack, interruptedIn);
    expect(collected.census.eu).toEqual(putBack.census.eu);
    expect(endOf(collected).text).toContain('eu 0 %');
  });

  it('gives way as well where capacity was awaited in the background', () => {
    const { state, interruptedIn } = answered('approve');
    const moved = step(state, { kind: 'shifted', phase: 1, reports: [shifted] });
    const waited = { order: all, outcome: 'withdrawn', reading: reading('eu', 25, 50) } as const;
    const told = later(moved, { kind: 'prepared', phase: 1, reports: [waited], background: true, interruptedIn });
    expect(told.census.eu).toEqual(moved.census.eu);
  });
});
