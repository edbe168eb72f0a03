import type { VerdictReason } from '../judge/verdict';
import { isForWantOfData } from '../judge/want-of-data';
import type { TargetCode } from '../plan/objection';
import type { CommandKind } from './command';
import { asksAgainAt, mayNotBegin } from './leave';
import type { Phase } from '../plan/plan';
import { unhelpedIn } from './helped';
import { currentPhase, hasMoved, WATCH_PHASE } from './progress';
import type { RunState } from './state';
import type { Wait, WaitFor, WaitOption, WaitReason } from './wait';

const QUIET_BEFORE_CANCEL_MS = 120_000;
const NO_POLICY_REMINDER_MS = 900_000;
const LEFT_OUT = 'a phase before it was left out, so that nothing has proven that it helps';

/** What each reason waits for, and the commands that answer it besides abort, now, unwind, pause and replan. */
export const WAITS: Readonly<Record<WaitReason, { readonly for: WaitFor; readonly answers: readonly CommandKind[] }>> =
  {
    GATE: { for: 'approval', answers: ['approve'] },
    AUTOMATION_OFF: { for: 'approval', answers: ['approve'] },
    AUTOMATION_ASK: { for: 'approval', answers: ['approve'] },
    COMMON_CAUSE: { for: 'approval', answers: ['approve'] },
    AUTOMATIC_LIMIT: { for: 'approval', answers: ['approve'] },
    ENVIRONMENT_SILENT: { for: 'approval', answers: ['approve'] },
    NOT_READY: { for: 'approval', answers: ['approve', 'retry'] },
    PAUSED: { for: 'person', answers: ['resume'] },
    HALT: { for: 'verdict', answers: ['approve', 'retry'] },
    HOLD: { for: 'verdict', answers: ['approve', 'retry'] },
    HARM_WHILE_WAITING: { for: 'verdict', answers: ['approve', 'retry'] },
    FAULT: { for: 'fault', answers: ['retry'] },
    CAPACITY: { for: 'fault', answers: ['retry', 'skip'] },
    CONFLICT: { for: 'fault', answers: ['retry', 'adopt', 'skip'] },
    REFUSED: { for: 'fault', answers: ['retry', 'adopt', 'skip'] },
    UNREADABLE: { for: 'fault', answers: ['retry', 'skip'] },
    SUPERSEDED: { for: 'fault', answers: ['retry', 'adopt', 'skip'] },
    UNWIND_INCOMPLETE: { for: 'fault', answers: ['retry', 'skip'] },
    CENSUS_DIFFERS: { for: 'fault', answers: ['retry', 'adopt', 'skip'] },
    NO_RELEASE_TO_BLAME: { for: 'fault', answers: ['retry'] },
    UNPLANNABLE: { for: 'fault', answers: ['retry'] },
  };

const GATES: ReadonlySet<WaitReason> = new Set([
  'GATE',
  'AUTOMATION_OFF',
  'AUTOMATION_ASK',
  'COMMON_CAUSE',
  'AUTOMATIC_LIMIT',
  'ENVIRONMENT_SILENT',
] satisfies readonly WaitReason[]);

/** True for the approval of a plan, whatever asks for it; going past what failed is another question. */
export function isGate(reason: WaitReason): boolean {
  return GATES.has(reason);
}

/** Opens the wait that a halt, hold or fault asks for. A new question gets a new id, so stale answers cannot meet it. */
export function openWait(
  state: RunState,
  what: {
    reason: WaitReason;
    text: string;
    phase?: number;
    target?: string;
    code?: TargetCode;
    overridable?: boolean;
    /** What the judge said, where that is what is asked about. */
    verdict?: VerdictReason;
  },
): RunState {
  const number = state.waitsOpened + 1;
  const onHalt = what.reason === 'HALT' ? (state.policy?.onHalt ?? 'stay') : 'stay';
  const timing = state.policy?.timing;
  const afterMs = (onHalt === 'stay' ? timing?.reminderMs : timing?.approvalMs) ?? NO_POLICY_REMINDER_MS;
  const mends = lacksOnlyData(state, what);
  const wait: Wait = {
    id: `w${number}`,
    for: WAITS[what.reason].for,
    reason: what.reason,
    text: what.text,
    since: state.now,
    ...(what.phase === undefined ? {} : { phase: what.phase }),
    ...(what.target === undefined ? {} : { target: what.target }),
    ...(what.code === undefined ? {} : { code: what.code }),
    ...(what.verdict === undefined ? {} : { verdict: what.verdict }),
    options: optionsFor(state, what.reason, what.overridable ?? true, what.verdict),
    deadline: state.now + afterMs,
    byItself: mends ? MENDS : byItselfText(onHalt),
    overridable: what.overridable ?? true,
    ...(mends ? { mends } : {}),
  };
  return { ...state, open: wait, waitsOpened: number };
}

/** What a bake held for want of data, or a soak, has seen so far must be there to go on with. */
function lacksOnlyData(
  { judge, judgePhase }: RunState,
  { reason, phase, verdict }: { reason: WaitReason; phase?: number; verdict?: VerdictReason },
): true | undefined {
  const keeps = judge !== undefined && judgePhase === (phase ?? WATCH_PHASE);
  return reason === 'HOLD' && keeps && verdict !== undefined && isForWantOfData(verdict) ? true : undefined;
}

const MENDS = 'goes on watching once data are back; until then people are reminded';

