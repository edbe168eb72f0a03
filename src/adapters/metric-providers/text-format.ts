/** One line of an OpenMetrics or Prometheus text exposition. */
export interface MetricLine {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be NaN or infinite; the reader decides what that means. */
  readonly value: number;
  /** Epoch milliseconds, where the line carries a timestamp. */
  readonly at?: number;
}

const LINE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+(\S+))?/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:\\.|[^"\\])*)"/g;

/** Reads the samples of an exposition; comments, metadata and exemplars are passed over, unreadable lines skipped. */
export function parseMetricText(text: string): readonly MetricLine[] {
  const lines: MetricLine[] = [];
  const isOpenMetrics = text.trimEnd().endsWith('# EOF');
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const match = LINE.exec(line.split(' # ')[0] ?? '');
    const [, name, labels, value, stamp] = match ?? [];
    if (name === undefined || value === undefined) continue;
    const at = stamp === undefined ? undefined : Number(stamp) * (isOpenMetrics ? 1000 : 1);
    lines.push({
      name,
      labels: parseLabels(labels ?? ''),
      value: parseValue(value),
      ...(Number.isFinite(at) ? { at } : {}),
    });
  }
  return lines;
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, unescape(value)]));
}

function unescape(value: string): string {
  return value.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function parseValue(text: string): number {
  if (text === '+Inf' || text === 'Inf') return Infinity;
  return text === '-Inf' ? -Infinity : Number(text);
}
