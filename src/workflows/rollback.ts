import { CancellationScope, continueAsNew, isCancellation } from '@temporalio/workflow';
import { nextMove } from '../domain/rollback';
import type { End, Move, RunState } from '../domain/rollback';
import { causeOf } from './faults';
import { page } from './page';
import { Run } from './run';
import type { RollbackInput, Unstamped } from './run';
import { steps } from './steps';

export type { RollbackInput } from './run';

/** What a closed rollback leaves in its result. */
export interface RollbackResult {
  readonly end?: End;
  readonly reportLocation?: string;
}

/** One rollback: what comes next is decided by `nextMove`, done by the step of that name, and recorded, until there is nothing left. */
export async function rollback(input: RollbackInput): Promise<RollbackResult> {
  const run = new Run(input);
  run.listen((text) => page(run, 'ALERT', text));
  abortOnCancel(run);
  return CancellationScope.nonCancellable(async () => {
    for (let move = nextMove(run.state); move.kind !== 'close'; move = nextMove(run.state)) {
      run.begin(move);
      run.end(await perform(move, run));
      if (run.shouldContinueAsNew()) {
        await run.settle();
        if (nextMove(run.state).kind !== 'close')
          return continueAsNew<typeof rollback>({ ...input, carried: carry(run.state) });
      }
    }
    run.publish();
    return { end: run.state.end, reportLocation: run.state.reportLocation };
  });
}

/** Temporal's own cancel means what a person's abort means. */
function abortOnCancel(run: Run): void {
  void CancellationScope.current().cancelRequested.catch(() => {
    run.record({
      kind: 'command',
      command: {
        id: 'workflow-cancelled',
        kind: 'abort',
        by: 'temporal',
        at: Date.now(),
        reason: 'workflow cancelled',
      },
    });
  });
}

/** Every outcome is an event: also a cancel, also a fault, so that our own throw can never wedge a workflow task. */
async function perform(move: Exclude<Move, { kind: 'close' }>, run: Run): Promise<Unstamped> {
  try {
    return await run.inScope(() => stepOf(move)(run));
  } catch (error) {
    if (isCancellation(error)) return { kind: 'interrupted', move: move.kind };
    return { kind: 'faulted', move: move.kind, ...causeOf(error) };
  }
}

function stepOf(move: Exclude<Move, { kind: 'close' }>): (run: Run) => Promise<Unstamped> {
  // A move and the step under its name always fit; the compiler cannot follow that through the table.
  const step = steps[move.kind] as (own: Move, run: Run) => Promise<Unstamped>;
  return (run) => step(move, run);
}

/** What the next run starts with: nothing is in flight, nothing is pending. */
function carry(state: RunState): RunState {
  return { ...state, inFlight: undefined, preparing: undefined };
}
