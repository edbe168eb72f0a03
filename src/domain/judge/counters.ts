import type { BoundReading } from './bounds';
import type { Increment } from './e-process';
import { addCounts } from './increments';
import { memoryKey, seriesKey } from './series-key';
import type { JudgeSettings } from './settings';
import type { CohortCounts } from './verdict';

/** The last reading of a series, against which the next is differenced. */
export interface SeriesMemory extends CohortCounts {
  readonly at: number;
  readonly startedAt?: number;
}

/** A target's readings, in which buckets are reduced to bounds. */
export interface BoundStratum {
  readonly target: string;
  readonly current: readonly BoundReading[];
  readonly stable: readonly BoundReading[];
}

/** Last readings by `memoryKey` of target, cohort and the short name of the series. */
export type Memory = Readonly<Record<string, SeriesMemory>>;

/** What a sample adds to one target. */
export interface StratumIncrement extends Increment {
  readonly target: string;
}

/** What a sample adds to one stratum, and what is remembered of it. */
interface StratumDelta {
  readonly increment: StratumIncrement;
  readonly stable: Memory;
  readonly current?: Memory;
}

/** How fresh a pair must be, and what counts as born after the phase began. */
export interface Freshness {
  readonly at: number;
  readonly intervalMs: number;
  readonly phaseStartedAt: number;
  /** In a phase without a control cohort the suspect's series may be absent. */
  readonly needsCurrent: boolean;
}

/** What a look at `at` is held to. */
export function freshnessOf(
  { intervalMs, startedAt, mode }: Pick<JudgeSettings, 'intervalMs' | 'startedAt' | 'mode'>,
  at: number,
): Freshness {
  return { at, intervalMs, phaseStartedAt: startedAt, needsCurrent: mode === 'compare' };
}

/**
 * What a look at `at` is held to where a metric is read as of `laterMs` before the symptom is; undefined where that is
 * before the phase began, which says nothing of it.
 */
export function freshnessLater(
  settings: Pick<JudgeSettings, 'intervalMs' | 'startedAt' | 'mode'>,
  at: number,
  laterMs = 0,
): Freshness | undefined {
  const own = at - laterMs;
  return own > settings.startedAt ? freshnessOf(settings, own) : undefined;
}

/**
 * A scrape comes into view only some time after it began. Looks go by the same interval as scrapes, so where one just misses
 * it all of them do: at 1 such a source would never be heard.
 */
const AGE_SLACK = 1.5;
const RESET_BELOW = 0.9;

/**
 * Differences a stratum's counters. Undefined when a cohort is missing, unreadable or not newer than the last pair:
 * counters lose nothing by that, the next pair carries the sum.
 */
function difference(stratum: BoundStratum, memory: Memory, fresh: Freshness): StratumDelta | undefined {
  const stable = cohortDelta(stratum.target, 'stable', stratum.stable, memory, fresh);
  const current = cohortDelta(stratum.target, 'current', stratum.current, memory, fresh);
  if (!stable || (!current && fresh.needsCurrent)) return undefined;
  const none = { requests: 0, bad: 0 };
  return {
    increment: { target: stratum.target, stable: stable.counts, current: current?.counts ?? none },
    stable: stable.memory,
    current: current?.memory,
  };
}

/**
 * Differences all strata of a metric. Undefined when none has a usable pair; one increment a stratum otherwise, and what
 * is remembered from now on.
 */
export function differences(
  strata: readonly BoundStratum[],
  memory: Memory,
  fresh: Freshness,
): { readonly increments: readonly StratumIncrement[]; readonly memory: Memory } | undefined {
  const increments: StratumIncrement[] = [];
  const remembered: Record<string, SeriesMemory> = { ...memory };
  for (const stratum of strata) {
    const delta = difference(stratum, memory, fresh);
    if (!delta) continue;
    increments.push(delta.increment);
    Object.assign(remembered, delta.stable, delta.current);
  }
  return increments.length === 0 ? undefined : { increments, memory: remembered };
}

/** What a sample adds to one cohort of a stratum. */
export interface CohortDelta {
  readonly counts: CohortCounts;
  readonly memory: Memory;
}

