import type { Alert } from '../alert/alert';
import { alertIdentity } from '../alert/alert';
import { judgeReadiness } from '../readiness/readiness';
import { standingBlocks } from './blocks';
import type { RunEvent } from './event';
import { endOf } from './end';
import { note } from './journal';
import { recordClaimed } from './leave';
import type { Move } from './move';
import { activeExtent, hasMoved, movedWeight, plannedEnd, reached, shareOf } from './progress';
import { recordCommand } from './record-command';
import { isTooOld, recordPlanned } from './record-plan';
import { withCensus } from './readings';
import { recordPrepared, recordShifted, recordUnwound } from './record-effects';
import { recordSlots } from './record-slots';
import { recordBaked, recordCollected, recordWatched } from './record-verdicts';
import type { RunState } from './state';
import { withSuperseded } from './superseded';
import { recordWaiting } from './waiting';
import { withWarmth } from './warmth';
import { gateWait, openWait, pauseWait } from './waits';

type EventOf<Kind extends RunEvent['kind']> = Extract<RunEvent, { kind: Kind }>;

/** Adds one thing that happened. Total and pure: whatever the state, every event is recorded, also one that came too late. */
export function record(before: RunState, event: RunEvent): RunState {
  const state = { ...before, now: Math.max(before.now, event.at) };
  switch (event.kind) {
    case 'command':
      return recordCommand(state, event.command);
    case 'alert':
      return recordAlert(state, event.alert);
    case 'slotsTold':
      return recordSlots(state, event.slots);
    case 'began':
      return recordBegan(state, event.move);
    case 'prepared':
      return noticed(recordPrepared(event.background ? { ...state, preparing: undefined } : landed(state), event));
    case 'collected':
      return noticed(recordCollected(state, event));
    case 'assessed':
    case 'planned':
    case 'unplannable':
    case 'checked':
    case 'claimed':
    case 'shifted':
    case 'unwound':
    case 'censusTaken':
    case 'baked':
    case 'watched':
    case 'soaked':
    case 'reported':
    case 'interrupted':
    case 'faulted':
    case 'deadlinePassed':
      return noticed(recordOutcome(landed(state), event));
  }
}

/** What a new reading shows besides what was asked. */
function noticed(state: RunState): RunState {
  return withSuperseded(withWarmth(state));
}

function recordOutcome(
  state: RunState,
  event: Exclude<RunEvent, { kind: 'command' | 'alert' | 'slotsTold' | 'began' | 'prepared' | 'collected' }>,
): RunState {
  switch (event.kind) {
    case 'assessed':
      return recordAssessed(state, event);
    case 'planned':
      return recordPlanned(state, event);
    case 'unplannable':
      return openWait(note(state, { kind: 'fault', text: event.detail, reason: event.code }), {
        reason: 'UNPLANNABLE',
        text: event.detail,
      });
    case 'checked':
      return recordChecked(state, event);
    case 'claimed':
      return recordClaimed(state, event.answer);
    case 'shifted':
      return recordShifted(state, event);
    case 'unwound':
      return recordUnwound(state, event);
    case 'censusTaken':
      return recordCensus(state, event);
    case 'baked':
      return recordBaked(state, event);
    case 'watched':
      return recordWatched(state, event, false);
    case 'soaked':
      return recordWatched(state, event, true);
    case 'reported':
      return ended(state, event.location);
    case 'interrupted':
      return state;
    case 'faulted':
      return recordFault(state, event);
    case 'deadlinePassed':
      return recordDeadline(state, event.waitId);
  }
}

function ended(state: RunState, reportLocation: string): RunState {
  const end = endOf(state);
  return { ...note(state, { kind: 'ended', text: end.text, reason: end.reason }), end, reportLocation };
}

function landed(state: RunState): RunState {
  return { ...state, inFlight: undefined, leave: undefined };
}

