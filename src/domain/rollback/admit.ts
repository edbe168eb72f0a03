import { hasLabels } from '../plan/labels';
import { ACCEPTING_NEEDS_A_REASON } from './command';
import type { Command, CommandKind, RefusalCode } from './command';
import { hasMoved, remainingTargets } from './progress';
import type { RunState } from './state';
import type { Wait } from './wait';
import { gateWait, isGate, pauseWait, presentWait, WAITS } from './waits';

/** Whether a command may be applied now. */
export type Admission =
  { readonly ok: true } | { readonly ok: false; readonly code: RefusalCode; readonly text: string };

const YES: Admission = { ok: true };

function no(code: RefusalCode, text: string): Admission {
  return { ok: false, code, text };
}

/** Judges a command against the state. Pure; every refusal names what would have been accepted. */
export function admit(state: RunState, command: Command): Admission {
  if (state.outcomes.some((outcome) => outcome.id === command.id))
    return no('ALREADY_APPLIED', 'this command was answered before');
  if (state.end || state.reportLocation !== undefined || state.inFlight?.move.kind === 'report') {
    return no('ENDED', 'the rollback has ended; its report is being or has been written');
  }
  if (state.course === 'abort') return no('ABORTING', 'an abort is final');
  switch (command.kind) {
    case 'abort':
      return YES;
    case 'pause':
      return state.paused ? no('ALREADY_PAUSED', `paused by ${state.paused.by} already`) : YES;
    case 'resume':
      return state.paused ? YES : no('NOTHING_TO_RESUME', 'nobody has paused this rollback');
    case 'unwind':
      return hasMoved(state) ? YES : no('NOTHING_TO_UNWIND', 'nothing has been moved yet; abort ends it');
    case 'now':
      return admitNow(state, command);
    case 'replan':
      return admitReplan(state, command);
    case 'approve':
    case 'retry':
    case 'adopt':
    case 'skip':
      return admitAnswer(state, command);
  }
}

function admitNow(state: RunState, command: Command): Admission {
  if (command.acceptIrreversible && !command.reason) return no('REASON_MISSING', ACCEPTING_NEEDS_A_REASON);
  if (!state.plan) return YES;
  return remainingTargets(state).length > 0 ? YES : no('NOTHING_LEFT', 'everything in this rollback is back already');
}

function admitReplan(state: RunState, command: Command): Admission {
  if (!state.plan) return no('NO_PLAN_YET', 'there is no plan yet that could be changed');
  if (command.extent) return admitExtent(state, command.extent);
  return command.pace ? YES : no('PACE_MISSING', 'replan needs a pace (surgical, balanced or express) or an extent');
}

/** What has been moved stays part of the rollback, or nobody would look after it any more. */
function admitExtent(state: RunState, extent: NonNullable<Command['extent']>): Admission {
  const assessed = state.assessment?.kind === 'blamed' ? state.assessment.extent : [];
  const chosen = (state.policy?.targets ?? []).filter(({ name }) => assessed.includes(name));
  const kept = chosen.filter((target) => hasLabels(target, extent)).map(({ name }) => name);
  if (kept.length === 0) return no('EXTENT_EMPTY', `none of ${assessed.join(', ')} has these labels`);
  const left = state.touched.filter((target) => !kept.includes(target));
  if (left.length === 0) return YES;
  return no('EXTENT_LEAVES_MOVED', `${left.join(', ')} has been moved already; unwind, or let it stay in the extent`);
}

/** An answer must name the wait it means, so that a stale or second click never answers another question. */
function admitAnswer(state: RunState, command: Command): Admission {
  const wait = answerable(state, command.kind);
  if (!wait) {
    const present = presentWait(state);
    const expects = present
      ? `it waits for ${WAITS[present.reason].answers.join(' or ')} (${present.id})`
      : 'it waits for nothing';
    return no(command.waitId ? 'WAIT_IS_OVER' : 'NOT_AN_ANSWER', `${command.kind} answers nothing now: ${expects}`);
  }
  if (!command.waitId) return no('WAIT_ID_MISSING', `${command.kind} must name the wait it answers: ${wait.id}`);
  if (command.waitId !== wait.id) return no('WAIT_IS_OVER', `${command.waitId} is over; it waits for ${wait.id} now`);
  if (command.kind === 'approve') return admitApproval(wait, command);
  if (command.kind === 'skip' || command.kind === 'adopt') return admitTarget(state, wait, command);
  return YES;
}

function admitApproval(wait: Wait, command: Command): Admission {
  if (!wait.overridable) return no('NOT_OVERRIDABLE', 'this block cannot be overridden; mend it and retry');
  if (!isGate(wait.reason) && !command.reason) return no('REASON_MISSING', 'going on here needs a reason');
  return YES;
}

function admitTarget(state: RunState, wait: Wait, command: Command): Admission {
  const target = command.target ?? wait.target;
  if (wait.target !== undefined && target !== wait.target)
    return no('TARGET_UNKNOWN', `${target ?? '(none)'} is not what is asked about: ${wait.id} is about ${wait.target}`);
  if (target !== undefined && state.plan?.extent.includes(target)) return YES;
  return no(
    'TARGET_UNKNOWN',
    `${target ?? '(none)'} is not in this rollback: ${state.plan?.extent.join(', ') ?? 'no plan yet'}`,
  );
}

/** The wait that this kind of answer is meant for; beneath a pause the one below may be answered too. */
function answerable(state: RunState, kind: CommandKind): Wait | undefined {
  const candidates = [pauseWait(state), state.open, state.open || !state.checks ? undefined : gateWait(state)];
  return candidates.find((wait) => wait !== undefined && WAITS[wait.reason].answers.includes(kind));
}
