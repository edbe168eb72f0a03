import { SYMPTOM_WORDS } from '../judge/symptom-words';
import { shareText, weightText } from '../plan/share';
import type { StatusView } from '../rollback/status-view';
import { WAITS_FOR } from '../rollback/waiting';
import { commandLine, fullName, PROGRAM, shortName } from './answers';
import type { Row } from './block';
import { renderRows } from './block';
import { evidenceRows } from './evidence';
import { sliceRows } from './slices';
import { count, failed, plain } from './text';
import { formatAge, formatDuration, formatMinute, formatWhen } from './time';

/** How a block is drawn. */
export interface BlockOptions {
  /** Epoch milliseconds; ages are counted up to it. */
  readonly now: number;
  /** What is wrong with the engine underneath, as a row of its own. */
  readonly trouble?: Row;
  /** Columns to break long lines at; unbroken when absent. */
  readonly width?: number;
  /** How people call us here; `phased-rollback` when absent. */
  readonly command?: string;
}

const MOST_OPTIONS = 4;

/** The status block: the same text in terminal, page, chat and report. Safe to print: what others wrote is cleaned. */
export function renderStatusBlock(view: StatusView, options: BlockOptions): string {
  const rows: Row[] = [
    headRow(view, options.now),
    usersRow(view),
    ...failingRows(view, options),
    ...sliceRows(view, options.command ?? PROGRAM),
    ...evidenceRows(view, options.now),
    ...changeRows(view, options),
  ];
  if (options.trouble) rows.push(options.trouble);
  if (view.end) rows.push(...endRows(view, view.end, options));
  else if (view.wait) rows.push(...waitRows(view, view.wait, options));
  else rows.push(...movingRows(view, options));
  return renderRows(rows, options.width);
}

function headRow(view: StatusView, now: number): Row {
  const title = view.end ? fullName(view) : shortName(view);
  const way = view.fromRevision
    ? `${plain(view.fromRevision)} (suspect) → ${plain(view.toRevision ?? '?')}`
    : 'no release blamed yet';
  const phase = view.phase && !view.end ? ` phase ${view.phase.number} of ${view.phase.of}` : '';
  const purpose = view.wait && view.doing === 'WAITING' ? ` for ${WAITS_FOR[view.wait.for]},` : '';
  const since = view.end
    ? `${formatWhen(view.startedAt, now)}, took ${formatDuration(view.asOf - view.startedAt)}`
    : `since ${formatMinute(view.startedAt)}`;
  const doing = `${view.doing}${phase === '' ? purpose.replace(/,$/, '') : purpose}${phase}`;
  return { label: title, lines: [`${way}    ${doing}   ${plain(view.trigger)} ${since}`] };
}

function usersRow(view: StatusView): Row {
  const targets = view.targets.map((target) => {
    if (!target.inExtent && target.weight === 0) return `${plain(target.name)} not in this rollback`;
    const share = target.units ? plain(shareText(target.weight, target.units)) : weightText(target.weight);
    if (!target.inExtent) return `${plain(target.name)} ${share} (not in this rollback)`;
    return `${plain(target.name)} ${share}${target.unknown ? ' (not read back)' : ''}`;
  });
  const chosen = view.targets.some((target) => target.inExtent || target.weight > 0);
  const each = chosen ? targets.join(' · ') : `no target ${view.end ? 'was chosen' : 'chosen yet'}`;
  return {
    label: view.toRevision ? `users on ${plain(view.toRevision)}` : 'users',
    lines: [`${Math.round(view.moved)} %  ${each}`],
  };
}

function failingRows(view: StatusView, { now }: BlockOptions): readonly Row[] {
  if (!view.failing) return [];
  const { current, stable, windowMs, at } = view.failing;
  const each = `${plain(view.fromRevision ?? 'suspect')} ${failed(current)}  ${plain(view.toRevision ?? 'old')} ${failed(stable)}`;
  const when = view.end
    ? `${formatDuration(windowMs)} up to ${formatWhen(at, now)}`
    : `last ${formatDuration(windowMs)}, ${formatAge(now - at)} old`;
  const { failing } = SYMPTOM_WORDS[view.symptom ?? 'errors'];
  return [{ label: `${failing} ${view.end ? 'then' : 'now'}`, lines: [`${each}  ${when}`] }];
}

