/** One line of an OpenMetrics or Prometheus text exposition. */
export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite; the reader decides what that means. */
  readonly value: number;
  /** Epoch milliseconds, where the line carries a timestamp. */
  readonly at?: number;
}

/** An exposition's samples, or the first thing in it that is not one. */
export type MetricText =
  { readonly ok: true; readonly lines: readonly MetricLine[] } | { readonly ok: false; readonly because: string };

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:\\.|[^"\\])*)"[ \t]*/y;
const CLOSE = /[ \t]*\}/y;
const BLANKS = /[ \t]*/y;
const REST = /[ \t]*([^\s#]+)(?:[ \t]+([^\s#]+))?[ \t]*(?:#.*)?$/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * Reads the samples of an exposition; comments, metadata and exemplars are passed over. A part that cannot be read
 * makes all of it unreadable: a counter that is silently left out would look like fewer failures. `isOpenMetrics`
 * asks for the end mark, without which the page was cut off, and means timestamps in seconds.
 */
export function parseMetricText(text: string, isOpenMetrics: boolean): MetricText {
  const lines: MetricLine[] = [];
  const seen = new Set<string>();
  const ended = /(?:^|\n)# EOF\s*$/.test(text);
  if (isOpenMetrics && !ended) return { ok: false, because: 'it is cut off: the end mark is missing' };
  const stampMs = isOpenMetrics || ended ? 1_000 : 1;
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const read = parseLine(line, stampMs);
    if (!read) return { ok: false, because: `line ${index + 1} is not a sample` };
    const identity = JSON.stringify([read.name, Object.entries(read.labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    if (seen.has(identity)) return { ok: false, because: `line ${index + 1} repeats ${read.name}` };
    seen.add(identity);
    lines.push(read);
  }
  return { ok: true, lines };
}

function parseLine(line: string, stampMs: number): MetricLine | undefined {
  const name = at(NAME, line, 0)?.[0];
  if (name === undefined) return undefined;
  const labelled = parseLabels(line, name.length);
  if (!labelled) return undefined;
  const rest = at(REST, line, labelled.end);
  const value = parseValue(rest?.[1]);
  if (value === undefined) return undefined;
  const base = { name, labels: labelled.labels, value };
  if (rest?.[2] === undefined) return base;
  const stamp = parseValue(rest[2]);
  return stamp === undefined || !Number.isFinite(stamp) ? undefined : { ...base, at: stamp * stampMs };
}

/** The labels in braces, where there are any, and where they end. */
function parseLabels(line: string, start: number): { labels: Record<string, string>; end: number } | undefined {
  const open = start + (at(BLANKS, line, start)?.[0].length ?? 0);
  if (line[open] !== '{') return line[start] === ' ' || line[start] === '\t' ? { labels: {}, end: start } : undefined;
  // A label may be called like anything that objects inherit.
  const labels: Record<string, string> = Object.create(null) as Record<string, string>;
  let position = open + 1;
  for (;;) {
    const close = at(CLOSE, line, position);
    if (close) return { labels, end: position + close[0].length };
    const match = at(LABEL, line, position);
    const [, name, value] = match ?? [];
    if (!match || name === undefined || value === undefined || name in labels) return undefined;
    labels[name] = unescape(value);
    position += match[0].length;
    if (line[position] === ',') position += 1;
    else if (line[position] !== '}') return undefined;
  }
}

function at(pattern: RegExp, text: string, position: number): RegExpExecArray | undefined {
  pattern.lastIndex = position;
  return pattern.exec(text) ?? undefined;
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function parseValue(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[+]?inf(?:inity)?$/i.test(text)) return Infinity;
  if (/^-inf(?:inity)?$/i.test(text)) return -Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  return NUMBER.test(text) ? Number(text) : undefined;
}
