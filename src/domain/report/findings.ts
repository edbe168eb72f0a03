import type { End, RunState } from '../rollback/state';
import type { Finding, ReportPlan, ReportVerdict, WaitSpan } from './model';
import { WAITS_FOR } from '../rollback/waiting';
import { firstShiftAt } from './exposure';
import { formatDuration, formatTime, formatUtc } from './time';

/** What a run's record says that should be known before the next one. */
export function findingsOf(
  state: RunState,
  end: End,
  told: {
    readonly waits: readonly WaitSpan[];
    readonly verdicts: readonly ReportVerdict[];
    readonly plan?: ReportPlan;
  },
): readonly Finding[] {
  return [
    ...stops(told.verdicts),
    ...firstMove(state),
    ...relief(state, end),
    ...longestWait(told.waits),
    ...unproven(state, told.plan),
    ...checkFindings(state),
    ...leftOut(state),
    ...warmth(state, end),
    ...state.alertsOutside.map((alert): Finding => ({
      kind: 'alert-outside',
      text: `Alert "${alert.title}" was outside this rollback and is not answered by it`,
    })),
    ...state.unknown.map((target): Finding => ({
      kind: 'not-read-back',
      text: `What ${target} serves could not be read back`,
    })),
  ];
}

function stops(verdicts: readonly ReportVerdict[]): readonly Finding[] {
  return verdicts
    .filter((verdict) => verdict.decision === 'halt')
    .map((verdict) => ({
      kind: 'stopped',
      text: `Stopped at ${formatTime(verdict.at)} (${verdict.reason}): ${verdict.text}`,
    }));
}

/** When the trouble began for us: the earliest alert, or the person's word. */
function beganAt(state: RunState): { readonly at: number; readonly what: string } {
  const { trigger } = state.request;
  switch (trigger.kind) {
    case 'person':
      return { at: trigger.at, what: 'the start by hand' };
    case 'alert':
      return { at: Math.min(state.epoch, ...trigger.alerts.map((alert) => alert.startsAt)), what: 'the alert' };
  }
}

function firstMove(state: RunState): readonly Finding[] {
  const moved = firstShiftAt(state);
  if (moved === undefined) return [{ kind: 'time-to-first-move', text: 'No traffic was moved' }];
  const { at, what } = beganAt(state);
  return [
    { kind: 'time-to-first-move', text: `From ${what} to the first traffic moved: ${formatDuration(moved - at)}` },
  ];
}

function relief(state: RunState, end: End): readonly Finding[] {
  const last = state.journal.findLast((entry) => entry.kind === 'shifted');
  if (!last || (end.kind !== 'succeeded' && end.kind !== 'partial')) return [];
  const { at, what } = beganAt(state);
  const planned = state.plan ? `; planned from the first shift: ${formatDuration(state.plan.expectedReliefMs)}` : '';
  return [
    {
      kind: 'time-to-relief',
      text: `From ${what} to the last traffic moved: ${formatDuration(last.at - at)}${planned}`,
    },
  ];
}

function longestWait(waits: readonly WaitSpan[]): readonly Finding[] {
  const longest = waits.reduce<WaitSpan | undefined>(
    (most, wait) => (most && most.to - most.from >= wait.to - wait.from ? most : wait),
    undefined,
  );
  if (!longest) return [];
  const total = waits.reduce((sum, wait) => sum + wait.to - wait.from, 0);
  const who = longest.endedBy === undefined ? '' : `, ended by ${longest.endedBy}`;
  const length = formatDuration(longest.to - longest.from);
  return [
    {
      kind: 'longest-wait',
      text: `Longest wait: ${length} for ${WAITS_FOR[longest.for]}${who}; it waited ${formatDuration(total)} in all`,
    },
  ];
}

function unproven(state: RunState, plan: ReportPlan | undefined): readonly Finding[] {
  const phases = plan?.phases ?? [];
  const through = phases.filter((phase) => phase.passedBy === 'approval' || phase.passedBy === 'exception');
  const findings = through.map((phase): Finding => {
    const how =
      phase.passedBy === 'approval'
        ? `a person (${phase.approvedBy ?? 'unknown'}) let it through`
        : 'the policy let it through';
    return {
      kind: 'unproven-phase',
      text: `Phase ${phase.number} "${phase.name}" is unproven: ${how}${phase.verdict ? ` after ${phase.verdict}` : ''}`,
    };
  });
  const skipped = phases.filter((phase) => phase.passedBy === undefined);
  if (state.course !== 'now' || skipped.length === 0) return findings;
  const names = skipped.map((phase) => phase.name).join(', ');
  return [...findings, { kind: 'unproven-phase', text: `Taken back at once, without gates and verdicts: ${names}` }];
}

function checkFindings(state: RunState): readonly Finding[] {
  const checks = state.checks ?? [];
  const cold = checks.filter((check) => check.check === 'ready capacity' && check.status === 'warn');
  const findings = cold.map((check): Finding => ({
    kind: 'old-revision-not-ready',
    text: `The old revision was not kept ready${check.target ? ` on ${check.target}` : ''}: ${check.evidence}`,
  }));
  const lost = checks.filter((check) => check.pointOfNoReturn && state.acceptIrreversible);
  const accepted = lost.map((check): Finding => ({
    kind: 'checks-overridden',
    text: `Taken back past a point of no return, accepted by a person: ${check.evidence}`,
  }));
  if (state.overridden.length === 0) return [...findings, ...accepted];
  const text = `Checks were overridden: ${state.overridden.join(', ')}`;
  return [...findings, ...accepted, { kind: 'checks-overridden', text }];
}

function warmth(state: RunState, end: End): readonly Finding[] {
  const suspect = state.plan?.fromRevision;
  if (suspect === undefined || (end.kind !== 'succeeded' && end.kind !== 'partial') || !state.policy) return [];
  const until = formatUtc(state.now + state.policy.timing.keepWarmMs);
  const gone = state.gone.length > 0 ? `; it went too early on ${state.gone.join(', ')}` : '';
  return [{ kind: 'keep-warm', text: `Keep ${suspect} able to take the traffic back until ${until}${gone}` }];
}

function leftOut(state: RunState): readonly Finding[] {
  const outside = (state.plan?.outside ?? []).map(({ target, because }) => `${target} (${because})`);
  const skipped = state.skipped.map((target) => `${target} (left out by a person)`);
  return [...outside, ...skipped].map((text) => ({ kind: 'not-included', text: `Not included: ${text}` }));
}
