import type { Increment } from './e-process';
import type { CohortCounts } from './verdict';
import type { SeriesReading, StratumReading } from './sample';

/** The last reading of a series, against which the next is differenced. */
export interface SeriesMemory extends CohortCounts {
  readonly at: number;
  readonly startedAt?: number;
}

/** Last readings by target, cohort and series. */
export type Memory = Readonly<Record<string, SeriesMemory>>;

/** What a sample adds to one stratum, and what is remembered of it. */
export interface StratumDelta {
  readonly increment: Increment;
  readonly memory: Memory;
}

/** How fresh a pair must be, and what counts as born after the phase began. */
export interface Freshness {
  readonly at: number;
  readonly intervalMs: number;
  readonly phaseStartedAt: number;
  /** In a phase without a control cohort the suspect's series may be absent. */
  readonly needsCurrent: boolean;
  /** Guardrails that a reading has to carry: one without them is a gap, and counters lose nothing by that. */
  readonly guardrails?: readonly string[];
}

const AGE_SLACK = 1.5;
const RESET_BELOW = 0.9;

/**
 * Differences a stratum's counters. Undefined when a cohort is missing, unreadable or not newer than the last pair:
 * counters lose nothing by that, the next pair carries the sum.
 */
export function difference(stratum: StratumReading, memory: Memory, fresh: Freshness): StratumDelta | undefined {
  const stable = cohortDelta(stratum.target, 'stable', stratum.stable, memory, fresh);
  const current = cohortDelta(stratum.target, 'current', stratum.current, memory, fresh);
  if (!stable || (!current && fresh.needsCurrent)) return undefined;
  const none = { requests: 0, bad: 0 };
  return {
    increment: { stable: stable.counts, current: current?.counts ?? none },
    memory: { ...stable.memory, ...current?.memory },
  };
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
  series: readonly SeriesReading[],
  memory: Memory,
  fresh: Freshness,
): CohortDelta | undefined {
  const wanted = fresh.guardrails ?? [];
  const counts = { requests: 0, bad: 0 };
  const guardrails: Record<string, number> = {};
  const updated: Record<string, SeriesMemory> = {};
  for (const reading of series.filter((candidate) => readable(candidate, wanted))) {
    const key = `${target}/${name}/${reading.series}`;
    const before = memory[key];
    if (fresh.at - reading.at > AGE_SLACK * fresh.intervalMs || (before && reading.at <= before.at)) continue;
    const added = addedBy(reading, before, fresh);
    counts.requests += added.requests;
    counts.bad += Math.min(added.bad, added.requests);
    for (const guard of wanted) {
      guardrails[guard] = (guardrails[guard] ?? 0) + Math.min(added.guardrails?.[guard] ?? 0, added.requests);
    }
    updated[key] = keep(reading, before);
  }
  if (Object.keys(updated).length === 0) return undefined;
  return { counts: wanted.length === 0 ? counts : { ...counts, guardrails }, memory: updated };
}

function readable(reading: SeriesReading, guardrails: readonly string[]): boolean {
  const values = [reading.requests, reading.bad, reading.at, ...guardrails.map((name) => reading.guardrails?.[name])];
  return values.every((value) => value !== undefined && Number.isFinite(value) && value >= 0);
}

/** A series born after the phase began counts from zero; an older one seen for the first time is only a baseline. */
function addedBy(reading: SeriesReading, before: SeriesMemory | undefined, fresh: Freshness): CohortCounts {
  if (!before) {
    const isNew = reading.startedAt !== undefined && reading.startedAt >= fresh.phaseStartedAt;
    return isNew ? reading : { requests: 0, bad: 0 };
  }
  const restarted = isRestarted(reading, before);
  const guardrails = (fresh.guardrails ?? []).map((name) => [
    name,
    counterDelta(reading.guardrails?.[name] ?? 0, before.guardrails?.[name] ?? 0, restarted),
  ]);
  return {
    requests: counterDelta(reading.requests, before.requests, restarted),
    bad: counterDelta(reading.bad, before.bad, restarted),
    ...(guardrails.length === 0 ? {} : { guardrails: Object.fromEntries(guardrails) as Record<string, number> }),
  };
}

/** A counter that falls a little is a jittering replica; one that falls a lot, or a new process, has begun again. */
function isRestarted(reading: SeriesReading, before: SeriesMemory): boolean {
  const anotherProcess =
    reading.startedAt !== undefined && before.startedAt !== undefined && reading.startedAt !== before.startedAt;
  return (anotherProcess && reading.requests < before.requests) || reading.requests < RESET_BELOW * before.requests;
}

function counterDelta(now: number, before: number, restarted: boolean): number {
  return restarted ? now : Math.max(0, now - before);
}

function keep(reading: SeriesReading, before: SeriesMemory | undefined): SeriesMemory {
  const jitter = before !== undefined && reading.requests < before.requests && !isRestarted(reading, before);
  const { requests, bad, guardrails } = jitter ? before : reading;
  return {
    requests,
    bad,
    ...(guardrails === undefined ? {} : { guardrails }),
    at: reading.at,
    ...(reading.startedAt === undefined ? {} : { startedAt: reading.startedAt }),
  };
}
