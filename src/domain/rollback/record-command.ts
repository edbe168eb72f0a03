import { admit } from './admit';
import { overridesOf } from './blocks';
import type { Command, CommandOutcome } from './command';
import { note } from './journal';
import { currentPhase, movedWeight, reached } from './progress';
import { withoutEvidence } from './readings';
import { withPhase } from './record-effects';
import type { RunState } from './state';
import type { Wait } from './wait';

const OUTCOMES_KEPT = 200;

/** Records a command and what became of it. A repeat of an id keeps its first answer. */
export function recordCommand(state: RunState, command: Command): RunState {
  const admission = admit(state, command);
  if (!admission.ok && admission.code === 'ALREADY_APPLIED') return state;
  const base = { id: command.id, kind: command.kind, at: state.now };
  if (!admission.ok) {
    const outcome: CommandOutcome = { ...base, result: 'refused', code: admission.code, text: admission.text };
    return note(withOutcome(state, outcome), {
      kind: 'command',
      text: `${command.kind} refused: ${admission.text}`,
      by: command.by,
      refused: true,
    });
  }
  const applied = apply(state, command);
  const outcome: CommandOutcome = { ...base, result: 'applied', text: appliedText(command) };
  return note(withOutcome(applied, outcome), {
    kind: 'command',
    text: appliedText(command),
    by: command.by,
    ...(command.reason === undefined ? {} : { reason: command.reason }),
  });
}

function withOutcome(state: RunState, outcome: CommandOutcome): RunState {
  return { ...state, outcomes: [...state.outcomes, outcome].slice(-OUTCOMES_KEPT) };
}

function apply(state: RunState, command: Command): RunState {
  switch (command.kind) {
    case 'pause':
      return {
        ...state,
        paused: { by: command.by, at: state.now, ...(command.reason ? { reason: command.reason } : {}) },
      };
    case 'resume':
      return { ...state, paused: undefined };
    case 'abort':
      return { ...state, course: 'abort' };
    case 'unwind':
      return { ...state, course: 'unwind', paused: undefined, open: undefined, unwound: [] };
    case 'now':
      return {
        ...state,
        course: 'now',
        cold: command.cold ?? false,
        acceptIrreversible: state.acceptIrreversible || command.acceptIrreversible,
        paused: undefined,
        open: undefined,
        finalCensus: false,
        unwound: [],
      };
    case 'replan':
      return replan(state, command);
    case 'approve':
      return approve(state, command);
    case 'retry':
      return retry(state);
    case 'adopt':
    case 'skip':
      return settleTarget(state, command);
  }
}

/** What is left is planned anew, as a new gate. */
function replan(state: RunState, command: Command): RunState {
  return {
    ...state,
    plan: undefined,
    phases: [],
    open: undefined,
    replannedIn: state.movesBegun,
    request: {
      ...state.request,
      pace: command.pace ?? state.request.pace,
      ...(command.extent ? { extent: command.extent } : {}),
    },
    course: 'forward',
  };
}

function approve(state: RunState, command: Command): RunState {
  const approvedBy = { by: command.by, at: state.now, ...(command.reason ? { reason: command.reason } : {}) };
  const { open } = state;
  if (!open) return withPhase(state, currentPhase(state)?.index ?? -1, { approvedBy });
  const closed = { ...state, open: undefined };
  if (open.reason === 'NOT_READY') return { ...closed, overridden: overridesOf(state) };
  if (open.phase === undefined)
    return { ...closed, soakedMs: soaking(state) ? (state.policy?.timing.soakMs ?? 0) : state.soakedMs };
  const passed = withPhase(closed, open.phase, { approvedBy, passedBy: 'approval' });
  return { ...withoutEvidence(passed), bakeExtensions: 0, watchedAt: state.now };
}

function soaking(state: RunState): boolean {
  return state.plan !== undefined && currentPhase(state) === undefined;
}

