import { openRecorded } from '../../../../src/domain/judge';
import type { VerdictReason } from '../../../../src/domain/judge/verdict';
import type { RollbackPlan } from '../../../../src/domain/plan';
import { nextMove, openState, record } from '../../../../src/domain/rollback';
import type { RunEvent, RunState } from '../../../../src/domain/rollback';
import type { Command, CommandKind } from '../../../../src/domain/rollback/command';
import { CURRENT_RULES } from '../../../../src/domain/rollback/rules';
import { censusOf, plan as usualPlan, POLICY, reading, request, START, verdict } from './fixtures';

/** An event before it is stamped. */
export type Unstamped = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'at'> : never) : never;

const judge = openRecorded({ intervalMs: 1_000, settleMs: 0, longestBakeMs: 60_000, guardrails: [] }, []);

/** What a look brings that has read no target. */
export const OBSERVATION = { readings: {}, traffic: [], observedMs: 0, judge };

/** Records it a second later. */
export function later(state: RunState, event: Unstamped): RunState {
  return record(state, { ...event, at: state.now + 1_000 } as RunEvent);
}

/** Begins what comes next. */
export function begin(state: RunState): RunState {
  return record(state, { kind: 'began', move: nextMove(state), at: state.now });
}

/** Does what comes next, with this for its outcome. */
export function step(state: RunState, event: Unstamped): RunState {
  return later(begin(state), event);
}

/** The answer of a person to whatever is asked. */
export function say(state: RunState, kind: CommandKind, rest: Partial<Command> = {}): RunState {
  const command = {
    id: kind,
    kind,
    by: 'ada',
    at: 0,
    reason: 'because',
    ...(state.open ? { waitId: state.open.id } : {}),
    ...rest,
  };
  return later(state, { kind: 'command', command });
}

/** How a rollback was set up. */
export interface Held {
  readonly rules?: number;
  readonly plan?: RollbackPlan;
}

/** A rollback in its first bake, eu at 25 %. */
export function baking({ rules = CURRENT_RULES, plan = usualPlan('automatic') }: Held = {}): RunState {
  const census = censusOf({ eu: 0, us: 0 });
  const blamed = { fromRevision: 'v42', toRevision: 'v41', extent: ['eu', 'us'], because: 'v42 is new' };
  const order = { target: 'eu', number: 1, desired: 25, expected: 0 };
  const events: readonly Unstamped[] = [
    { kind: 'assessed', policy: POLICY, assessment: { kind: 'blamed', ...blamed }, census },
    { kind: 'planned', plan },
    { kind: 'checked', results: [], census },
    { kind: 'claimed', answer: { kind: 'free', text: '1 of 2' } },
    { kind: 'shifted', phase: 0, reports: [{ order, outcome: 'done', reading: reading('eu', 25) }] },
  ];
  return events.reduce(step, openState(request('auto'), START, rules));
}

/** A rollback that a person has hurried until everything is back, so that it soaks. */
export function soaking(how: Held = {}): RunState {
  let state = say(baking(how), 'now');
  for (let move = nextMove(state); move.kind === 'shift'; move = nextMove(state)) {
    const { phase, effects } = move;
    const reports = effects.map((order) => ({ order, outcome: 'done' as const, reading: reading(order.target, 100) }));
    state = step(state, { kind: 'shifted', phase, reports });
  }
  return state;
}

/** A rollback whose first bake was held for this reason. */
export function heldFor(reason: VerdictReason, how: Held = {}): RunState {
  return step(baking(how), { kind: 'baked', phase: 0, observation: OBSERVATION, verdict: verdict('hold', reason) });
}
