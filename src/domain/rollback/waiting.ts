import { note } from './journal';
import { mayNotBegin } from './leave';
import type { Move } from './move';
import type { JournalEntry, RunState } from './state';
import type { Wait, WaitFor } from './wait';

/** What a wait is for, in words. */
export const WAITS_FOR: Readonly<Record<WaitFor, string>> = {
  approval: 'an approval',
  person: 'a person',
  verdict: 'a decision on a verdict',
  fault: 'a fault to be settled',
};

/**
 * Keeps in the journal since when and for what it waits, and until when it did. A move belongs to one wait or to none;
 * asking an environment again belongs to the wait for the answer of people, who may be faster.
 */
export function recordWaiting(state: RunState, move: Move): RunState {
  const wait = move.kind === 'wait' ? move.wait : undefined;
  if (wait !== undefined && wait.id === state.asked?.waitId) return state;
  if (move.kind === 'claim' && mayNotBegin(state)) return state;
  const over = withWaitOver(state);
  return wait === undefined ? over : begun(over, wait);
}

/** Closes the wait that is open in the journal, if one is. */
export function withWaitOver(state: RunState): RunState {
  const journal = state.journal.map((entry): JournalEntry =>
    entry.wait && entry.wait.until === undefined
      ? { ...entry, wait: { ...entry.wait, until: state.now, ...endedBy(state, entry.at) } }
      : entry,
  );
  return { ...state, journal, asked: undefined };
}

function begun(state: RunState, wait: Wait): RunState {
  const asked = { waitId: wait.id, since: wait.since, deadline: wait.deadline ?? wait.since };
  return note(
    { ...state, asked },
    {
      kind: 'wait',
      text: `waits for ${WAITS_FOR[wait.for]} (${wait.reason})`,
      reason: wait.reason,
      ...(wait.phase === undefined ? {} : { phase: wait.phase }),
      wait: { id: wait.id, for: wait.for, because: wait.text },
    },
  );
}

/** Whoever spoke last since it began; nobody when the run went on by itself. */
function endedBy(state: RunState, since: number): { readonly endedBy?: string } {
  const word = state.journal.findLast((entry) => entry.kind === 'command' && entry.at >= since && !entry.refused);
  return word?.by === undefined ? {} : { endedBy: word.by };
}
