import type { EnvironmentAnswer } from '../environment/consult';
import { note } from './journal';
import { hasMoved } from './progress';
import { isAutomatic } from './request';
import type { RunState } from './state';

const ASK_AGAIN_INTERVALS = 6;

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

/**
 * When an environment that did not answer is asked again; epoch milliseconds. No answer is nobody's decision, so it is
 * looked for about each minute until people would be paged a second time: from then on the question is theirs alone.
 * Undefined for every other reason, which stays asked.
 */
export function asksAgainAt(state: RunState): number | undefined {
  const { held, policy } = state;
  if (!policy || held?.code !== 'ENVIRONMENT_SILENT' || !beginsByItself(state)) return undefined;
  const again = held.at + ASK_AGAIN_INTERVALS * policy.timing.intervalMs;
  return again < held.since + policy.timing.approvalMs ? again : undefined;
}

/** True once an environment that did not answer is to be asked again. */
export function asksAgain(state: RunState): boolean {
  const again = asksAgainAt(state);
  return again !== undefined && state.now >= again;
}

/** Keeps the answer: a leave for the next move, or a question to people that stays until one of them has answered. */
export function recordClaimed(state: RunState, answer: EnvironmentAnswer): RunState {
  switch (answer.kind) {
    case 'free': {
      const before = state.journal.some((entry) => entry.kind === 'leave' && entry.reason === undefined);
      const free: RunState = { ...state, leave: true, held: undefined };
      return before ? free : note(free, { kind: 'leave', text: `may begin by itself: ${answer.text}` });
    }
    case 'held': {
      const { code, text } = answer;
      const same = state.held?.code === code ? state.held : undefined;
      const held: RunState = { ...state, held: { code, text, since: same?.since ?? state.now, at: state.now } };
      return same ? held : note(held, { kind: 'leave', text: `does not begin by itself: ${text}`, reason: code });
    }
  }
}
