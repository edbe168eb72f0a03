import { SYMPTOM_WORDS } from '../domain/judge/symptom-words';
import type { SymptomKind } from '../domain/judge/symptom-words';
import { count, formatDuration } from '../domain/report';
import type { Compared, Forecast, Spread, Stop } from '../domain/simulation';
import type { Terminal } from './output';
import { renderTable } from './output';

const BINS = 48;
const STRETCHES = 36;
const BAR = 40;
const WIDTH = 80;

/** Marks that the reader's terminal can show: blocks where it speaks UTF-8, else plain ASCII. */
export interface Marks {
  /** From nothing to most. */
  readonly steps: readonly string[];
  readonly bar: string;
}

/** The marks for wherever the output goes. */
export function marksFor({ env }: Pick<Terminal, 'env'>): Marks {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale)
    ? { steps: [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'], bar: '█' }
    : { steps: [' ', '.', ':', '-', '=', '+', '*', '#'], bar: '#' };
}

/** How often a run took how long: one mark a bin, under it the shortest and the longest. */
export function histogram(durations: readonly number[], marks: Marks): readonly string[] {
  const [least, most] = [durations[0], durations.at(-1)];
  if (least === undefined || most === undefined) return [];
  if (least === most) return [`every run took ${formatDuration(least)}`];
  const bins = Array.from({ length: BINS }, () => 0);
  for (const each of durations) {
    const bin = Math.min(BINS - 1, Math.floor(((each - least) / (most - least)) * BINS));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const highest = Math.max(...bins);
  const line = bins.map((n) => marks.steps[Math.ceil((n / highest) * (marks.steps.length - 1))] ?? ' ').join('');
  const [left, right] = [formatDuration(least), formatDuration(most)];
  return [`|${line}|`, ` ${left}${right.padStart(BINS - left.length)}`];
}

/** How values went over time: one mark for the mean of each stretch, the highest mark for the highest of them. */
export function profile(
  values: readonly number[],
  marks: Pick<Marks, 'steps'>,
): { readonly line: string; readonly most: number } {
  const all = Math.min(STRETCHES, values.length);
  const bins = Array.from({ length: all }, (_, bin) => {
    const part = values.slice(Math.floor((bin * values.length) / all), Math.floor(((bin + 1) * values.length) / all));
    return part.reduce((sum, each) => sum + each, 0) / part.length;
  });
  const most = Math.max(0, ...bins);
  const step = (value: number): number => (most > 0 ? Math.ceil((value / most) * (marks.steps.length - 1)) : 0);
  return { line: bins.map((value) => marks.steps[step(value)] ?? ' ').join(''), most };
}

/** What a forecast is told by: the seed that was played, and what the symptom shows. */
export interface Told {
  readonly seed: number;
  readonly symptom: SymptomKind;
}

/** Everything that a forecast says, as text of at most 80 columns. */
export function forecastText(forecast: Forecast, terminal: Terminal, { seed, symptom }: Told): string {
  const marks = marksFor(terminal);
  const { durationMs, exposed, failed } = forecast;
  const lines = [
    `took          ${both(durationMs)}`,
    ...reliefLines(forecast),
    chanceText(forecast),
    '',
    phaseTable(forecast),
    '',
    ...stopLines(forecast),
    'how long the runs took',
    ...histogram(forecast.durations, marks),
    '',
    'exposed requests: what the suspect served in that time (1 run in 20 has more)',
    ...bars(exposed, marks),
    '',
    `${SYMPTOM_WORDS[symptom].requests} in that time, on either revision (1 run in 20 has more)`,
    ...bars(failed, marks),
    '',
    `seed ${seed}; approvals are not waited for`,
  ];
  return lines.join('\n');
}

/** On two lines where one would be wider than a terminal. */
function reliefLines({ reliefMs, finished, runs }: Forecast): readonly string[] {
  if (!reliefMs) return ['full relief   in no run'];
  const [share, times] = [`full relief   ${shareText(finished)} of ${count(runs)} runs`, both(reliefMs)];
  const whole = `${share}; ${times}`;
  return whole.length <= WIDTH ? [whole] : [share, `${' '.repeat(14)}${times}`];
}

function both({ p50, p95 }: Spread): string {
  return `half within ${formatDuration(p50)}, 19 of 20 within ${formatDuration(p95)}`;
}

function chanceText({ right, wrongHalt, wrongProceed, runs }: Forecast): string {
  const exact = (share: number): string => `${share === 0 ? 'none' : shareText(share)} of ${count(runs)} runs`;
  if (right === 'goOn') return `wrong halt    ${exact(wrongHalt ?? 0)} (going back is right here)`;
  if (right === 'stop') return `wrong proceed ${exact(wrongProceed ?? 0)} past phase 1 (stopping is right here)`;
  return 'right or wrong: neither, the help lies between what is asked for and what is refused';
}

function phaseTable({ phases }: Forecast): string {
  const rows = phases.map(({ phase, name, widened, begun, proceeded, ms }) => [
    widened ? `${phase}+` : String(phase),
    name.length > 32 ? `${name.slice(0, 31)}~` : name,
    shareText(begun),
    shareText(proceeded),
    ms ? formatDuration(ms.p50) : '-',
    ms ? formatDuration(ms.p95) : '-',
  ]);
  return renderTable(['PHASE', 'WEIGHTS', 'BEGUN', 'WENT ON', 'HALF', '19 OF 20'], rows);
}

function stopLines({ stops }: Forecast): readonly string[] {
  if (stops.length === 0) return [];
  const shown = stops.slice(0, 6);
  const rest = stops.slice(6).reduce((sum, { share }) => sum + share, 0);
  return [
    'where it stops',
    ...shown.map(stopLine),
    ...(rest > 0 ? [`  ${shareText(rest).padStart(6)}  elsewhere`] : []),
    '',
  ];
}

function stopLine({ phase, widened, decision, reason, share }: Stop): string {
  const what = decision === 'halt' ? 'halts' : 'asks a person';
  return `  ${shareText(share).padStart(6)}  ${what} in phase ${phase}${widened ? ', widened to half' : ''}: ${reason}`;
}

/** The middle run of each, beside it what 1 run in 20 has more than. */
function bars({ phased, atOnce, idle }: Compared, marks: Marks): readonly string[] {
  const most = Math.max(phased.p50, atOnce.p50, idle.p50, 1);
  const row = (name: string, { p50, p95 }: Spread): string => {
    const bar = marks.bar.repeat(Math.round((p50 / most) * BAR));
    return `${name.padEnd(14)}${bar.padEnd(BAR)} ${count(p50)} (${count(p95)})`;
  };
  return [row('by this plan', phased), row('in one jump', atOnce), row('doing nothing', idle)];
}

/** A share of the runs: whole, unless that would hide the few that it is not. */
function shareText(share: number): string {
  const value = share * 100;
  return `${share > 0 && share < 1 ? value.toFixed(1) : value.toFixed(0)} %`;
}
