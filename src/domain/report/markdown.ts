import { fullName } from './answers';
import type { ReportModel } from './model';
import { keptScript } from './script';
import { slicesTable } from './slices';
import { renderStatusBlock } from './status-block';
import type { ReportTable } from './tables';
import {
  checksTable,
  decisionsTable,
  exposureLines,
  phasesTable,
  planLine,
  timelineTable,
  verdictsTable,
  waitsTable,
} from './tables';
import { plain } from './text';
import { formatUtc } from './time';

/** Characters that format anywhere; an underscore inside a word does not. */
const SPECIAL = /[\\`*[\]|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;
/** What would begin a list or a heading; a quotation's sign is an entity below. */
const OPENING = /^(\s*\d*)([-+#.)])/;
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The report as one Markdown page. Text that others wrote can neither format nor link. */
export function renderReportMarkdown(model: ReportModel): string {
  const parts = [
    `# Rollback ${fullName(model.status)}: ${model.end.kind}`,
    blockText(model),
    `${md(model.end.text)} (${md(model.end.reason)}).`,
    section('Findings', bullets(model.findings.map((finding) => finding.text))),
    section('Exposure', bullets(exposureLines(model))),
    section('Where it failed', table(slicesTable(model))),
    section('Plan', model.plan ? md(planLine(model.plan)) : '', table(phasesTable(model))),
    section('Checks', table(checksTable(model))),
    section('Verdicts', table(verdictsTable(model))),
    section('People', titled(decisionsTable(model)), titled(waitsTable(model))),
    section('What is left, by hand', scriptText(model)),
    section('Timeline', table(timelineTable(model))),
    `Written ${formatUtc(model.writtenAt)} from the rollback's own record, \`${model.id}\`. All times are UTC.`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

/** Makes text literal in Markdown, on one line. */
export function md(text: string): string {
  return plain(text)
    .replace(SPECIAL, '\\$&')
    .replace(OPENING, '$1\\$2')
    .replace(/[&<>]/g, (character) => ENTITIES[character] ?? character)
    .replace(/:\/\/|www\./gi, (link) => link.replace('/', '&#47;').replace('.', '&#46;'));
}

/** A fence longer than any run of backticks inside cannot be closed from inside. */
function blockText(model: ReportModel): string {
  return fenced('text', renderStatusBlock(model.status, { now: model.writtenAt }));
}

function scriptText(model: ReportModel): string {
  const script = keptScript(model.status);
  return script === undefined ? '' : fenced('sh', script);
}

function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

function section(title: string, ...bodies: readonly string[]): string {
  const filled = bodies.filter((body) => body !== '');
  return filled.length === 0 ? '' : [`## ${title}`, ...filled].join('\n\n');
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${md(line)}`).join('\n');
}

function table({ head, rows }: ReportTable): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.map(md).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

/** Where a section has more than one table. */
function titled(one: ReportTable): string {
  return one.rows.length === 0 ? '' : `**${one.title}**\n\n${table(one)}`;
}
