import type { JournalEntry, RunState } from '../rollback/state';
import type { WaitFor } from '../rollback/wait';
import type { Decision, WaitSpan } from './model';

interface OpenSpan {
  readonly from: number;
  readonly for: WaitFor;
  readonly because: string;
  /** It may turn out that it went on at once; then it was no wait. */
  readonly tentative?: boolean;
}

interface Telling {
  readonly open?: OpenSpan;
  readonly spans: readonly WaitSpan[];
  readonly decisions: readonly Decision[];
}

/** What people said, and every stretch the rollback waited, told from the journal alone. */
export function waitsAndDecisions(
  state: RunState,
  endedAt: number,
): { readonly waits: readonly WaitSpan[]; readonly decisions: readonly Decision[] } {
  const gates = gatesOf(state);
  const told = state.journal.reduce<Telling>((telling, entry) => tell(telling, entry, gates), {
    spans: [],
    decisions: [],
  });
  const last = closed(told, endedAt);
  return { waits: last.spans, decisions: last.decisions };
}

/** Whether the phase of that index asks for an approval before it begins. */
type Gates = (phase: number) => boolean;

function gatesOf(state: RunState): Gates {
  return (phase) => state.plan?.phases[phase]?.gate === 'approval';
}

function tell(telling: Telling, entry: JournalEntry, gates: Gates): Telling {
  switch (entry.kind) {
    case 'command':
      return tellCommand(telling, entry);
    case 'checked':
      return gates(0)
        ? opened(telling, entry.at, 'approval', 'the plan needed an approval')
        : tentative(telling, entry.at, 'approval', entry.text);
    case 'assessed':
      return tentative(telling, entry.at, 'fault', entry.text);
    case 'planned':
    case 'prepared':
      return withoutTentative(telling);
    case 'verdict':
      return tellVerdict(telling, entry, gates);
    case 'fault':
      return opened(telling, entry.at, 'fault', entry.text);
    case 'shifted':
    case 'unwound':
    case 'soaked':
    case 'ended':
      return closed(withoutTentative(telling, entry.kind !== 'ended'), entry.at);
    case 'alert':
    case 'wait':
    case 'census':
      return telling;
  }
}

function tellVerdict(telling: Telling, entry: JournalEntry, gates: Gates): Telling {
  const { verdict } = entry;
  if (!verdict) return telling;
  if (verdict.decision !== 'proceed') return opened(telling, entry.at, 'verdict', `${verdict.reason}: ${entry.text}`);
  const next = entry.phase === undefined ? undefined : entry.phase + 1;
  return next !== undefined && gates(next)
    ? opened(telling, entry.at, 'approval', `phase ${next + 1} needed an approval`)
    : closed(telling, entry.at);
}

/** Words that let it go on or end it; a pause is itself the beginning of a wait. */
function tellCommand(telling: Telling, entry: JournalEntry): Telling {
  const by = entry.by ?? 'unknown';
  const refused = / refused: /.test(entry.text);
  const pausing = !refused && entry.text.startsWith('paused by ');
  const decision: Decision = {
    at: entry.at,
    by,
    text: entry.text,
    refused,
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(telling.open && !refused && !pausing ? { waitedMs: entry.at - telling.open.from } : {}),
  };
  const said = { ...telling, decisions: [...telling.decisions, decision] };
  if (refused) return said;
  if (!pausing) return closed(said, entry.at, by);
  return opened(said, entry.at, 'person', `${by} paused it${entry.reason ? `: ${entry.reason}` : ''}`);
}

/** Only the outermost wait is counted: a question asked during a wait makes it no shorter and no second one. */
function opened(telling: Telling, from: number, what: WaitFor, because: string): Telling {
  return telling.open ? telling : { ...telling, open: { from, for: what, because } };
}

function tentative(telling: Telling, from: number, what: WaitFor, because: string): Telling {
  return telling.open ? telling : { ...telling, open: { from, for: what, because, tentative: true } };
}

function withoutTentative(telling: Telling, wentOn = true): Telling {
  return wentOn && telling.open?.tentative ? { ...telling, open: undefined } : telling;
}

function closed(telling: Telling, to: number, endedBy?: string): Telling {
  if (!telling.open) return telling;
  const { from, for: what, because } = telling.open;
  const span: WaitSpan = { from, to, for: what, because, ...(endedBy === undefined ? {} : { endedBy }) };
  return { ...telling, open: undefined, spans: [...telling.spans, span] };
}
