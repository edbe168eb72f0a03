import { SYMPTOM_WORDS } from '../judge/symptom-words';
import type { SymptomKind } from '../judge/symptom-words';
import type { CohortCounts, GuardrailEvidence, GuardrailStanding, RatioInterval } from '../judge/verdict';
import type { EvidenceView } from '../rollback/evidence-view';
import type { StatusView } from '../rollback/status-view';
import type { Row } from './block';
import { count, failed, percent, plain } from './text';
import { formatAge, formatDuration, formatWhen } from './time';

const SECONDS_AN_HOUR = 3_600;

/** What the two revisions are called. */
interface Names {
  readonly current: string;
  readonly stable: string;
}

/** What the judge has to go by as rows of a status block; none before there is any. */
export function evidenceRows(view: StatusView, now: number): readonly Row[] {
  const { evidence } = view;
  if (!evidence) return [];
  const names = { current: plain(view.fromRevision ?? 'suspect'), stable: plain(view.toRevision ?? 'old') };
  const parts = [
    verdictText(evidence, now),
    meterText(evidence),
    ratioText(evidence.ratioInterval, names, view.symptom),
    expectedText(evidence, now),
    ...(evidence.running ? [`${formatAge(now - evidence.at)} old`] : []),
  ];
  const rows: Row[] = [{ label: 'evidence', lines: [parts.filter((part) => part !== '').join(' · ')] }];
  const symptom = `the symptom: ${countsText(evidence, names)}`;
  const guardrails = evidence.guardrails.map((one) => lineOf(one, names, evidence.running));
  return [...rows, { label: 'judged by', lines: [symptom, ...guardrails] }];
}

/** `phase 1 proceed (HELPING) 03:04:12Z` */
function verdictText({ running, phase, verdict, at }: EvidenceView, now: number): string {
  if (running) return '';
  const what = phase === undefined ? 'between phases' : `phase ${phase}`;
  const answer = verdict ? `${verdict.decision} (${verdict.reason})` : 'no verdict, seen until';
  return `${what} ${answer} ${formatWhen(at, now)}`;
}

/** How far towards each answer; of what has led to one, only where it was left open. */
function meterText({ running, verdict, meter }: EvidenceView): string {
  if (!meter || (verdict && verdict.decision !== 'hold')) return '';
  return `${running ? '' : 'stood at '}${percent(meter.proceed)} of the way to going on, ${percent(meter.halt)} to stopping`;
}

function ratioText(
  interval: RatioInterval | undefined,
  { current, stable }: Names,
  symptom: SymptomKind = 'errors',
): string {
  const range = intervalText(interval);
  return range === '' ? '' : `${stable} ${SYMPTOM_WORDS[symptom].fails} ${range} times as often as ${current}`;
}

/** `0.02 to 0.31`, `at most 0.31`, `at least 0.9`; empty where nothing bounds it. */
export function intervalText(interval: RatioInterval | undefined, short = factor): string {
  if (!interval) return '';
  const { low, high } = interval;
  if (high === undefined) return low === 0 ? '' : `at least ${short(low)}`;
  return low === 0 ? `at most ${short(high)}` : `${short(low)} to ${short(high)}`;
}

function factor(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function expectedText({ expected }: EvidenceView, now: number): string {
  switch (expected?.kind) {
    case undefined:
      return '';
    case 'at':
      return expected.at <= now
        ? 'verdict expected now'
        : `verdict expected in about ${formatDuration(expected.at - now)}`;
    case 'not-before-longest-bake':
      return 'no verdict expected before the longest bake ends';
  }
}

/** What a guardrail has shown on both revisions, and where it stands. `running`: whether more is being seen. */
function lineOf(guardrail: GuardrailEvidence, names: Names, running: boolean): string {
  if (guardrail.standing === 'unseen') return `${plain(guardrail.name)}: not seen in this phase`;
  return `${plain(guardrail.name)}${boundText(guardrail)}: ${shownText(guardrail, names)}, ${STANDING[guardrail.standing]}${
    running && guardrail.standing === 'unproven' ? ' yet' : ''
  }`;
}

const STANDING: Readonly<Record<Exclude<GuardrailStanding, 'unseen'>, string>> = {
  harmed: 'harmed',
  unharmed: 'proven unharmed',
  'no-sign': 'no sign of harm',
  unproven: 'not proven unharmed',
};

function boundText(guardrail: GuardrailEvidence): string {
  const bound = guardrail.kind === 'share' ? guardrail.boundSeconds : undefined;
  return bound === undefined ? '' : ` (slower than ${bound} s)`;
}

function shownText(guardrail: GuardrailEvidence, { current, stable }: Names): string {
  switch (guardrail.kind) {
    case 'share':
      return countsText(guardrail, { current, stable });
    case 'events':
      return `${current} ${events(guardrail.current)}  ${stable} ${events(guardrail.stable)} an hour at full traffic`;
    case 'level':
      return `${current} ${amount(guardrail.current)}  ${stable} ${amount(guardrail.stable)}`;
  }
}

function countsText(counts: Pick<EvidenceView, keyof Names>, { current, stable }: Names): string {
  return `${current} ${failed(counts.current)}  ${stable} ${failed(counts.stable)}`;
}

/** `1.2 (3)`: how many an hour if all traffic were there, and how many there were. */
function events({ requests: seconds, bad }: CohortCounts): string {
  return seconds === 0 ? 'nothing' : `${amount((bad * SECONDS_AN_HOUR) / seconds)} (${count(bad)})`;
}

function amount(value: number | undefined): string {
  return value === undefined ? 'no value' : String(Number(value.toPrecision(3)));
}

/** All guardrails of a verdict in one cell. */
export function guardrailsText(guardrails: readonly GuardrailEvidence[] = [], names: Names): string {
  return guardrails.map((one) => lineOf(one, names, false)).join('; ');
}