/** After the longest bake the same evidence is kept and watched on; after anything else the question is asked afresh. */
function retry(state: RunState): RunState {
  const { open } = state;
  const closed = { ...state, open: undefined, nowPrepared: false };
  if (!open) return closed;
  switch (open.reason) {
    case 'NOT_READY':
    case 'SUPERSEDED':
      return { ...closed, checks: undefined };
    case 'HOLD':
      return isLongestBake(state, open)
        ? { ...closed, bakeExtensions: state.bakeExtensions + 1 }
        : withoutEvidence(closed);
    case 'HALT':
    case 'HARM_WHILE_WAITING':
      return withoutEvidence(closed);
    case 'UNREADABLE':
      return { ...closed, unknown: state.touched };
    case 'CENSUS_DIFFERS':
      return reopenPhases(closed);
    case 'GATE':
    case 'AUTOMATION_OFF':
    case 'AUTOMATION_ASK':
    case 'COMMON_CAUSE':
    case 'AUTOMATIC_LIMIT':
    case 'ENVIRONMENT_SILENT':
    case 'PAUSED':
    case 'FAULT':
    case 'CAPACITY':
    case 'CONFLICT':
    case 'REFUSED':
    case 'UNWIND_INCOMPLETE':
    case 'NO_RELEASE_TO_BLAME':
    case 'UNPLANNABLE':
      return closed;
  }
}

/** A phase whose target has slipped back is done again, judged again; course `now` looks for itself. */
function reopenPhases(state: RunState): RunState {
  const slipped = (state.plan?.phases ?? []).filter((phase) =>
    phase.weights.some((planned) => !reached(state, planned)),
  );
  return slipped
    .slice(-1)
    .reduce((again, phase) => withPhase(again, phase.index, { passedBy: undefined, applied: [] }), state);
}

function isLongestBake(state: RunState, open: Wait): boolean {
  return open.phase !== undefined && state.phases[open.phase]?.verdict?.reason === 'LONGEST_BAKE';
}

/** `skip` leaves the target out; `adopt` takes what it serves as what was planned. */
function settleTarget(state: RunState, command: Command): RunState {
  const target = command.target ?? state.open?.target;
  if (target === undefined) return state;
  const closed = { ...state, open: undefined, unknown: state.unknown.filter((name) => name !== target) };
  if (state.open?.reason === 'UNWIND_INCOMPLETE') return { ...closed, unwound: [...closed.unwound, target] };
  if (command.kind === 'skip') return { ...closed, skipped: [...closed.skipped, target] };
  return adopt(closed, target);
}

/** Plans never ask more of an adopted target than what it serves. */
function adopt(state: RunState, target: string): RunState {
  if (!state.plan) return state;
  const weight = movedWeight(state, target);
  const phases = state.plan.phases.map((phase) => ({
    ...phase,
    weights: phase.weights.map((planned) =>
      planned.target === target ? { ...planned, weight: Math.min(planned.weight, weight) } : planned,
    ),
  }));
  return { ...state, plan: { ...state.plan, phases }, adopted: [...new Set([...state.adopted, target])] };
}

function appliedText(command: Command): string {
  switch (command.kind) {
    case 'approve':
      return `approved by ${command.by}`;
    case 'pause':
      return `paused by ${command.by}; no side effect from now on`;
    case 'resume':
      return `resumed by ${command.by}`;
    case 'abort':
      return `aborted by ${command.by}; it ends where it stands`;
    case 'unwind':
      return `${command.by} puts what was moved back onto the suspect`;
    case 'now':
      return `${command.by} takes back all that is left at once; gates and verdicts are skipped${command.acceptIrreversible ? ', what cannot be undone is accepted' : ''}`;
    case 'retry':
      return `retry by ${command.by}`;
    case 'replan':
      return `${command.by} plans what is left anew: ${[command.pace, extentText(command)].filter(Boolean).join(', ')}`;
    case 'adopt':
      return `${command.by} takes what was read back as done`;
    case 'skip':
      return `${command.by} leaves ${command.target ?? 'the target'} out`;
  }
}

function extentText({ extent }: Command): string {
  if (!extent) return '';
  const labels = Object.entries(extent).map(([label, value]) => `${label}=${value}`);
  return labels.length === 0 ? 'everything' : `only ${labels.join(', ')}`;
}
