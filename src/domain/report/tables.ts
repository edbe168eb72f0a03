import { shareText } from '../plan/share';
import { guardrailsText, intervalText } from './evidence';
import type { ReportModel, ReportPlan } from './model';
import { count, failed, percent } from './text';
import { formatDuration, formatTime, formatUtc } from './time';

/** A table of a report before it is drawn: every cell is raw text. */
export interface ReportTable {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What users met, with and without the rollback, in sentences. */
export function exposureLines({ exposure }: ReportModel): readonly string[] {
  if (!exposure) return [];
  const { bad, requests, exposed, badBefore, badWithout, how } = exposure;
  const seen = `${count(bad)} of ${count(requests)} requests were bad from the first shift to the last look`;
  const without =
    badWithout === undefined ? how : `Without the rollback about ${count(badWithout)} would have been; this is ${how}`;
  const met =
    exposed === undefined ? [] : [`The suspect served ${count(exposed)} of those requests, which were exposed to it`];
  const before = badBefore > 0 ? [`${count(badBefore)} bad requests were seen before the first shift`] : [];
  return [seen, ...met, without, ...before];
}

/** From where to where, how, and why, in one line. */
export function planLine(plan: ReportPlan): string {
  return `${plan.fromRevision} → ${plan.toRevision}, ${plan.pace}, for ${plan.cause}: ${plan.because}`;
}

/** The phases, and what became of each. */
export function phasesTable({ plan }: ReportModel): ReportTable {
  const rows = (plan?.phases ?? []).map((phase) => [
    String(phase.number),
    phase.weights.map(({ target, weight }) => `${target} ${shareText(weight, plan?.units?.[target])}`).join(', '),
    phase.because,
    phase.gate === 'approval' ? `approval${phase.approvedBy ? ` by ${phase.approvedBy}` : ''}` : 'automatic',
    appliedText(phase),
    phase.passedBy ? `${phase.passedBy}${phase.verdict ? ` (${phase.verdict})` : ''}` : (phase.verdict ?? '—'),
  ]);
  return { title: 'Phases', head: ['Phase', 'Weights', 'Because', 'Gate', 'Applied', 'Passed by'], rows };
}

function appliedText({ appliedAt, passedBy }: ReportPlan['phases'][number]): string {
  if (appliedAt !== undefined) return formatTime(appliedAt);
  return passedBy === undefined ? 'not reached' : 'there already';
}

/** Every readiness check with its evidence. */
export function checksTable(model: ReportModel): ReportTable {
  const rows = model.checks.map((check) => [
    `${check.status}${check.code ? ` (${check.code})` : ''}`,
    check.check,
    check.target ?? 'all',
    check.evidence,
    check.fix ?? '',
  ]);
  const title = model.checksOverridden ? 'Checks, overridden by an approver' : 'Checks';
  return { title, head: ['Result', 'Check', 'Target', 'Evidence', 'Fix'], rows };
}

/** Every verdict with its counts. */
export function verdictsTable(model: ReportModel): ReportTable {
  const rows = model.verdicts.map((verdict) => [
    formatTime(verdict.at),
    verdict.phase === undefined ? '—' : String(verdict.phase),
    `${verdict.decision} (${verdict.reason})`,
    failed(verdict.current),
    failed(verdict.stable),
    ratioCell(verdict),
    guardrailsText(verdict.guardrails, { current: 'suspect', stable: 'old' }) || '—',
    formatDuration(verdict.observedMs),
    verdict.text,
  ]);
  const head = ['At', 'Phase', 'Verdict', 'Suspect', 'Old revision', 'Old to suspect', 'Guardrails', 'Observed', 'Why'];
  return { title: 'Verdicts', head, rows };
}

/** Failure ratio of the old revision over the suspect's and what it may be. */
function ratioCell({ ratio, ratioInterval }: ReportModel['verdicts'][number]): string {
  const shown = ratio === undefined ? '—' : percent(ratio);
  const range = intervalText(ratioInterval, percent);
  return range === '' ? shown : `${shown}, may be ${range}`;
}

/** Who said what, and how long it had been waited for. */
export function decisionsTable(model: ReportModel): ReportTable {
  const rows = model.decisions.map((decision) => [
    formatTime(decision.at),
    decision.by,
    decision.text,
    decision.reason ?? '',
    decision.waitedMs === undefined ? '—' : formatDuration(decision.waitedMs),
  ]);
  return { title: 'Who decided what', head: ['At', 'Who', 'What', 'Reason', 'Waited for it'], rows };
}

/** Every stretch during which nothing moved. */
export function waitsTable(model: ReportModel): ReportTable {
  const rows = model.waits.map((wait) => [
    formatTime(wait.from),
    formatDuration(wait.to - wait.from),
    wait.for,
    wait.because,
    wait.endedBy ?? 'by itself',
  ]);
  return { title: 'How long it waited', head: ['From', 'For how long', 'For', 'Because', 'Ended by'], rows };
}

/** The journal. */
export function timelineTable(model: ReportModel): ReportTable {
  const rows = model.timeline.map((entry) => [
    formatUtc(entry.at),
    entry.kind,
    `${entry.text}${becauseText(entry)}`,
    entry.times > 1 ? String(entry.times) : '',
  ]);
  return { title: 'Everything that happened', head: ['At', 'What', 'Text', 'Times'], rows };
}

/** What a person gave as the reason, or the code of what went wrong. */
function becauseText({ kind, reason }: ReportModel['timeline'][number]): string {
  if (reason === undefined) return '';
  if (kind === 'command') return `: ${reason}`;
  return kind === 'fault' || kind === 'unwound' ? ` (${reason})` : '';
}