function changeRows(view: StatusView, { now }: BlockOptions): readonly Row[] {
  const change = view.lastChange;
  return [
    {
      label: 'last change',
      lines: [
        change
          ? `${formatWhen(change.at, now)} ${plain(change.text)}`
          : view.end
            ? 'nothing was moved'
            : 'nothing moved yet',
      ],
    },
  ];
}

function movingRows(view: StatusView, { command = PROGRAM }: BlockOptions): readonly Row[] {
  const first = view.youCan[0];
  const words = first
    ? `${view.youCan.join(' · ')}        ${commandLine(view, first, command)}`
    : 'only watch: it takes no more commands';
  return [
    { label: 'next', lines: [nextText(view)] },
    { label: 'you can', lines: [words] },
  ];
}

/** `~03:06Z us → 100 % by itself unless v41 gets worse · full relief ~03:11Z` */
function nextText({ next, expected }: StatusView): string {
  const when = expected?.nextAt === undefined ? '' : `~${formatMinute(expected.nextAt)} `;
  const relief = expected?.reliefAt === undefined ? '' : ` · full relief ~${formatMinute(expected.reliefAt)}`;
  return `${when}${plain(next)}${relief}`;
}

function waitRows(view: StatusView, wait: NonNullable<StatusView['wait']>, options: BlockOptions): readonly Row[] {
  const { now, command = PROGRAM } = options;
  const offered = wait.options.slice(0, MOST_OPTIONS);
  const also = view.youCan.filter((kind) => !offered.some((option) => option.command === kind));
  const rows: Row[] = [
    { label: 'next', lines: [`waits for you (${reasonText(wait)}): ${plain(wait.text)}`] },
    { label: 'since', lines: [`${formatWhen(wait.since, now)}, ${formatAge(now - wait.since)}`] },
    { label: 'waiting costs', lines: [costText(wait.costPerMinute, view)] },
    {
      label: 'you can',
      lines: offered.flatMap((option) => [
        `${commandLine(view, option.command, command)}${option.recommended ? '   ← recommended' : ''}`,
        `    ${plain(option.consequence)} (${option.needs})`,
      ]),
    },
  ];
  if (also.length > 0) rows.push({ label: 'also', lines: [also.join(' · ')] });
  const when = wait.deadline === undefined ? '' : `${formatMinute(wait.deadline)} `;
  return [...rows, { label: 'by itself', lines: [`${when}${plain(wait.byItself)}`] }];
}

function reasonText({ reason, code }: NonNullable<StatusView['wait']>): string {
  return code === undefined ? reason : `${reason}, ${code}`;
}

function costText(perMinute: number | undefined, { symptom }: StatusView): string {
  if (perMinute === undefined) return 'unknown: no metrics seen yet';
  const { failing } = SYMPTOM_WORDS[symptom ?? 'errors'];
  return perMinute === 0 ? `no ${failing} requests now` : `about ${count(perMinute)} ${failing} requests a minute`;
}

function endRows(
  view: StatusView,
  end: NonNullable<StatusView['end']>,
  { command = PROGRAM }: BlockOptions,
): readonly Row[] {
  const chosen = view.targets.some((target) => target.inExtent);
  const outside = view.targets.filter((target) => chosen && !target.inExtent).map((target) => plain(target.name));
  const rows: Row[] = [{ label: 'ended', lines: [`${end.kind} (${plain(end.reason)}): ${plain(end.text)}`] }];
  if (outside.length > 0) rows.push({ label: 'not included', lines: [outside.join(' · ')] });
  const where = view.reportLocation === undefined ? '' : `${plain(view.reportLocation) || 'not archived'}        `;
  return [...rows, { label: 'report', lines: [`${where}${command} report ${fullName(view)}`] }];
}
