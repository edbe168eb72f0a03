import { endOf, nextMove, openState, record } from '../../../../src/domain/rollback';
import { CURRENT_RULES } from '../../../../src/domain/rollback/rules';
import type { Move, RollbackRequest, RunState } from '../../../../src/domain/rollback';
import type { Command } from '../../../../src/domain/rollback/command';
import { presentWait } from '../../../../src/domain/rollback/waits';
import { START } from '../../rollback/support/fixtures';
import { Dice, World } from '../../rollback/support/world';

const STEP_MS = 5_000;

/** What people say before a move, if anything. */
export type People = (state: RunState) => Omit<Command, 'id' | 'at'> | undefined;

/** Approves every gate, a minute after it was asked. */
export const patientApprover: People = (state) => {
  const wait = presentWait(state);
  if (wait?.reason !== 'GATE' || state.now - wait.since < 12 * STEP_MS) return undefined;
  return { kind: 'approve', by: 'ada', waitId: wait.id };
};

/** The last state of a rollback on a world where everything works, five seconds a step. */
export function lifeOf(request: RollbackRequest, people: People, bytes: readonly number[] = []): RunState {
  const world = new World(new Dice(bytes));
  let state = openState(request, START, CURRENT_RULES);
  let at = START;
  for (let step = 0; step < 300; step += 1) {
    const said = people(state);
    if (said) state = record(state, { kind: 'command', at: (at += 1), command: { ...said, id: `c${step}`, at } });
    const move = nextMove(state);
    if (move.kind === 'close' || move.kind === 'report') {
      return record(state, { kind: 'reported', location: '', at: (at += STEP_MS) });
    }
    state = record(state, { kind: 'began', move, at });
    state = record(state, world.perform(state, move, (at += STEP_MS)));
    if (move.kind === 'bake') state = finishBackground(state, move, world, at);
  }
  throw new Error(`did not end: ${endOf(state).text}`);
}

function finishBackground(state: RunState, move: Extract<Move, { kind: 'bake' }>, world: World, at: number): RunState {
  if (move.prepareNext.length === 0) return state;
  const readings = world.census(at);
  const reports = move.prepareNext.map((order) => ({
    order,
    outcome: 'done' as const,
    reading: readings[order.target],
  }));
  return record(state, { kind: 'prepared', phase: move.order.phase + 1, reports, background: true, at });
}
