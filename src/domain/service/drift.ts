import { weightOf } from '../plan/census';
import type { Census, TargetReading } from '../plan/census';
import { cameBack } from './came-back';
import { driftNews } from './drift-news';
import type { DriftNews } from './drift-news';
import { quarantineOf } from './gate';
import { ROUNDING_PERCENT, onlyOthersFailed } from './only-failed';
import { KEPT } from './state';
import type { Drift, PastRollback, ServiceState } from './state';
import { watchedRollbacks } from './watched';
import type { Watched } from './watched';

/** Shares that a look shows to have left what a rollback left; at least one that was not known. */
export interface Drifted {
  readonly number: number;
  readonly fresh: readonly Drift[];
  /** Absent where a revision of which people know only reached one more target. */
  readonly news?: DriftNews;
}

/**
 * Whether a look shows that the targets of rollbacks that are watched no longer serve what those left: another revision has
 * come, the share of the one gone back to has changed, or what was taken back was there again before anybody had looked.
 * What `cameBack` tells of the same look is left to it, a revision that a person took out of quarantine is meant, and what
 * gains a share only because instances beside it fail has not come. People are told once per rollback of each revision that
 * comes, and once per target of another change. `now` in epoch milliseconds.
 */
export function driftsAfter(state: ServiceState, census: Census, now: number, watchedMs?: number): readonly Drifted[] {
  return watchedRollbacks(state, now, watchedMs).flatMap((watched) => {
    const back = cameBack(state, census, now, watchedMs);
    return driftOf(state, watched, { census, now, isTold: back?.number === watched.number }) ?? [];
  });
}

interface Seen {
  readonly census: Census;
  readonly now: number;
  /** True where people are told already that what it took back is there again. */
  readonly isTold: boolean;
}

function driftOf(state: ServiceState, watched: Watched, { census, now, isTold }: Seen): Drifted | undefined {
  const { number, toRevision, cameBackAt, drifts: known = [] } = watched;
  const isOver = isTold || cameBackAt !== undefined || isMeant(state, watched);
  const ignored = isOver ? watched.fromRevision : undefined;
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
function driftsOf(reading: TargetReading, { left, ready, toRevision }: Watched, at: number): readonly Drift[] {
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
  if (more.length > 0) return more.filter(({ revision }) => !onlyOthersFailed(revision, ready?.[target], reading));
  const gone = driftOf(toRevision);
  return gone.weight < gone.left - ROUNDING_PERCENT ? [gone] : [];
}

function isSame(one: Drift, other: Drift): boolean {
  return one.target === other.target && one.revision === other.revision;
}
