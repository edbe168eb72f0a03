import type { JournalEntry, RunState } from '../rollback/state';
import type { Decision, WaitSpan } from './model';

/** What people said, and every stretch the rollback waited, as the journal has kept it. */
export function waitsAndDecisions(
  state: RunState,
  endedAt: number,
): { readonly waits: readonly WaitSpan[]; readonly decisions: readonly Decision[] } {
  const waits = state.journal.flatMap((entry): readonly WaitSpan[] => {
    if (!entry.wait) return [];
    const { for: what, because, until = endedAt, endedBy } = entry.wait;
    return [{ from: entry.at, to: until, for: what, because, ...(endedBy === undefined ? {} : { endedBy }) }];
  });
  const words = state.journal.filter((entry) => entry.kind === 'command');
  return { waits, decisions: words.map((entry) => decisionOf(entry, waits)) };
}

/** A word that ended a wait tells for how long it was waited for; the wait ends at the same instant or just after. */
function decisionOf(entry: JournalEntry, waits: readonly WaitSpan[]): Decision {
  const refused = entry.refused === true;
  const ended = waits.find((wait) => wait.from <= entry.at && entry.at <= wait.to && wait.endedBy === entry.by);
  return {
    at: entry.at,
    by: entry.by ?? 'unknown',
    text: entry.text,
    refused,
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(ended && !refused ? { waitedMs: entry.at - ended.from } : {}),
  };
}
