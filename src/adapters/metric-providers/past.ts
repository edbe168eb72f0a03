import { cohortDelta, gaugeLevel } from '../../domain/judge';
import { bucketsOf, slowerThan } from '../../domain/judge/bounds';
import type { Memory } from '../../domain/judge/counters';
import type { SeriesReading } from '../../domain/judge/sample';
import type { Added, History, PastInterval } from '../../ports';

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
  const intervals: PastInterval[] = [];
  let before = looks[0]?.at ?? 0;
  for (const [index, { at, added }] of addedAt(looks, freshMs).entries()) {
    if (added && index > 0) intervals.push({ at, spanMs: at - before, ...added });
    if (added) before = at;
  }
  return { kind: 'counts', intervals };
}

/** An entry for each step between two of these looks, also where nothing could be seen, which the next one brings. */
export function stepsOf(looks: readonly PastLook[], freshMs: number): readonly Added[] {
  return addedAt(looks, freshMs)
    .slice(1)
    .map(({ added }) => added ?? { requests: 0, bad: 0 });
}

/** What each look adds to the one before it; nothing where nothing could be seen. */
function addedAt(
  looks: readonly PastLook[],
  freshMs: number,
): readonly { readonly at: number; readonly added: Added | undefined }[] {
  const buckets = looks.flatMap(({ readings }) => readings).findLast((reading) => reading.buckets)?.buckets;
  const bounds = buckets?.map(({ bound }) => bound);
  let memory: Memory = {};
  return looks.map(({ at, readings }) => {
    const fresh = { at, intervalMs: freshMs, phaseStartedAt: Infinity, needsCurrent: true };
    const series = bounds ? slowerThan(readings, bounds) : readings;
    const delta = cohortDelta('history', 'current', series, memory, fresh);
    memory = { ...memory, ...delta?.memory };
    return { at, added: delta && intervalOf(delta.counts, bounds) };
  });
}

function intervalOf(
  counts: { readonly requests: number; readonly bad: number; readonly slower?: readonly number[] },
  bounds: readonly number[] | undefined,
): Added {
  if (!bounds) return counts;
  return { requests: counts.requests, bad: 0, buckets: bucketsOf(bounds, counts) };
}
