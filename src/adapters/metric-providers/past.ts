import { cohortDelta, gaugeLevel } from '../../domain/judge';
import { bucketsOf, slowerThan } from '../../domain/judge/bounds';
import type { Memory } from '../../domain/judge/counters';
import type { SeriesReading } from '../../domain/judge/sample';
import type { History, PastInterval } from '../../ports';

/** What could be read of all series of a revision at one instant of the past, in epoch milliseconds. */
export interface PastLook {
  readonly at: number;
  readonly readings: readonly SeriesReading[];
}

/**
 * What these looks, oldest first, show of the past: the same differences that the judge would have taken of them, had it
 * looked then; a gauge's values as they were. `freshMs`: how old a reading may be.
 */
export function pastOf(looks: readonly PastLook[], freshMs: number): History {
  const values = looks.flatMap(({ readings }) => gaugeLevel(readings) ?? []);
  if (values.length > 0) return { kind: 'values', values };
  const buckets = looks.flatMap(({ readings }) => readings).findLast((reading) => reading.buckets)?.buckets;
  const bounds = buckets?.map(({ bound }) => bound);
  let memory: Memory = {};
  const intervals: PastInterval[] = [];
  let before = looks[0]?.at ?? 0;
  for (const [index, { at, readings }] of looks.entries()) {
    const fresh = { at, intervalMs: freshMs, phaseStartedAt: Infinity, needsCurrent: true };
    const series = bounds ? slowerThan(readings, bounds) : readings;
    const delta = cohortDelta('history', 'current', series, memory, fresh);
    if (delta && index > 0) intervals.push({ at, spanMs: at - before, ...intervalOf(delta.counts, bounds) });
    if (delta) before = at;
    memory = { ...memory, ...delta?.memory };
  }
  return { kind: 'counts', intervals };
}

function intervalOf(
  counts: { readonly requests: number; readonly bad: number; readonly slower?: readonly number[] },
  bounds: readonly number[] | undefined,
): Omit<PastInterval, 'at' | 'spanMs'> {
  if (!bounds) return counts;
  return { requests: counts.requests, bad: 0, buckets: bucketsOf(bounds, counts) };
}
