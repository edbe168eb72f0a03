import { endOf, leftBy } from '../../../src/domain/rollback';
import type { RunState } from '../../../src/domain/rollback';
import { censusOf } from './support/fixtures';
import { baking } from './support/held';

/** A rollback of eu and us that has read back what they serve. */
function readBack(eu: number, us: number, change: Partial<RunState> = {}): RunState {
  return { ...baking(), census: censusOf({ eu, us, ap: 0 }), finalCensus: true, ...change };
}

const wordOf = (state: RunState) => leftBy(state, endOf(state));
const leftOf = (state: RunState) => wordOf(state).left;

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

  it('says how much of it was ready', () => {
    const whole = { weight: 100, readyCapacity: expect.any(Number), readyInstances: expect.any(Number) };
    expect(wordOf(readBack(100, 100)).ready).toEqual({ eu: { v41: whole }, us: { v41: whole } });
  });

  it('says whether it has moved anything, however it ended', () => {
    expect(wordOf(readBack(100, 100))).toMatchObject({ moved: true });
    expect(wordOf(readBack(60, 0, { course: 'abort' }))).toEqual({ moved: true });
    expect(wordOf(readBack(0, 0, { course: 'abort', touched: [] }))).toEqual({ moved: false });
  });
});