/** Effects draw their numbers here, before anything is scheduled, so that they are the same over every attempt. */
function recordBegan(before: RunState, move: Move): RunState {
  const state = recordWaiting(before, move);
  const begun = {
    ...state,
    movesBegun: state.movesBegun + 1,
    inFlight: { id: state.movesBegun + 1, move, since: state.now },
  };
  switch (move.kind) {
    case 'shift':
      return { ...drawn(begun, move.effects), touched: union(begun.touched, move.effects) };
    case 'prepare':
      return drawn(begun, move.effects);
    case 'unwind':
      return drawn(begun, [move.effect]);
    case 'bake': {
      const withNumbers = drawn(begun, move.prepareNext);
      return move.prepareNext.length > 0 ? { ...withNumbers, preparing: { phase: move.order.phase + 1 } } : withNumbers;
    }
    case 'wait':
    case 'assess':
    case 'plan':
    case 'check':
    case 'claim':
    case 'census':
    case 'soak':
    case 'report':
    case 'close':
      return begun;
  }
}

function drawn(state: RunState, effects: readonly { readonly target: string; readonly number: number }[]): RunState {
  const numbers = Object.fromEntries(effects.map((effect) => [effect.target, effect.number]));
  return { ...state, effectNumbers: { ...state.effectNumbers, ...numbers } };
}

function union(touched: readonly string[], effects: readonly { readonly target: string }[]): readonly string[] {
  return [...new Set([...touched, ...effects.map((effect) => effect.target)])];
}

function recordAssessed(state: RunState, event: EventOf<'assessed'>): RunState {
  const { assessment, policy, census } = event;
  const known = { ...withCensus(state, census), policy };
  const noted = note(known, { kind: 'assessed', text: assessment.because });
  if (assessment.kind === 'blamed') return { ...noted, assessment };
  const critical = state.alerts.some((alert) => alert.severity === 'critical');
  if (critical || state.request.trigger.kind === 'person') {
    return openWait(noted, { reason: 'NO_RELEASE_TO_BLAME', text: assessment.because });
  }
  return { ...noted, dismissed: { reason: assessment.reason, text: assessment.because } };
}

function recordChecked(state: RunState, event: EventOf<'checked'>): RunState {
  const readiness = judgeReadiness(event.results);
  const checked = note(
    {
      ...withCensus(state, event.census),
      checks: event.results,
      ...(event.scripts ? { scripts: event.scripts } : {}),
      checkedAt: state.now,
      planIsOld: state.checkedAt !== undefined && state.phases.length > 0 && isTooOld(state),
    },
    { kind: 'checked', text: readiness.text },
  );
  if (state.request.mode === 'observe') {
    return {
      ...checked,
      dismissed: { reason: 'OBSERVE_ONLY', text: `Mode observe: nothing was touched. ${readiness.text}` },
    };
  }
  const standing = standingBlocks(checked);
  if (standing.length === 0) return checked;
  const { text, overridable } = judgeReadiness(standing);
  return openWait(checked, { reason: 'NOT_READY', text, overridable });
}

function recordCensus(state: RunState, event: EventOf<'censusTaken'>): RunState {
  const unreadable = event.unreadable.map((entry) => entry.target);
  const unread = { ...state.unread, ...Object.fromEntries(unreadable.map((target) => [target, state.now])) };
  const seen = { ...withCensus(state, event.census), unknown: [], unread };
  if (unreadable.length > 0) {
    const text = event.unreadable.map((entry) => `${entry.target}: ${entry.detail}`).join('; ');
    return openWait(note(seen, { kind: 'fault', text }), {
      reason: 'UNREADABLE',
      text: `Could not be read back: ${text}`,
    });
  }
  const noted = note(seen, { kind: 'census', text: 'read back', weights: weightsOf(seen) });
  const wasFinal = state.plan !== undefined && state.unknown.length === 0;
  if (!wasFinal) return noted;
  const differing = activeExtent(noted).filter(
    (target) => !reached(noted, { target, weight: plannedEnd(noted, target) }),
  );
  if (differing.length === 0) return { ...noted, finalCensus: true };
  const text = differing.map(
    (target) =>
      `${target} serves ${shareOf(noted, target)}, planned ${shareOf(noted, target, plannedEnd(noted, target))}`,
  );
  return openWait(noted, { reason: 'CENSUS_DIFFERS', text: text.join('; '), target: differing[0] });
}

