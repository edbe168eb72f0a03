import type { Counted } from './count-log';

/** What a look added to one metric, by target. A target without a usable pair is missing: a gap, never a zero. */
export type LoggedMetric = Readonly<Record<string, Counted>>;

/** What one look added, as the judge counted it; plain JSON. Without a usable pair `symptom` is empty. */
export interface LoggedLook {
  /** When it was taken; epoch milliseconds. */
  readonly at: number;
  readonly symptom: LoggedMetric;
  /** By name: those that count bad ones among requests, of a histogram beyond its middle bound, and events. No gauges. */
  readonly guardrails?: Readonly<Record<string, LoggedMetric>>;
}

/** The one target of a look that had too many of them to keep each. */
export const ALL_TARGETS = 'all targets';

/** A look keeps at most so many rows: one for each metric on each target. */
const MOST_ROWS = 40;

/**
 * A log of at most so many rows: neighbours of the same phase are added up, as often as it takes, and where that is not
 * enough the oldest are forgotten. Totals of what is kept stay true.
 */
export function shortened<Look extends LoggedLook & { readonly phase?: number }>(
  log: readonly Look[],
  mostRows: number,
): readonly Look[] {
  let short = log;
  while (rowsOfAll(short) > mostRows) {
    const merged = mergedPairs(short);
    short = merged.length < short.length ? merged : short.slice(1);
  }
  return short;
}

function mergedPairs<Look extends LoggedLook & { readonly phase?: number }>(log: readonly Look[]): readonly Look[] {
  const merged: Look[] = [];
  let isFull = true;
  for (const look of log) {
    const last = merged.at(-1);
    if (!isFull && last && last.phase === look.phase) {
      merged[merged.length - 1] = sumOfLooks(last, look);
      isFull = true;
    } else {
      merged.push(look);
      isFull = false;
    }
  }
  return merged;
}

function sumOfLooks<Look extends LoggedLook>(a: Look, b: Look): Look {
  const names = [...new Set([...Object.keys(a.guardrails ?? {}), ...Object.keys(b.guardrails ?? {})])];
  const guardrails = names.map((name) => [name, sumOfRows(a.guardrails?.[name], b.guardrails?.[name])] as const);
  return {
    ...b,
    symptom: sumOfRows(a.symptom, b.symptom),
    ...(names.length > 0 ? { guardrails: Object.fromEntries(guardrails) } : {}),
  };
}

function sumOfRows(a: LoggedMetric = {}, b: LoggedMetric = {}): LoggedMetric {
  const targets = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return Object.fromEntries(targets.map((target) => [target, sumOfCounted([a[target], b[target]])]));
}

function sumOfCounted(rows: readonly (Counted | undefined)[]): Counted {
  const at = (index: 0 | 1 | 2 | 3): number => rows.reduce((sum, row) => sum + (row?.[index] ?? 0), 0);
  return [at(0), at(1), at(2), at(3)];
}

/** The look as it is kept: where it has too many rows, all targets as one. */
export function bounded(look: LoggedLook): LoggedLook {
  return rowsIn(look) <= MOST_ROWS ? look : joined(look);
}

/** The same look with all targets as one. */
export function joined({ at, symptom, guardrails = {} }: LoggedLook): LoggedLook {
  const all = (metric: LoggedMetric): LoggedMetric => {
    const rows = Object.values(metric);
    return rows.length > 0 ? { [ALL_TARGETS]: sumOfCounted(rows) } : {};
  };
  const guarded = Object.entries(guardrails).map(([name, metric]) => [name, all(metric)] as const);
  return {
    at,
    symptom: all(symptom),
    ...(guarded.length > 0 ? { guardrails: Object.fromEntries(guarded) } : {}),
  };
}

function rowsOfAll(log: readonly LoggedLook[]): number {
  return log.reduce((sum, look) => sum + rowsIn(look), 0);
}

/** A look that saw nothing counts as one row. */
function rowsIn({ symptom, guardrails = {} }: LoggedLook): number {
  const metrics = [symptom, ...Object.values(guardrails)];
  return metrics.reduce((sum, metric) => sum + Math.max(1, Object.keys(metric).length), 0);
}
