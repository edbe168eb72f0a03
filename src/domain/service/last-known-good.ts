import type { Quarantine, Release } from './release';

/** What the search for a revision to go back to knows. */
export interface KnownGoodQuestion {
  readonly releases: readonly Release[];
  readonly quarantined: readonly Quarantine[];
  /** The suspect: what came after it, and itself, are out of the question. */
  readonly suspect: string;
  /** Shortest time of service that makes a revision known good, in milliseconds. */
  readonly knownGoodMs: number;
}

/** The newest release before the suspect that served long enough and is not quarantined. */
export function lastKnownGood(question: KnownGoodQuestion): Release | undefined {
  const { releases, quarantined, suspect, knownGoodMs } = question;
  const ordered = [...releases].sort((a, b) => a.from - b.from);
  const at = ordered.findLastIndex((release) => release.revision === suspect);
  const before = at < 0 ? ordered : ordered.slice(0, at);
  const next = (release: Release): number | undefined => ordered[ordered.indexOf(release) + 1]?.from;
  return before.findLast((release) => {
    if (release.revision === suspect || quarantined.some((entry) => entry.revision === release.revision)) return false;
    const until = release.to ?? next(release);
    return until !== undefined && until - release.from >= knownGoodMs;
  });
}