function byItselfText(onHalt: 'stay' | 'unwind' | 'now'): string {
  switch (onHalt) {
    case 'stay':
      return 'nothing moves by itself; people are reminded';
    case 'unwind':
      return 'what was moved is put back onto the suspect';
    case 'now':
      return 'all that is left is taken back at once';
  }
}

/** The wait for a phase's approval, derived from the plan; the same id until the plan changes. */
export function gateWait(state: RunState): Wait | undefined {
  const phase = currentPhase(state);
  if (!phase || state.phases[phase.index]?.approvedBy) return undefined;
  const unproven = state.phases.slice(0, phase.index).some((progress) => progress.passedBy === undefined);
  const held = mayNotBegin(state) ? state.held : undefined;
  const unhelped = unhelpedIn(state, phase);
  if (phase.gate !== 'approval' && !unproven && !held && unhelped.length === 0) return undefined;
  const reason = held?.code ?? 'GATE';
  const id = `gate-${state.planVersion}-${phase.index}`;
  const asked = state.asked?.waitId === id ? state.asked : undefined;
  const since = asked?.since ?? state.now;
  const quiet = !hasMoved(state) && state.quietSince !== undefined;
  const again = held ? asksAgainAt(state) : undefined;
  return {
    id,
    for: 'approval',
    reason,
    text: `Phase ${phase.index + 1} "${phase.name}" needs an approval: ${held?.text ?? whyGate(phase, unproven, unhelped)}`,
    since,
    phase: phase.index,
    options: optionsFor(state, reason, true),
    deadline: quiet
      ? (state.quietSince ?? 0) + QUIET_BEFORE_CANCEL_MS
      : (asked?.deadline ?? since + (state.policy?.timing.approvalMs ?? NO_POLICY_REMINDER_MS)),
    ...(again === undefined ? {} : { asksAgainAt: again }),
    byItself: gateByItself(quiet, again !== undefined),
    overridable: true,
  };
}

function whyGate(phase: Phase, unproven: boolean, unhelped: readonly string[]): string {
  if (unproven) return LEFT_OUT;
  if (phase.gate === 'approval' || unhelped.length === 0) return phase.because;
  const names = new Intl.ListFormat('en').format(unhelped);
  return (
    `no verdict has proven that going back helps on ${names} or on enough others, ` +
    'and this phase leaves nothing there to compare with'
  );
}

function gateByItself(quiet: boolean, asksAgain: boolean): string {
  if (quiet) return 'the alert has resolved: the plan is dropped';
  if (asksAgain)
    return 'people are paged again; until then the environment is asked again, and it begins if that lets it';
  return 'nothing moves by itself; people are paged again';
}

/** The wait of a pause. */
export function pauseWait(state: RunState): Wait | undefined {
  if (!state.paused) return undefined;
  const id = `pause-${state.paused.at}`;
  const asked = state.asked?.waitId === id ? state.asked : undefined;
  return {
    id,
    for: 'person',
    reason: 'PAUSED',
    text: `Paused by ${state.paused.by}${state.paused.reason ? `: ${state.paused.reason}` : ''}`,
    since: state.paused.at,
    options: optionsFor(state, 'PAUSED', true),
    deadline: asked?.deadline ?? state.paused.at + (state.policy?.timing.reminderMs ?? NO_POLICY_REMINDER_MS),
    byItself: 'nothing moves by itself; people are reminded',
    overridable: true,
  };
}

/** What a run waits for at this moment, the outermost first; undefined when it is free to move. */
export function presentWait(state: RunState): Wait | undefined {
  return pauseWait(state) ?? state.open ?? (state.course === 'forward' && state.checks ? gateWait(state) : undefined);
}

function optionsFor(
  state: RunState,
  reason: WaitReason,
  overridable: boolean,
  verdict?: VerdictReason,
): readonly WaitOption[] {
  const answers = WAITS[reason].answers.filter((answer) => answer !== 'approve' || overridable);
  const always: readonly CommandKind[] = hasMoved(state) ? ['unwind', 'abort'] : ['abort'];
  return [...answers, ...always].slice(0, 4).map((command, index) => ({
    command,
    consequence: CONSEQUENCE[command],
    needs: command === 'approve' || command === 'unwind' ? 'approver' : 'operator',
    recommended: index === recommendedIndex(reason, verdict),
  }));
}

/** What more evidence may settle: to go on without it would be to go on blind. */
function isWatchedOn(verdict: VerdictReason): boolean {
  return verdict === 'LONGEST_BAKE' || isForWantOfData(verdict);
}

/** After proven harm and without evidence the safest word is not the first one. */
function recommendedIndex(reason: WaitReason, verdict: VerdictReason | undefined): number {
  if (reason === 'HALT' || reason === 'HARM_WHILE_WAITING') return 2;
  return verdict && isWatchedOn(verdict) ? 1 : 0;
}

/** What follows from each command, in words that every surface shows. */
export const CONSEQUENCE: Readonly<Record<CommandKind, string>> = {
  approve: 'goes on, and says that it was not proven',
  pause: 'nothing moves until resumed',
  resume: 'goes on where it stopped',
  abort: 'ends where it stands, moves nothing',
  unwind: 'puts what was moved back onto the suspect',
  now: 'takes back all that is left at once',
  retry: 'tries again',
  replan: 'plans what is left anew',
  adopt: 'takes what was read back as done',
  skip: 'leaves the target out; the rollback ends partial',
};
