import type { Phase } from '../plan/plan';
import { symptomOf } from '../policy/policy';
import type { BakeOrder, CarriedTarget, Move, WatchOrder } from './move';
import { standingBlocks } from './blocks';
import { asksAgain, needsLeave } from './leave';
import { nextUnwind, prepareAllOrders, prepareOrders, shiftAllOrders, shiftOrders } from './orders';
import { isTooOld } from './record-plan';
import {
  activeExtent,
  activeWeights,
  currentPhase,
  hasMoved,
  movedWeight,
  presentWeights,
  trafficSeen,
  WATCH_PHASE,
} from './progress';
import type { RunState } from './state';
import { supersededTarget } from './superseded';
import { gateWait, pauseWait, WAITS } from './waits';
import type { Wait } from './wait';
import { HALF_SINCE, isHalfAhead, widening } from './widen';

const RENEW_INTERVALS = 3;
/** The rules from which on a plan that is being renewed gives way to one that a person asks for. */
const ASKED_LAST_SINCE = 4;

/** What the run does next. Total, pure, clockless: time enters only as recorded events. First match wins. */
export function nextMove(state: RunState): Move {
  if (state.reportLocation !== undefined) return { kind: 'close' };
  if (state.unknown.length > 0) return { kind: 'census', targets: state.unknown, because: 'unknown-effect' };
  if (state.course === 'abort' || state.dismissed) return { kind: 'report' };
  const wait = pauseWait(state) ?? state.open;
  if (wait) return waitMove(state, wait);
  if (state.course === 'unwind') return unwindMove(state);
  if (!state.assessment) return { kind: 'assess' };
  if (!state.plan) return { kind: 'plan' };
  if (!state.checks || standingBlocks(state).length > 0) return { kind: 'check' };
  return state.course === 'now' ? nowMove(state) : forwardMove(state);
}

function forwardMove(state: RunState): Move {
  const phase = currentPhase(state);
  if (!phase) return finishMove(state);
  if (state.planIsOld) return { kind: 'plan' };
  if (asksAgain(state)) return { kind: 'claim' };
  const gate = gateWait(state);
  if (gate) return waitMove(state, gate);
  if (needsLeave(state)) return { kind: 'claim' };
  const shifts = shiftOrders(state, phase);
  if (shifts.length === 0) return bakeMove(state, phase);
  if (isTooOld(state) || supersededTarget(state)) return { kind: 'check' };
  const before = state.plan?.phases[phase.index - 1];
  if (before && verdictTooOld(state)) return renewMove(state, before);
  const prepares = prepareOrders(state, phase);
  if (prepares.length > 0 || state.preparing?.phase === phase.index) {
    return { kind: 'prepare', phase: phase.index, effects: state.preparing?.phase === phase.index ? [] : prepares };
  }
  return { kind: 'shift', phase: phase.index, effects: shifts, cold: false };
}

/** Course `now`: first what can move at once, then capacity for the rest, then the rest. */
function nowMove(state: RunState): Move {
  const phase = state.plan?.phases.length ?? 0;
  const shifts = shiftAllOrders(state);
  if (shifts.length > 0) return { kind: 'shift', phase, effects: shifts, cold: state.cold };
  const rest = prepareAllOrders(state);
  return rest.length > 0 ? { kind: 'prepare', phase, effects: rest } : finishMove(state);
}

function finishMove(state: RunState): Move {
  const soakMs = state.policy?.timing.soakMs ?? 0;
  if (hasMoved(state) && state.soakedMs < soakMs) return { kind: 'soak', watch: watchOrder(state) };
  if (!state.finalCensus) return { kind: 'census', targets: activeExtent(state), because: 'final' };
  return { kind: 'report' };
}

function unwindMove(state: RunState): Move {
  const effect = nextUnwind(state);
  return effect ? { kind: 'unwind', effect } : { kind: 'report' };
}

function waitMove(state: RunState, wait: Wait): Move {
  return hasMoved(state) && state.policy ? { kind: 'wait', wait, watch: watchOrder(state) } : { kind: 'wait', wait };
}

function watchOrder(state: RunState): WatchOrder {
  const { open, judge, judgePhase } = state;
  const order = {
    harmKnown: isHarmKnown(state),
    ...(open?.verdict === 'DRIFT' ? { driftKnown: true as const } : {}),
    trafficSeen: trafficSeen(state),
    targets: presentWeights(state),
    ...carriedTarget(state),
  };
  // What retry promises to watch on with must be there for it, and grows meanwhile.
  const overdue = open?.verdict === 'LONGEST_BAKE' ? { overdue: true as const } : undefined;
  if ((open?.mends || overdue) && judge && judgePhase === open?.phase)
    return { ...order, bake: open?.phase, judge, ...overdue };
  if (!judge || judgePhase !== WATCH_PHASE) return order;
  return { ...order, judge, ...(open?.mends && open.phase === undefined ? { soak: true } : {}) };
}

