import { weightOf } from '../plan/census';
import type { Census } from '../plan/census';
import type { ServicePolicy, TargetPolicy } from '../policy/policy';
import type { RollbackRequest } from '../rollback/request';
import type { Assessment } from '../rollback/state';
import { lastKnownGood } from '../service/last-known-good';
import type { Release } from '../service/release';

/** What blame looks at. */
export interface BlameInput {
  readonly request: RollbackRequest;
  readonly policy: ServicePolicy;
  readonly census: Census;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Which release is to blame, where to go back to, and on which targets; or why none is. */
export function blame(input: BlameInput): Assessment {
  const found = suspectOf(input);
  if (found.kind === 'none') return { kind: 'unblamed', reason: found.reason, because: found.because };
  const { suspect, because } = found;
  const back = revisionToGoBackTo(input, suspect);
  if (back === undefined) {
    return {
      kind: 'unblamed',
      reason: 'NO_KNOWN_GOOD',
      because: `${because}, but no earlier release is known good: none served ${minutes(input.policy.alerts.knownGoodMs)} min before it, or all are quarantined`,
    };
  }
  const extent = extentOf(input, suspect);
  return {
    kind: 'blamed',
    fromRevision: suspect,
    toRevision: back,
    extent,
    because: `${because}; ${back} is the last known good`,
  };
}

type Suspect =
  | { readonly kind: 'found'; readonly suspect: string; readonly because: string }
  | { readonly kind: 'none'; readonly reason: 'NO_RELEASE_KNOWN' | 'OUTSIDE_WINDOW'; readonly because: string };

function suspectOf({ request, policy, census, now }: BlameInput): Suspect {
  if (request.fromRevision !== undefined)
    return { kind: 'found', suspect: request.fromRevision, because: `${request.fromRevision} was named` };
  const alerts = request.trigger.kind === 'alert' ? request.trigger.alerts : [];
  const named = alerts.find((alert) => alert.revision !== undefined && serves(census, alert.revision))?.revision;
  if (named !== undefined) return { kind: 'found', suspect: named, because: `the alert names ${named}, which serves` };
  const newest = newestServing(request.releases, census);
  if (!newest)
    return { kind: 'none', reason: 'NO_RELEASE_KNOWN', because: 'no release of this service is known that serves now' };
  const since = Math.min(now, ...alerts.map((alert) => alert.startsAt));
  const ageMs = since - newest.from;
  const isPerson = request.trigger.kind === 'person';
  if (!isPerson && ageMs > policy.alerts.blameWindowMs) {
    const because = `${newest.revision} had served for ${minutes(ageMs)} min when the alert began, longer than the blame window of ${minutes(policy.alerts.blameWindowMs)} min`;
    return { kind: 'none', reason: 'OUTSIDE_WINDOW', because };
  }
  const when = isPerson
    ? 'is the newest release that serves'
    : `was released ${minutes(Math.max(0, ageMs))} min before the alert began`;
  return { kind: 'found', suspect: newest.revision, because: `${newest.revision} ${when}` };
}

function newestServing(releases: readonly Release[], census: Census): Release | undefined {
  return [...releases].sort((a, b) => a.from - b.from).findLast((release) => serves(census, release.revision));
}

function serves(census: Census, revision: string): boolean {
  return Object.values(census).some((reading) => weightOf(reading, revision) > 0);
}

function revisionToGoBackTo({ request, policy }: BlameInput, suspect: string): string | undefined {
  if (request.toRevision !== undefined) return request.toRevision;
  const { releases, quarantined } = request;
  return lastKnownGood({ releases, quarantined, suspect, knownGoodMs: policy.alerts.knownGoodMs })?.revision;
}

/** Where the suspect serves, narrowed by the labels that were asked for. */
function extentOf({ request, policy, census }: BlameInput, suspect: string): readonly string[] {
  const wanted = policy.targets.filter((target) => hasLabels(target, request.extent ?? {}));
  return wanted.filter((target) => weightOf(census[target.name], suspect) > 0).map((target) => target.name);
}

function hasLabels(target: TargetPolicy, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => target.labels[label] === value);
}

function minutes(ms: number): string {
  return String(Math.round(ms / 60_000));
}
