import { weightOf } from '../plan/census';
import type { Census } from '../plan/census';
import { hasLabels } from '../plan/labels';
import type { ServicePolicy } from '../policy/policy';
import type { RollbackRequest } from '../rollback/request';
import type { Assessment } from '../rollback/state';
import type { Release } from '../service/release';
import { lastKnownGood } from '../service/releases';
import type { Alert } from './alert';

/** What blame looks at. */
export interface BlameInput {
  readonly request: RollbackRequest;
  readonly policy: ServicePolicy;
  /** A target that could not be read is absent; what it serves counts for nothing either way. */
  readonly census: Census;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** A release is noted up to this long after it began to serve: targets are looked at once a minute, clocks differ. */
const NOTED_LATE_MS = 120_000;

/** Which release is to blame, where to go back to, and on which targets; or why none is. */
export function blame(input: BlameInput): Assessment {
  const found = suspectOf(input);
  if (found.kind === 'none') return { kind: 'unblamed', reason: found.reason, because: found.because + unread(input) };
  const { suspect, because } = found;
  const back = wayBack(input, suspect);
  if (!back) {
    return {
      kind: 'unblamed',
      reason: 'NO_KNOWN_GOOD',
      because: `${because}, but there is nothing to go back to: no earlier release served ${minutes(input.policy.alerts.knownGoodMs)} and is not quarantined`,
    };
  }
  const extent = extentOf(input, suspect);
  const where = extent.length > 0 ? `it serves on ${extent.join(', ')}` : 'it serves on no target that was asked for';
  return {
    kind: 'blamed',
    fromRevision: suspect,
    toRevision: back.revision,
    extent,
    because: `${because}; ${back.because}; ${where}${unread(input)}`,
  };
}

type Suspect =
  | { readonly kind: 'found'; readonly suspect: string; readonly because: string }
  | { readonly kind: 'none'; readonly reason: 'NO_RELEASE_KNOWN' | 'OUTSIDE_WINDOW'; readonly because: string };

function suspectOf(input: BlameInput): Suspect {
  const { request, census } = input;
  if (request.fromRevision !== undefined) return named(request.fromRevision, 'was named by whoever started this');
  if (request.trigger.kind === 'person') return newestServing(input);
  const { alerts } = request.trigger;
  const known = alerts.flatMap((alert) => alert.revision ?? []).find((revision) => isKnown(input, revision));
  if (known !== undefined)
    return named(
      known,
      serves(census, known) ? 'is named by the alert' : 'is named by the alert, but serves no longer',
    );
  return newestInWindow(input, alerts);
}

function named(suspect: string, why: string): Suspect {
  return { kind: 'found', suspect, because: `${suspect} ${why}` };
}

function isKnown({ request, census }: BlameInput, revision: string): boolean {
  return serves(census, revision) || request.releases.some((release) => release.revision === revision);
}

/** A person who starts by hand means what serves now, however long it has served. */
function newestServing({ request, census }: BlameInput): Suspect {
  const newest = oldestFirst(request.releases).findLast((release) => serves(census, release.revision));
  return newest ? named(newest.revision, 'is the newest release that serves') : NONE_KNOWN;
}

/** What came after the trouble began has not caused it; what came long before has not either. */
function newestInWindow({ request, policy, census, now }: BlameInput, alerts: readonly Alert[]): Suspect {
  const began = Math.min(now, ...alerts.map((alert) => alert.startsAt));
  const serving = oldestFirst(request.releases).filter((release) => serves(census, release.revision));
  if (serving.length === 0) return NONE_KNOWN;
  const newest = serving.findLast((release) => release.from <= began + NOTED_LATE_MS);
  if (!newest) {
    const because = `${serving.map((release) => release.revision).join(' and ')} came after the alert began`;
    return { kind: 'none', reason: 'OUTSIDE_WINDOW', because };
  }
  const ageMs = Math.max(0, began - newest.from);
  if (ageMs <= policy.alerts.blameWindowMs)
    return named(newest.revision, `began to serve ${minutes(ageMs)} before the alert`);
  const because = `${newest.revision} had served for ${minutes(ageMs)} when the alert began, longer than the blame window of ${minutes(policy.alerts.blameWindowMs)}`;
  return { kind: 'none', reason: 'OUTSIDE_WINDOW', because };
}

const NONE_KNOWN: Suspect = {
  kind: 'none',
  reason: 'NO_RELEASE_KNOWN',
  because: 'no release is known that serves now',
};

function oldestFirst(releases: readonly Release[]): readonly Release[] {
  return releases.toSorted((a, b) => a.from - b.from);
}

function serves(census: Census, revision: string): boolean {
  return Object.values(census).some((reading) => weightOf(reading, revision) > 0);
}

function wayBack(
  { request, policy, now }: BlameInput,
  suspect: string,
): { readonly revision: string; readonly because: string } | undefined {
  const { toRevision, quarantined, alertedAt } = request;
  if (toRevision !== undefined) return { revision: toRevision, because: `${toRevision} was named to go back to` };
  const good = lastKnownGood(oldestFirst(request.releases), quarantined, suspect, policy, now, alertedAt);
  return good && { revision: good.revision, because: `${good.revision} is the last known good` };
}

/** Where the suspect serves, narrowed by the labels that were asked for. */
function extentOf({ request, policy, census }: BlameInput, suspect: string): readonly string[] {
  return policy.targets
    .filter((target) => hasLabels(target, request.extent ?? {}) && weightOf(census[target.name], suspect) > 0)
    .map((target) => target.name);
}

function unread({ policy, census }: BlameInput): string {
  const names = policy.targets.filter((target) => !census[target.name]).map((target) => target.name);
  return names.length > 0 ? `; ${names.join(', ')} could not be read` : '';
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)} min`;
}