function weightsOf(state: RunState): Readonly<Record<string, number>> {
  return Object.fromEntries(activeExtent(state).map((target) => [target, movedWeight(state, target)]));
}

function recordFault(state: RunState, event: EventOf<'faulted'>): RunState {
  const noted = note(state, { kind: 'fault', text: event.detail, reason: event.code });
  if (event.move === 'report') return ended(noted, '');
  const lost = event.move === 'census' ? withUnread(noted) : noted;
  if (lost.course === 'abort') return lost;
  return openWait(lost, { reason: 'FAULT', text: `${event.move} failed: ${event.detail}` });
}

/** What could not be read back stays so until it is read, and is named at the end. */
function withUnread(state: RunState): RunState {
  const unread = { ...state.unread, ...Object.fromEntries(state.unknown.map((target) => [target, state.now])) };
  return { ...state, unknown: [], unread };
}

/** A wait's deadline does only what the policy names; otherwise people are reminded and the next reminder is set. */
function recordDeadline(state: RunState, waitId: string): RunState {
  const timing = state.policy?.timing;
  const nextAt = state.now + (timing?.reminderMs ?? 900_000);
  if (state.open?.id === waitId) {
    const onHalt = state.policy?.onHalt ?? 'stay';
    if (state.open.reason === 'HALT' && onHalt !== 'stay') {
      return note(
        { ...state, open: undefined, course: onHalt },
        { kind: 'wait', text: `nobody answered: ${onHalt}, as the policy says` },
      );
    }
    return note(
      { ...state, open: { ...state.open, deadline: nextAt } },
      { kind: 'wait', text: 'still waiting; people reminded' },
    );
  }
  const wait = pauseWait(state) ?? gateWait(state);
  if (wait?.id !== waitId) return state;
  if (wait.for === 'approval' && state.quietSince !== undefined && !hasMoved(state)) {
    return { ...state, dismissed: { reason: 'RESOLVED', text: 'The alert resolved before anyone approved the plan' } };
  }
  const reminded = { ...state, asked: { waitId, since: wait.since, deadline: nextAt } };
  return note(reminded, { kind: 'wait', text: 'still waiting; people reminded' });
}

function recordAlert(state: RunState, alert: Alert): RunState {
  const identity = alertIdentity(alert);
  const others = state.alerts.filter((known) => alertIdentity(known) !== identity);
  const alerts = [...others, alert].slice(-50);
  const quiet = alerts.length > 0 && alerts.every((known) => known.status === 'resolved');
  const kept = { ...state, alerts, quietSince: quiet ? (state.quietSince ?? state.now) : undefined };
  const inside = isInside(state, alert);
  const outside = inside
    ? state.alertsOutside
    : [...state.alertsOutside.filter((a) => alertIdentity(a) !== identity), alert];
  const text = `${alert.status} ${alert.severity} alert "${alert.title}"${inside ? '' : ' (outside this rollback)'}`;
  return note({ ...kept, alertsOutside: outside.slice(-50) }, { kind: 'alert', text });
}

/** An alert is outside when its labels contradict every target of the extent; one that says nothing is inside. */
function isInside(state: RunState, alert: Alert): boolean {
  const extent = state.policy?.targets.filter((target) => state.plan?.extent.includes(target.name)) ?? [];
  if (extent.length === 0) return true;
  return extent.some((target) =>
    Object.entries(target.labels).every(
      ([label, value]) => alert.labels[label] === undefined || alert.labels[label] === value,
    ),
  );
}