function isHarmKnown({ open }: RunState): boolean {
  if (!open || open.mends || WAITS[open.reason].for !== 'verdict') return false;
  // A hold is no harm. One that was opened before its verdict was kept may be about drift, which must not be asked again.
  return open.reason !== 'HOLD' || open.verdict === undefined;
}

function bakeMove(state: RunState, phase: Phase): Move {
  const next = state.plan?.phases[phase.index + 1];
  const prepareNext = next && next.gate === 'automatic' && !state.preparing ? prepareOrders(state, next) : [];
  return { kind: 'bake', order: bakeOrder(state, phase, 'verdict'), prepareNext };
}

function renewMove(state: RunState, phase: Phase): Move {
  return { kind: 'bake', order: bakeOrder(state, phase, 'renew'), prepareNext: [] };
}

function bakeOrder(state: RunState, phase: Phase, purpose: BakeOrder['purpose']): BakeOrder {
  const symptom = state.policy && symptomOf(state.policy, state.request.cause);
  const mode = purpose === 'renew' || !symptom ? 'no-harm' : phase.noControl ? 'absolute' : 'compare';
  const carriesOn = purpose === 'verdict' && state.judge && state.judgePhase === phase.index;
  return {
    phase: phase.index,
    purpose,
    targets: activeWeights(state, phase),
    mode,
    patience: 1 + state.bakeExtensions,
    trafficSeen: trafficSeen(state),
    ...(carriesOn ? { judge: state.judge } : {}),
    served: Object.fromEntries(phase.weights.map(({ target }) => [target, movedWeight(state, target)])),
    ...carriedTarget(state),
    ...(state.carriedBets === undefined ? {} : { carriedBets: state.carriedBets }),
    ...wideningOf(state, phase),
  };
}

/** Where help is not asked the suspect need not have failed more, so that its ratio says nothing of what is good. */
function carriedTarget({ carriedTau, carriedBounds, policy, request }: RunState): CarriedTarget {
  if (carriedTau === undefined || !policy || !symptomOf(policy, request.cause)) return {};
  return { carriedTau, ...(carriedBounds ? { carriedBounds } : {}) };
}

function wideningOf(state: RunState, phase: Phase): Pick<BakeOrder, 'widened' | 'widensTo'> {
  // That both still fail together is no news while the half they are widened to has not come.
  if (isHalfAhead(state, phase)) return { widensTo: 'half' };
  if (wasWidened(state)) return { widened: true };
  if (state.rules < HALF_SINCE) return {};
  return { widensTo: widening(state, phase).length > 0 ? 'half' : 'nothing' };
}

function wasWidened({ phases, widened }: RunState): boolean {
  return (
    widened === true ||
    phases.some(({ verdict, passedBy }) => passedBy === 'exception' && verdict?.reason === 'COUPLED')
  );
}

/** A verdict is fresh while someone has been looking: within a few intervals of the last harmless sample. */
function verdictTooOld(state: RunState): boolean {
  const timing = state.policy?.timing;
  if (!timing || state.watchedAt === undefined) return false;
  return state.now - state.watchedAt > RENEW_INTERVALS * timing.intervalMs + timing.settleMs;
}

/** True when the move in flight is still what should be done; false means: cancel it. */
export function mayContinue(state: RunState): boolean {
  const inFlight = state.inFlight?.move;
  if (!inFlight) return true;
  if (inFlight.kind === 'unwind' || inFlight.kind === 'report' || inFlight.kind === 'close') return true;
  if (looksLong(inFlight) && state.slotsToldIn === state.inFlight?.id) return false;
  if (plansSomethingElse(state)) return false;
  return sameMove(inFlight, nextMove({ ...state, inFlight: undefined }));
}

/** True where a plan is being renewed that is not what a person has asked for meanwhile. */
function plansSomethingElse({ rules, inFlight, replannedIn }: RunState): boolean {
  return rules >= ASKED_LAST_SINCE && inFlight?.move.kind === 'plan' && replannedIn === inFlight.id;
}

function looksLong(move: Move): boolean {
  return move.kind === 'bake' || move.kind === 'soak' || (move.kind === 'wait' && move.watch !== undefined);
}

function sameMove(a: Move, b: Move): boolean {
  if (a.kind === 'wait' && b.kind === 'wait') return a.wait.id === b.wait.id && a.wait.deadline === b.wait.deadline;
  if (a.kind === 'bake' && b.kind === 'bake')
    return a.order.phase === b.order.phase && a.order.purpose === b.order.purpose;
  if ((a.kind === 'shift' || a.kind === 'prepare') && a.kind === b.kind) return a.phase === b.phase;
  return a.kind === b.kind;
}
