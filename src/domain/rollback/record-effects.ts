import type { EffectReport, RunEvent } from './event';
import { note } from './journal';
import { suspectCanTakeBack } from './orders';
import { objectionText } from '../plan/objection';
import { shareText } from '../plan/share';
import { activeExtent, movedWeight, readyWeight, shareOf, touchedBehind, WATCH_PHASE } from './progress';
import { LATE_LOOKS_SINCE, withCensus, withLateCensus, withoutEvidence, withoutLateEvidence } from './readings';
import type { JournalEntry, PhaseProgress, RunState } from './state';
import type { WaitReason } from './wait';
import { openWait } from './waits';

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** Records what preparing brought. Capacity that did not come stops a shift that needs it; in the background it only tells. */
export function recordPrepared(before: RunState, event: EventOf<'prepared'>): RunState {
  let state = withReadings(before, event.reports, event.interruptedIn);
  const short = event.reports.filter((report) => readyWeight(state, report.order.target) < report.order.desired);
  const asked = event.reports.map(
    (report) => `${report.order.target} ready for ${shareText(readyWeight(state, report.order.target))}`,
  );
  if (asked.length > 0) state = note(state, { kind: 'prepared', text: asked.join(', '), phase: event.phase });
  if (short.length === 0) return withPhase(state, event.phase, { prepared: true });
  if (event.background || short.every((report) => report.outcome === 'withdrawn')) return state;
  if (state.course === 'abort' || state.course === 'unwind' || state.paused) return state;
  const refused = short.find((report) => report.outcome === 'refused' || report.outcome === 'failed');
  const text = short
    .map(
      (report) =>
        `${report.order.target} has ready capacity for ${shareText(readyWeight(state, report.order.target))}, needs ${shareText(report.order.desired)}${whyOf(report, ' (', ')')}`,
    )
    .join('; ');
  const told = refused ?? short.find((report) => report.code !== undefined);
  return openWait(note(state, { kind: 'fault', text, ...reasonIn(told) }), {
    reason: refused ? 'REFUSED' : 'CAPACITY',
    text,
    phase: event.phase,
    target: short[0]?.order.target,
    code: told?.code,
  });
}

/** Records a shift's results per target; the weights are recorded whatever the present course. */
export function recordShifted(before: RunState, event: EventOf<'shifted'>): RunState {
  let state = keepOrigin(withoutWatch(before), event.reports);
  state = withReadings(state, event.reports);
  state = withSet({ ...state, unknown: unknownAfter(state, event.reports) }, event.reports);
  const applied = event.reports.filter(isApplied).map((report) => report.order.target);
  if (applied.length > 0) state = noteShift(withApplied(state, event.phase, applied), event.phase, applied);
  const failed = event.reports.find(
    (report) => !isApplied(report) && report.outcome !== 'unknown' && report.outcome !== 'withdrawn',
  );
  if (!failed || state.course === 'abort') return state;
  const text = `${failed.order.target}: ${whyOf(failed) || failed.outcome}`;
  return openWait(note(state, { kind: 'fault', text, target: failed.order.target, ...reasonIn(failed) }), {
    reason: reasonOf(failed.outcome),
    text,
    phase: event.phase,
    target: failed.order.target,
    code: failed.code,
  });
}

/** What was watched while nothing moved is another split from now on, so the next watch begins anew. */
function withoutWatch(state: RunState): RunState {
  return state.judgePhase === WATCH_PHASE ? withoutEvidence(state) : withoutLateEvidence(state);
}

/** Records one target put back. A target that others changed meanwhile is left alone and named. */
export function recordUnwound(before: RunState, event: EventOf<'unwound'>): RunState {
  const { report } = event;
  const { target } = report.order;
  let state = withReadings(before, [report]);
  state = withSet({ ...state, unknown: unknownAfter(state, [report]) }, [report]);
  switch (report.outcome) {
    case 'done':
    case 'alreadyInState':
      return note(
        {
          ...state,
          unwound: [...state.unwound, target],
          lastChange: { at: state.now, text: `${target} put back to ${shareOf(state, target)}` },
        },
        { kind: 'unwound', text: `${target} put back`, target, weights: { [target]: movedWeight(state, target) } },
      );
    case 'conflict': {
      const text = `${target} was changed by someone else and is left alone: ${report.detail ?? 'unexpected weight'}${behindText(state, target)}`;
      const left: RunState = { ...state, unwound: [...state.unwound, target] };
      return note(left, { kind: 'unwound', text, target, ...reasonIn(report) });
    }
    case 'unknown':
    case 'withdrawn':
      return state;
    case 'refused':
    case 'failed': {
      const cannot = suspectCanTakeBack(state, report.order) ? '' : ' (the suspect has too little ready capacity)';
      const text = `${target} could not be put back: ${whyOf(report) || report.outcome}${cannot}`;
      return openWait(note(state, { kind: 'fault', text, target, ...reasonIn(report) }), {
        reason: 'UNWIND_INCOMPLETE',
        text,
        target,
        code: report.code,
      });
    }
  }
}

