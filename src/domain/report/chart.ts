import { escapeMarkup } from './markup';
import { formatTime } from './time';

/** One line of a chart. A missing value is a gap. */
export interface Series {
  readonly name: string;
  readonly points: readonly { readonly at: number; readonly value: number | undefined }[];
  /** Weights change in steps; ratios are joined. */
  readonly steps: boolean;
}

/** A stretch of time behind the lines. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** What a chart shows; `max` is the value at the top, values below 0 do not occur. */
export interface Chart {
  readonly title: string;
  readonly description: string;
  readonly from: number;
  readonly to: number;
  readonly max: number;
  readonly unit: string;
  readonly series: readonly Series[];
  readonly bands: readonly Band[];
  /** Makes ids unique within a page. */
  readonly id: string;
}

const WIDTH = 860;
const HEIGHT = 240;
const LEFT = 52;
const RIGHT = 14;
const TOP = 26;
const BOTTOM = 26;
const TIME_MARKS = 5;
const VALUE_MARKS = 4;
/** Lines differ by pattern too, so that they can be told apart without colour. */
const PATTERNS = ['none', '7 3', '2 3', '9 3 2 3', '4 4', '12 4'];

/** The chart as one inline SVG without script, with a title and a description for those who cannot see it. */
export function renderChart(chart: Chart): string {
  const parts = [
    `<title id="${chart.id}-title">${escapeMarkup(chart.title)}</title>`,
    `<desc id="${chart.id}-desc">${escapeMarkup(chart.description)}</desc>`,
    ...chart.bands.map((band, index) => bandMarkup(chart, band, index)),
    ...valueMarks(chart),
    ...timeMarks(chart),
    ...chart.series.map(
      (series, index) =>
        `<path class="line l${index % PATTERNS.length}" stroke-dasharray="${pattern(index)}" d="${path(chart, series)}"/>`,
    ),
  ];
  const legend = chart.series.map((series, index) => legendItem(series, index)).join('');
  return `<figure><figcaption>${escapeMarkup(chart.title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="${chart.id}-title ${chart.id}-desc">
${parts.join('\n')}
</svg>
<ul class="legend">${legend}</ul></figure>`;
}

function pattern(index: number): string {
  return PATTERNS[index % PATTERNS.length] ?? 'none';
}

function legendItem(series: Series, index: number): string {
  return `<li><svg viewBox="0 0 34 8" aria-hidden="true"><path class="line l${index % PATTERNS.length}" stroke-dasharray="${pattern(index)}" d="M0 4H34"/></svg>${escapeMarkup(series.name)}</li>`;
}

function x(chart: Chart, at: number): number {
  const span = Math.max(1, chart.to - chart.from);
  const share = Math.min(1, Math.max(0, (at - chart.from) / span));
  return round(LEFT + share * (WIDTH - LEFT - RIGHT));
}

function y(chart: Chart, value: number): number {
  const share = Math.min(1, Math.max(0, value / (chart.max || 1)));
  return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function path(chart: Chart, series: Series): string {
  let pen = false;
  const steps: string[] = [];
  for (const { at, value } of series.points) {
    if (value === undefined) {
      pen = false;
      continue;
    }
    const place = `${x(chart, at)} ${y(chart, value)}`;
    if (!pen) steps.push(`M${place}`);
    else if (series.steps) steps.push(`H${x(chart, at)}V${y(chart, value)}`);
    else steps.push(`L${place}`);
    pen = true;
  }
  // A lone point would be invisible.
  return steps.length === 1 ? `${steps[0] ?? ''}h2` : steps.join('');
}

function bandMarkup(chart: Chart, band: Band, index: number): string {
  const left = x(chart, band.from);
  const width = Math.max(0, round(x(chart, band.to) - left));
  const label = width > 12 ? `<text class="band" x="${left + 4}" y="${TOP - 8}">${escapeMarkup(band.name)}</text>` : '';
  const rect = `<rect class="b${index % 2}" x="${left}" y="${TOP}" width="${width}" height="${HEIGHT - TOP - BOTTOM}"/>`;
  return `${rect}${label}`;
}

function valueMarks(chart: Chart): readonly string[] {
  return Array.from({ length: VALUE_MARKS + 1 }, (_, index) => {
    const value = (chart.max * index) / VALUE_MARKS;
    const at = y(chart, value);
    return `<path class="grid" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/><text class="mark" text-anchor="end" x="${LEFT - 6}" y="${at + 4}">${Number(value.toPrecision(3))}${chart.unit}</text>`;
  });
}

function timeMarks(chart: Chart): readonly string[] {
  return Array.from({ length: TIME_MARKS + 1 }, (_, index) => {
    const at = chart.from + ((chart.to - chart.from) * index) / TIME_MARKS;
    const anchor = index === 0 ? 'start' : index === TIME_MARKS ? 'end' : 'middle';
    return `<text class="mark" text-anchor="${anchor}" x="${x(chart, at)}" y="${HEIGHT - 8}">${formatTime(at)}</text>`;
  });
}
