import { mainBound } from './bounds';
import type { Memory, SeriesMemory } from './counters';
import { sinceStart, timeOf } from './frame';
import type { Frame } from './frame';
import { packed, taking, unpacked } from './packed';
import { KEY_LENGTH, memoryKey, seriesKey } from './series-key';

/** What is remembered of the series of a metric: the short names of all of them, and their numbers in that order. */
export interface KeptMemory {
  readonly names: string;
  readonly series: string;
}

const COHORTS = ['stable', 'current'] as const;
const KEY = /^(.*)\/(stable|current)\/([^/]*)$/s;

/** The targets that are in these keys. */
export function targetsIn(memory: Memory): readonly string[] {
  return Object.keys(memory).flatMap((key) => KEY.exec(key)?.[1] ?? []);
}

/** What is remembered, by target and cohort; the frame has to have all of its targets. */
export function keepMemory(memory: Memory, frame: Frame): KeptMemory {
  const bounds = Math.max(0, ...Object.values(memory).map(({ slower }) => slower?.length ?? 0));
  const groups = new Map<string, { readonly name: string; readonly last: SeriesMemory }[]>();
  for (const [key, last] of Object.entries(memory)) {
    const end = key.lastIndexOf('/') + 1;
    const group = groups.get(key.slice(0, end)) ?? [];
    group.push({ name: key.slice(end), last });
    groups.set(key.slice(0, end), group);
  }
  const ordered = eachCohort(frame).map(({ target, cohort }) => groups.get(memoryKey(target, cohort, '')) ?? []);
  return {
    names: ordered.flatMap((group) => group.map(({ name }) => name)).join(''),
    series: packed([
      bounds,
      ...ordered.flatMap((group) => [group.length, ...group.flatMap(({ last }) => rowOf(last, bounds, frame))]),
    ]),
  };
}

function rowOf(last: SeriesMemory, bounds: number, frame: Frame): readonly (number | undefined)[] {
  const { requests, bad, at, startedAt, slower } = last;
  const isMain = slower !== undefined && slower[mainBound(slower)] === bad;
  return [
    requests,
    isMain ? undefined : bad,
    frame.lastAt - at,
    sinceStart(frame, startedAt),
    ...Array.from({ length: bounds }, (_, bound) => slower?.[bound]),
  ];
}

/** What was remembered, again. */
export function recallMemory({ names, series }: KeptMemory, frame: Frame): Memory {
  const memory: Record<string, SeriesMemory> = {};
  const { maybe, one } = taking(unpacked(series));
  const bounds = one();
  let place = 0;
  for (const { target, cohort } of eachCohort(frame)) {
    for (let left = one(); left > 0; left -= 1) {
      const [requests, bad, age, startedAt] = [one(), maybe(), one(), maybe()];
      const slower = Array.from({ length: bounds }, maybe).flatMap((count) => count ?? []);
      memory[memoryKey(target, cohort, names.slice(place, place + KEY_LENGTH))] = {
        requests,
        bad: bad ?? slower[mainBound(slower)] ?? 0,
        at: frame.lastAt - age,
        startedAt: timeOf(frame, startedAt),
        slower: slower.length > 0 ? slower : undefined,
      };
      place += KEY_LENGTH;
    }
  }
  return memory;
}

function eachCohort({
  targets,
}: Frame): readonly { readonly target: string; readonly cohort: (typeof COHORTS)[number] }[] {
  return targets.flatMap((target) => COHORTS.map((cohort) => ({ target, cohort })));
}

/** The same under short names: earlier builds remembered series under their own. */
export function underShortNames(memory: Memory): Memory {
  const named = Object.entries(memory).map(([key, last]) => {
    const [, target = '', cohort, series = ''] = /^(.*?)\/(stable|current)\/(.*)$/s.exec(key) ?? [];
    return [memoryKey(target, cohort === 'stable' ? 'stable' : 'current', seriesKey(series)), last] as const;
  });
  return Object.fromEntries(named);
}
