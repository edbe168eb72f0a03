import type { Census } from '../plan/census';
import type { Observation } from './event';
import type { RunState } from './state';

/** The rules from which on what an interrupted look had read gives way to what was read since. */
export const LATE_LOOKS_SINCE = 2;

/** The rules from which on an interrupted look brings back no evidence that was given up since. */
export const GIVEN_UP_SINCE = 4;

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

/** The state without what looks had come to, which the next one begins anew; what an open look still tells of it is late. */
export function withoutEvidence(state: RunState): RunState {
  return { ...withoutLateEvidence(state), judge: undefined, judgePhase: undefined };
}

/** The state with what is known, to which no look that was begun before adds evidence any more. */
export function withoutLateEvidence(state: RunState): RunState {
  return { ...state, evidenceGivenUpIn: state.movesBegun };
}

/**
 * What an interrupted look had seen, as far as it still counts: its evidence is about what was asked when it began, and
 * a plan of other steps or a person's word may have ended that question meanwhile.
 */
export function stillAsked(state: RunState, observation: Observation, interruptedIn: number): Observation {
  if (state.rules < GIVEN_UP_SINCE || interruptedIn > (state.evidenceGivenUpIn ?? -1)) return observation;
  const { judge: _judge, standing: _standing, ...rest } = observation;
  return rest;
}
