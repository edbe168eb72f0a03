import type { Census } from '../plan/census';
import type { AlertPolicy } from '../policy/policy';
import type { Quarantine, Release } from './release';
import { placed, slotsOfReleases, tellSlots } from './slots';
import type { SlotEntry } from './slots';
import { KEPT } from './state';
import type { ServiceState } from './state';

/** Percent of a target from which a revision counts as serving it. */
const SERVING_PERCENT = 50;

/**
 * Adds releases told by CI or imported; one that is known already by revision and start is replaced. What CI tells of
 * the revision that is serving, seen or told before, adds to that release and begins no second one. `now` is when it was
 * told, in epoch milliseconds.
 */
export function recordReleases(state: ServiceState, news: readonly Release[], now: number): ServiceState {
  const told = news.map((release) => addedTo(state.releases.at(-1), release));
  const replaced = state.releases.filter((known) => !told.some((release) => sameRelease(known, release)));
  const recorded = { ...state, releases: inOrder([...replaced, ...told]) };
  return withSlots(recorded, slotsOfReleases(state.slots ?? [], news, now));
}

/** Takes in which revision is in which slot. */
export function withSlots(state: ServiceState, news: readonly SlotEntry[]): ServiceState {
  const slots = tellSlots(state.slots ?? [], news);
  // A service that has no slots remembers none.
  return slots.length === 0 ? state : { ...state, slots, releases: placed(state.releases, slots) };
}

/**
 * Takes in what the targets serve. A revision newly at half or more of any target is a release seen now.
 * After a rollback, and at the first look, only a revision never heard of is one: what we moved makes no release.
 */
export function seeCensus(state: ServiceState, census: Census, now: number): ServiceState {
  if (state.live) return state;
  const before = servingRevisions(state.census);
  const firstLook = Object.keys(state.census).length === 0;
  const seen = { ...state, census: { ...state.census, ...census } };
  const fresh = servingRevisions(census).filter((revision) =>
    firstLook
      ? !state.releases.some((release) => release.revision === revision)
      : !before.includes(revision) && state.releases.at(-1)?.revision !== revision,
  );
  if (fresh.length === 0) return seen;
  const releases = fresh.map((revision): Release => ({ revision, from: now, source: 'seen' }));
  return { ...seen, releases: inOrder([...state.releases, ...releases]) };
}

/** Ends the service time of a revision that a rollback has taken back. */
export function closeRelease(state: ServiceState, revision: string, at: number): ServiceState {
  const releases = state.releases.map((release) =>
    release.revision === revision && release.from < at && (release.to ?? at) >= at ? { ...release, to: at } : release,
  );
  return { ...state, releases };
}

/**
 * The newest revision before the suspect that served long enough without an admitted alert and is not quarantined;
 * undefined when none did. `alertedAt` and `now` are epoch milliseconds.
 */
export function lastKnownGood(
  releases: readonly Release[],
  quarantined: readonly Quarantine[],
  suspect: string | undefined,
  policy: { readonly alerts: Pick<AlertPolicy, 'knownGoodMs'> },
  now: number,
  alertedAt: readonly number[] = [],
): Release | undefined {
  const newestSuspect = releases.findLast((release) => release.revision === suspect);
  const before = newestSuspect?.from ?? now;
  return releases.findLast(
    (release) =>
      release.revision !== suspect &&
      release.from < before &&
      !quarantined.some((entry) => entry.revision === release.revision) &&
      longestQuietMs(release, Math.min(release.to ?? now, before, now), alertedAt) >= policy.alerts.knownGoodMs,
  );
}

/** The longest stretch of a release's service without an alert, in milliseconds. */
function longestQuietMs(release: Release, to: number, alertedAt: readonly number[]): number {
  const within = alertedAt.filter((at) => at > release.from && at < to).toSorted((a, b) => a - b);
  const marks = [release.from, ...within, to];
  return Math.max(...marks.slice(1).map((mark, index) => mark - (marks[index] ?? mark)));
}

/** Revisions at half or more of any target, in the targets' order. */
function servingRevisions(census: Census): readonly string[] {
  const serving = Object.values(census).flatMap((reading) =>
    reading.revisions.filter((entry) => entry.weight >= SERVING_PERCENT).map((entry) => entry.revision),
  );
  return [...new Set(serving)];
}

function addedTo(newest: Release | undefined, told: Release): Release {
  if (told.source !== 'recorded' || newest?.revision !== told.revision || newest.to !== undefined) return told;
  const irreversible = [...(newest.irreversible ?? []), ...(told.irreversible ?? [])];
  return {
    ...newest,
    ...told,
    from: Math.min(newest.from, told.from),
    ...(irreversible.length > 0 && { irreversible }),
  };
}

function sameRelease(known: Release, told: Release): boolean {
  return known.revision === told.revision && known.from === told.from;
}

/** Oldest first; an open release ends where the next one begins. */
function inOrder(releases: readonly Release[]): readonly Release[] {
  const sorted = releases.toSorted((a, b) => a.from - b.from);
  const closed = sorted.map((release, index): Release => {
    const next = sorted.slice(index + 1).find((later) => later.from > release.from);
    return release.to === undefined && next ? { ...release, to: next.from } : release;
  });
  return closed.slice(-KEPT.releases);
}
