import { endOf, leftBy } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { censusOf } from './support/fixtures';
import { baking } from './support/held';

/** A rollback of eu and us that has read back what they serve. */
function readBack(eu: number, us: number, change: Partial<RunState> = {}): RunState {
  return { ...baking(), census: censusOf({ eu, us, ap: 0 }), finalCensus: true, ...change };
}

const leftOf = (state: RunState) => leftBy(state, endOf(state));

describe('the last word of a rollback', () => {
  it('says what each of its targets serves by its last census, and of no other target', () => {
    expect(leftOf(readBack(100, 100))).toEqual({ eu: { v41: 100 }, us: { v41: 100 } });
  });

  it('says of one that ended partial what each revision serves, but not of what a person left out', () => {
    const state = readBack(60, 0, { skipped: ['us'] });
    expect(endOf(state).kind).toBe('partial');
    expect(leftOf(state)).toEqual({ eu: { v41: 60, v42: 40 } });
  });

  it('says nothing of it where people ended it, or it failed', () => {
    expect(leftOf(readBack(60, 0, { course: 'abort' }))).toBeUndefined();
    expect(leftOf(readBack(60, 0, { finalCensus: false }))).toBeUndefined();
  });
});