/** Where what stands behind the target was moved too its share is not its own alone, and somebody has to look at both. */
function behindText(state: RunState, target: string): string {
  const behind = touchedBehind(state, target);
  const names = new Intl.ListFormat('en').format(behind);
  return behind.length === 0
    ? ''
    : `; ${names} behind it was moved too, so that this may be its own share of before: compare both with what they were`;
}

/** What the target said with what leads out of it, between the two; empty where it said nothing. */
function whyOf({ detail, wayOut }: EffectReport, before = '', after = ''): string {
  return detail ? `${before}${objectionText({ detail, wayOut })}${after}` : '';
}

function reasonIn(report: EffectReport | undefined): Pick<JournalEntry, 'reason'> {
  return report?.code === undefined ? {} : { reason: report.code };
}

function reasonOf(outcome: EffectReport['outcome']): WaitReason {
  switch (outcome) {
    case 'conflict':
      return 'CONFLICT';
    case 'refused':
      return 'REFUSED';
    case 'done':
    case 'alreadyInState':
    case 'unknown':
    case 'withdrawn':
    case 'failed':
      return 'FAULT';
  }
}

function isApplied(report: EffectReport): boolean {
  return report.outcome === 'done' || report.outcome === 'alreadyInState';
}

function withReadings(state: RunState, reports: readonly EffectReport[], interruptedIn?: number): RunState {
  const read = reports.flatMap(({ order, reading }) => (reading ? [[order.target, reading] as const] : []));
  const census = Object.fromEntries(read);
  return interruptedIn === undefined || state.rules < LATE_LOOKS_SINCE
    ? withCensus(state, census)
    : withLateCensus(state, census, interruptedIn);
}

/** The way back is the census before the first shift, so it is kept before the new readings come in. */
function keepOrigin(state: RunState, reports: readonly EffectReport[]): RunState {
  const origin = { ...state.origin };
  for (const { order } of reports) {
    const reading = state.census[order.target];
    if (!origin[order.target] && reading) origin[order.target] = reading;
  }
  return { ...state, origin };
}

/** What was found there already nobody has set; it may be the doing of what stands behind. */
function withSet(state: RunState, reports: readonly EffectReport[]): RunState {
  const set = reports.filter(({ outcome }) => outcome === 'done').map(({ order: { target } }) => target);
  if (set.length === 0) return state;
  const weights = Object.fromEntries(set.map((target) => [target, movedWeight(state, target)]));
  return { ...state, setTo: { ...state.setTo, ...weights } };
}

function unknownAfter(state: RunState, reports: readonly EffectReport[]): readonly string[] {
  const isOpen = (report: EffectReport) => report.outcome === 'unknown' || report.outcome === 'failed';
  const settled = reports.filter((report) => !isOpen(report)).map((report) => report.order.target);
  const open = reports.filter(isOpen).map((report) => report.order.target);
  return [...new Set([...state.unknown.filter((target) => !settled.includes(target)), ...open])];
}

function noteShift(state: RunState, phase: number, targets: readonly string[]): RunState {
  const weights = Object.fromEntries(activeExtent(state).map((target) => [target, movedWeight(state, target)]));
  const text = targets.map((target) => `${target} → ${shareOf(state, target)}`).join(', ');
  const entry: Omit<JournalEntry, 'at' | 'times'> = { kind: 'shifted', text, phase, weights };
  return note({ ...state, lastChange: { at: state.now, text: `${text}, read back` } }, entry);
}

function withApplied(state: RunState, phase: number, targets: readonly string[]): RunState {
  const progress = state.phases[phase];
  if (!progress) return state;
  return withPhase(state, phase, {
    applied: [...new Set([...progress.applied, ...targets])],
    appliedAt: progress.appliedAt ?? state.now,
  });
}

/** Changes one phase's progress; a phase number outside the plan (course `now`) changes nothing. */
export function withPhase(state: RunState, index: number, change: Partial<PhaseProgress>): RunState {
  return { ...state, phases: state.phases.map((progress, i) => (i === index ? { ...progress, ...change } : progress)) };
}
