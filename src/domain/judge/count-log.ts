import type { Increment } from './e-process';

/** One or more neighbouring intervals of a target: stable's requests and bad events, then current's. */
export type Counted = readonly [number, number, number, number];

/** What a phase has counted, by target: one row for the warm-up, and a few for the time after it. Plain JSON. */
export interface CountLog {
  readonly warmUp: Readonly<Record<string, Counted>>;
  readonly after: Readonly<Record<string, readonly Counted[]>>;
}

/** Nothing counted. */
export const NOTHING_COUNTED: CountLog = { warmUp: {}, after: {} };

const ROWS = 6;

/**
 * Adds what one interval brought to a target. A target keeps at most so many rows that all of them together stay short;
 * neighbours are then added up. That loses nothing while the split is steady, which it is within a phase.
 */
export function counted(log: CountLog, target: string, increment: Increment, settled: boolean): CountLog {
  const row = rowOf(increment);
  if (!settled) return { ...log, warmUp: { ...log.warmUp, [target]: added(log.warmUp[target], row) } };
  const rows = [...(log.after[target] ?? []), row];
  const most = Math.max(2, Math.floor(ROWS / Math.max(1, Object.keys(log.after).length)));
  return { ...log, after: { ...log.after, [target]: rows.length > most ? halved(rows) : rows } };
}

/** An increment as a row. */
export function rowOf({ stable, current }: Increment): Counted {
  return [stable.requests, stable.bad, current.requests, current.bad];
}

/** Rows as increments. */
export function fromRows(rows: readonly Counted[]): readonly Increment[] {
  return rows.map(([s, sBad, c, cBad]) => ({
    stable: { requests: s, bad: sBad },
    current: { requests: c, bad: cBad },
  }));
}

function halved(rows: readonly Counted[]): readonly Counted[] {
  return rows.flatMap((row, index) => (index % 2 === 0 ? [added(rows[index + 1], row)] : []));
}

function added(a: Counted | undefined, b: Counted): Counted {
  return a ? [a[0] + b[0], a[1] + b[1], a[2] + b[2], a[3] + b[3]] : b;
}

/** The rows as increments; with the warm-up, or from its end on. */
export function incrementsOf({ warmUp, after }: CountLog, withWarmUp: boolean): readonly Increment[] {
  return fromRows([...(withWarmUp ? Object.values(warmUp) : []), ...Object.values(after).flat()]);
}
