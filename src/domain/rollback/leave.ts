import type { EnvironmentAnswer } from '../environment/consult';
import { note } from './journal';
import { hasMoved } from './progress';
import { isAutomatic } from './request';
import type { RunState } from './state';

/** True while nothing has moved and an alert, not a person, is what would move it. */
function beginsByItself(state: RunState): boolean {
  const { request, course, phases } = state;
  const isUntouched = course === 'forward' && !hasMoved(state);
  return isAutomatic(request) && isUntouched && !phases.some((progress) => progress.approvedBy !== undefined);
}

/**
 * True when the environment must be asked before the next effect. It is asked right before each one until
 * something has moved, so that a brake pulled after the admission, or while capacity came, still counts.
 */
export function needsLeave(state: RunState): boolean {
  return beginsByItself(state) && state.leave === undefined;
}

/** True once the environment has said that a person must begin it. */
export function mayNotBegin(state: RunState): boolean {
  return state.held !== undefined && beginsByItself(state);
}

/** Keeps the answer: a leave for the next move, or a question to people that stays until one of them has answered. */
export function recordClaimed(state: RunState, answer: EnvironmentAnswer): RunState {
  switch (answer.kind) {
    case 'free': {
      const before = state.journal.some((entry) => entry.kind === 'leave' && entry.reason === undefined);
      const free: RunState = { ...state, leave: true };
      return before ? free : note(free, { kind: 'leave', text: `may begin by itself: ${answer.text}` });
    }
    case 'held': {
      const { code, text } = answer;
      return note(
        { ...state, held: { code, text } },
        { kind: 'leave', text: `does not begin by itself: ${text}`, reason: code },
      );
    }
  }
}
