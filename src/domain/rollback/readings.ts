import type { Census } from '../plan/census';
import type { RunState } from './state';

/** The rules from which on what an interrupted look had read gives way to what was read since. */
export const LATE_LOOKS_SINCE = 2;

/** What was just read of targets, and in which move. */
export function withCensus(state: RunState, census: Census): RunState {
  const readIn = Object.fromEntries(Object.keys(census).map((target) => [target, state.movesBegun]));
  return { ...state, census: { ...state.census, ...census }, readIn: { ...state.readIn, ...readIn } };
}

/**
 * What a look that was interrupted in an earlier move had read. Of a target that has been read in a move since it says
 * nothing any more; the clocks of two workers would not tell which reading is the newer.
 */
export function withLateCensus(state: RunState, census: Census, interruptedIn: number): RunState {
  const stillNew = Object.entries(census).filter(([target]) => (state.readIn?.[target] ?? 0) <= interruptedIn);
  return { ...state, census: { ...state.census, ...Object.fromEntries(stillNew) } };
}
