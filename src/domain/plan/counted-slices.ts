import { boundsOfPast, countedSince, pastAtBounds } from '../judge';
import { mainBound } from '../judge/bounds';
import { addCounts } from '../judge/increments';
import type { Bucket } from '../judge/sample';
import type { CohortCounts } from '../judge/verdict';
import type { MetricPolicy } from '../policy/policy';
import type { CountedSlice, SplitQuestion } from './slices';

/** What an interval added, as a source of metrics tells it. */
interface Added {
  /** When it ended, where that is told; epoch milliseconds. */
  readonly at?: number;
  readonly requests: number;
  readonly bad: number;
  readonly buckets?: readonly Bucket[];
}

/** A value of a label as its source counted it, oldest interval first. */
export interface CountedValue {
  readonly value: string;
  readonly current: readonly Added[];
  readonly stable: readonly Added[];
}

const CALLED: Readonly<Record<MetricPolicy['kind'], string>> = {
  errors: 'failures',
  latency: 'slow requests',
  saturation: 'bad requests',
};

/**
 * Values as they are compared, and what their bad requests are called. Of a histogram without a bound those are bad that are
 * slower than the bound nearest above the suspect's own p90; undefined where too few requests show where that lies.
 */
export function countedSlices(
  values: readonly CountedValue[],
  { kind, measures }: Pick<MetricPolicy, 'kind' | 'measures'>,
): Pick<SplitQuestion, 'slices' | 'of'> | undefined {
  if (measures === undefined)
    return { of: CALLED[kind], slices: values.map((each) => sliceOf(each, (added) => added)) };
  const all = countedSince(values.flatMap(({ current }) => current));
  const { bounds } = boundsOfPast({ intervals: [all], intervalMs: 0 });
  const bound = bounds?.[mainBound(bounds)];
  if (!bounds || bound === undefined) return undefined;
  return {
    of: `requests slower than ${bound} s`,
    slices: values.map((each) => sliceOf(each, (added) => pastAtBounds(added, bounds))),
  };
}

function sliceOf({ value, current, stable }: CountedValue, counted: (added: Added) => CohortCounts): CountedSlice {
  const counts = (added: Added): CohortCounts => {
    const { requests, bad } = counted(added);
    return { requests, bad };
  };
  return { value, current: current.map(counts), stable: addCounts(stable.map(counts)) };
}

/**
 * Values from places, of which several may have the same. Where places do not have the same intervals, those of each
 * count as one.
 */
export function valuesOfPlaces(places: readonly CountedValue[]): readonly CountedValue[] {
  const times = new Set(places.map(({ current }) => JSON.stringify(current.map(({ at }) => at ?? null))));
  const alike = (added: readonly Added[]): readonly Added[] => (times.size === 1 ? added : [countedSince(added)]);
  return [...new Set(places.map(({ value }) => value))].map((value) => {
    const own = places.filter((place) => place.value === value);
    const steps = alike(own[0]?.current ?? []).length;
    const current = Array.from({ length: steps }, (_, index) =>
      countedSince(own.flatMap((place) => alike(place.current)[index] ?? [])),
    );
    return { value, current, stable: own.flatMap(({ stable }) => stable) };
  });
}