/** Differences one cohort's counters; undefined when there is nothing readable and fresh. */
export function cohortDelta(
  target: string,
  name: 'stable' | 'current',
  series: readonly BoundReading[],
  memory: Memory,
  fresh: Freshness,
): CohortDelta | undefined {
  const added: CohortCounts[] = [];
  const updated: Record<string, SeriesMemory> = {};
  for (const reading of series) {
    if (!readable(reading) || isStale(reading, fresh)) continue;
    const key = memoryKey(target, name, seriesKey(reading.series));
    const before = memory[key];
    if (before && reading.at <= before.at) continue;
    added.push(addedBy(reading, before, fresh));
    updated[key] = keep(reading, before);
  }
  return added.length === 0 ? undefined : { counts: addCounts(added), memory: updated };
}

/** Whether a cohort's data are there and not due anew. */
export function freshCohort(series: readonly BoundReading[], fresh: Freshness): boolean {
  return series.some((reading) => readable(reading) && !isStale(reading, fresh));
}

/** A source that measures less often than we ask is fresh until it should have measured again. */
export function isStale({ at, everyMs = 0 }: BoundReading, fresh: Freshness): boolean {
  return fresh.at - at > AGE_SLACK * Math.max(fresh.intervalMs, everyMs);
}

function readable({ requests, bad, at, slower }: BoundReading): boolean {
  return isCount(requests) && isCount(bad) && isCount(at) && (slower === undefined || slower.every(isCount));
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}

/** A series born after the phase began counts from zero; an older one seen for the first time is only a baseline. */
function addedBy(reading: BoundReading, before: SeriesMemory | undefined, fresh: Freshness): CohortCounts {
  if (!before) {
    const isNew = reading.startedAt !== undefined && reading.startedAt >= fresh.phaseStartedAt;
    return isNew ? delta(reading, undefined) : { requests: 0, bad: 0 };
  }
  return delta(reading, hasBegunAgain(reading, before) ? undefined : before);
}

/** What was added since; without a before, since zero. No more can be bad or slow than there were requests. */
function delta(reading: BoundReading, before: CohortCounts | undefined): CohortCounts {
  const requests = counterDelta(reading.requests, before?.requests);
  const upTo = (now: number, then: number | undefined): number => Math.min(requests, counterDelta(now, then));
  const bad = upTo(reading.bad, before?.bad);
  if (!reading.slower) return { requests, bad };
  return { requests, bad, slower: reading.slower.map((now, index) => upTo(now, before?.slower?.[index])) };
}

/** What tells whether the counter behind two readings has begun again between them. */
type Life = Pick<SeriesMemory, 'requests' | 'at' | 'startedAt'>;

/** By so much the same start may be told otherwise: it is reckoned from a clock that is set now and then. */
const CLOCK_STEP_MS = 1_000;
/** Faster than this many times its rate before, a counter cannot have counted in the process that has just started. */
const MOST_FASTER = 10;

/**
 * A counter that falls a little is a jittering replica; one that falls a lot has begun again. So has that of a process
 * which began after the last reading, though it be higher again by now, unless it would have had to count far faster than
 * ever to get there: then what began is only what exposes it, such as an exporter.
 */
export function hasBegunAgain(reading: Life, before: Life): boolean {
  if (reading.requests < RESET_BELOW * before.requests) return true;
  const { startedAt } = reading;
  if (startedAt === undefined || before.startedAt === undefined) return false;
  if (startedAt - before.startedAt <= CLOCK_STEP_MS) return false;
  if (reading.requests < before.requests) return true;
  return startedAt > before.at && rateOf(reading, startedAt) <= MOST_FASTER * rateOf(before, before.startedAt);
}

/** Requests a millisecond since the process began. */
function rateOf({ requests, at }: Life, startedAt: number): number {
  return requests / Math.max(1, at - startedAt);
}

function counterDelta(now: number, before = 0): number {
  return Math.max(0, now - before);
}

function keep(reading: BoundReading, before: SeriesMemory | undefined): SeriesMemory {
  const jitter = before !== undefined && reading.requests < before.requests && !hasBegunAgain(reading, before);
  const { requests, bad, slower } = jitter ? before : reading;
  return { requests, bad, slower, at: reading.at, startedAt: reading.startedAt };
}
