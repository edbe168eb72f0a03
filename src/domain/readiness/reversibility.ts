import { formatUtc } from '../report/time';
import type { PointOfNoReturn, Release } from '../service/release';
import type { CheckResult } from './check-result';

/**
 * Whether anything that releases after `toRevision` did to data or neighbours can no longer be undone, and since when.
 * A point that is passed blocks until an approver goes on with a reason; one still to come is a warning that says
 * how long going back stays safe. Only what releases declare is known; the evidence says so. `now`: epoch milliseconds.
 */
export function reversibilityCheck(
  releases: readonly Release[],
  revisions: { readonly from: string; readonly to: string },
  now: number,
): CheckResult {
  const base = { check: 'point of no return', overridable: true };
  const declared = declaredSince(releases, revisions);
  const passed = declared.filter(({ point }) => point.since <= now);
  if (passed.length > 0) {
    const fix = `go forward to a fix, or approve with a reason if ${revisions.to} can live with it`;
    return { ...base, status: 'block', pointOfNoReturn: true, evidence: passed.map(sentence).join('; '), fix };
  }
  const ahead = declared.toSorted((a, b) => a.point.since - b.point.since)[0];
  if (ahead) {
    const fix = `finish going back before ${formatUtc(ahead.point.since)}, or hold up what happens then`;
    return { ...base, status: 'warn', evidence: sentence(ahead), fix };
  }
  return { ...base, status: 'pass', evidence: `nothing since ${revisions.to} is declared as irreversible` };
}

interface Declared {
  readonly revision: string;
  readonly point: PointOfNoReturn;
}

/** Everything declared by the releases that going back would go behind: all that began after the newest of `to`. */
function declaredSince(
  releases: readonly Release[],
  { from, to }: { readonly from: string; readonly to: string },
): readonly Declared[] {
  const began = releases.findLast((release) => release.revision === to)?.from;
  return releases
    .filter(
      (release) => release.revision !== to && (began === undefined ? release.revision === from : release.from > began),
    )
    .flatMap((release) => (release.irreversible ?? []).map((point) => ({ revision: release.revision, point })));
}

function sentence({ revision, point }: Declared): string {
  return `${revision}: ${point.what}, cannot be undone from ${formatUtc(point.since)} on`;
}
