import { weightOf } from '../plan/census';
import type { Census, TargetReading } from '../plan/census';
import { ROUNDING_PERCENT, WATCHED_AFTER_MS, cameBack } from './came-back';
import { driftNews } from './drift-news';
import type { DriftNews, Watched } from './drift-news';
import { quarantineOf } from './gate';
import { KEPT } from './state';
import type { Drift, PastRollback, ServiceState } from './state';

/** Shares that a look shows to have left what the last rollback left; at least one that was not known. */
export interface Drifted {
  readonly number: number;
  readonly fresh: readonly Drift[];
  /** Absent where a revision of which people know only reached one more target. */
  readonly news?: DriftNews;
}

/** The rollback whose targets are watched now for what it left; none while one is live. `now` in epoch milliseconds. */
export function watchedRollback(
  { past, live }: { readonly past: readonly PastRollback[]; readonly live?: unknown },
  now: number,
  watchedMs: number = WATCHED_AFTER_MS,
): Watched | undefined {
  const last = past.findLast(({ left }) => left !== undefined);
  if (live || !last || now - last.endedAt > watchedMs) return undefined;
  const { left, toRevision } = last;
  return left && toRevision !== undefined ? { ...last, left, toRevision } : undefined;
}

/**
 * Whether a look shows that the last rollback's targets no longer serve what it left: another revision has come, the share
 * of the one gone back to has changed, or what was taken back was there again before anybody had looked. What `cameBack`
 * tells of the same look is left to it, and a revision that a person took out of quarantine is meant. People are told once
 * per rollback of each revision that comes, and once per target of another change. `now` in epoch milliseconds.
 */
export function driftAfter(
  state: ServiceState,
  census: Census,
  now: number,
  watchedMs: number = WATCHED_AFTER_MS,
): Drifted | undefined {
  const watched = watchedRollback(state, now, watchedMs);
  if (!watched) return undefined;
  const { number, toRevision, drifts: known = [] } = watched;
  const isTold = watched.cameBackAt !== undefined || cameBack(state, census, now, watchedMs) !== undefined;
  const ignored = isTold || isMeant(state, watched) ? watched.fromRevision : undefined;
  const fresh = Object.values(census)
    .flatMap((reading) => driftsOf(reading, watched, now))
    .filter((drift) => drift.revision !== ignored && !known.some((other) => isSame(drift, other)))
    // What is not remembered would be told again at every look.
    .slice(0, KEPT.drifts - known.length);
  if (fresh.length === 0) return undefined;
  const isHeardOf = (revision: string): boolean => known.some((drift) => drift.revision === revision);
  const unheard = fresh.filter(({ revision }) => revision === toRevision || !isHeardOf(revision));
  if (unheard.length === 0) return { number, fresh };
  return { number, fresh, news: driftNews(state, watched, unheard, census, now) };
}

/** The rollback knows what has drifted since; `at` is epoch milliseconds. */
export function withDrift(state: ServiceState, { number, fresh }: Drifted, at: number): ServiceState {
  const marked = (past: PastRollback): PastRollback => {
    if (past.number !== number) return past;
    const isBack = fresh.some(({ revision }) => revision === past.fromRevision);
    return { ...past, drifts: [...(past.drifts ?? []), ...fresh], ...(isBack ? { cameBackAt: at } : {}) };
  };
  return { ...state, past: state.past.map(marked) };
}

/** After a success the suspect was put into quarantine; where it is no longer there, a person let it out. */
function isMeant(state: ServiceState, { end, fromRevision }: Watched): boolean {
  return end === 'succeeded' && fromRevision !== undefined && quarantineOf(state, fromRevision) === undefined;
}

/** Each revision that serves more than was left; where none does, the one gone back to if it serves less. */
function driftsOf(reading: TargetReading, { left, toRevision }: Watched, at: number): readonly Drift[] {
  const { target } = reading;
  const before = left[target];
  if (!before) return [];
  const driftOf = (revision: string): Drift => {
    const weight = weightOf(reading, revision);
    return { target, revision, weight, left: before[revision] ?? 0, at };
  };
  const more = reading.revisions
    .map(({ revision }) => driftOf(revision))
    .filter((drift) => drift.weight > drift.left + ROUNDING_PERCENT);
  if (more.length > 0) return more;
  const gone = driftOf(toRevision);
  return gone.weight < gone.left - ROUNDING_PERCENT ? [gone] : [];
}

function isSame(one: Drift, other: Drift): boolean {
  return one.target === other.target && one.revision === other.revision;
}
