import { fullName } from './answers';
import { reportCharts } from './charts';
import { REPORT_STYLE } from './html-style';
import { escapeLines, escapeMarkup, htmlTable } from './markup';
import type { ReportModel } from './model';
import { keptScript } from './script';
import { slicesTable } from './slices';
import { renderStatusBlock } from './status-block';
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
import { formatUtc } from './time';

/** The report as one HTML file that needs nothing else: no script, no link, no font; what others wrote is only text. */
export function renderReportHtml(model: ReportModel): string {
  const title = escapeMarkup(`Rollback ${fullName(model.status)}: ${model.end.kind}`);
  const end = `${escapeMarkup(model.end.text)} (${escapeMarkup(model.end.reason)})`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="end end-${escapeMarkup(model.end.kind)}"><strong>${escapeMarkup(model.end.kind)}</strong> ${end}</p>
<pre role="region" tabindex="0" aria-label="Status">${escapeLines(renderStatusBlock(model.status, { now: model.writtenAt }))}</pre>
${sections(model)}
</main>
<footer>Written ${formatUtc(model.writtenAt)} from the rollback’s own record, <code>${escapeMarkup(model.id)}</code>. All times are UTC.</footer>
</body>
</html>
`;
}

function sections(model: ReportModel): string {
  return [
    section('Findings', bullets(model.findings.map((finding) => finding.text))),
    section('Over time', reportCharts(model)),
    section('Exposure', bullets(exposureLines(model))),
    section('Where it failed', htmlTable(slicesTable(model))),
    section('Plan', model.plan ? `<p>${escapeMarkup(planLine(model.plan))}</p>` : '', htmlTable(phasesTable(model))),
    section('Checks', htmlTable(checksTable(model))),
    section('Verdicts', htmlTable(verdictsTable(model))),
    section('People', htmlTable(decisionsTable(model)), htmlTable(waitsTable(model))),
    section('What is left, by hand', scriptText(model)),
    section('Timeline', htmlTable(timelineTable(model))),
  ]
    .filter((one) => one !== '')
    .join('\n');
}

function scriptText(model: ReportModel): string {
  const script = keptScript(model.status);
  if (script === undefined) return '';
  return `<pre role="region" tabindex="0" aria-label="Shell script">${escapeLines(script)}</pre>`;
}

function section(title: string, ...bodies: readonly string[]): string {
  const filled = bodies.filter((body) => body.trim() !== '');
  if (filled.length === 0) return '';
  return `<section>\n<h2>${escapeMarkup(title)}</h2>\n${filled.join('\n')}\n</section>`;
}

function bullets(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<ul>${lines.map((line) => `<li>${escapeMarkup(line)}</li>`).join('')}</ul>`;
}
