import { weightOf } from '../plan/census';
import type { Census, TargetReading } from '../plan/census';
import { shareText } from '../plan/share';
import { formatDuration } from '../report/time';
import { keptOut } from './came-back';
import { quarantineOf } from './gate';
import type { Drift, ServiceState } from './state';
import type { Watched } from './watched';

/** What people are told of a drift. */
export interface DriftNews {
  /** A page where what serves is known to be bad. */
  readonly level: 'page' | 'info';
  /** Identity of the news among all of this service. */
  readonly subject: string;
  readonly title: string;
  readonly text: string;
}

/** Says which shares have drifted, since when, whether that is known to be bad, and the way out. `now` in epoch milliseconds. */
export function driftNews(
  state: ServiceState,
  watched: Watched,
  drifts: readonly Drift[],
  census: Census,
  now: number,
): DriftNews {
  const name = `${state.environment}/${state.service}`;
  const { number, toRevision, fromRevision, endedAt } = watched;
  const bad = drifts.find(({ revision }) => revision === fromRevision || quarantineOf(state, revision))?.revision;
  const come = bad ?? drifts.find(({ revision }) => revision !== toRevision)?.revision;
  const what = drifts.map((drift) => driftText(drift, toRevision, census[drift.target]));
  return {
    level: bad === undefined ? 'info' : 'page',
    subject: `drift/${number}/${watched.drifts?.length ?? 0}`,
    title: titleOf(name, number, come, bad),
    text: `${formatDuration(now - endedAt)} after rollback ${number} ended: ${what.join('; ')}. ${wayOut(state, name, come, bad)}`,
  };
}

function titleOf(name: string, number: number, come: string | undefined, bad: string | undefined): string {
  if (bad !== undefined) return `${bad} is back on ${name}`;
  return come === undefined ? `${name} is not as rollback ${number} left it` : `${come} has come to ${name}`;
}

function driftText({ target, revision, left }: Drift, toRevision: string, reading: TargetReading | undefined): string {
  const share = (of: string): string => `${shareText(weightOf(reading, of), reading?.units)} on ${of}`;
  const other = revision === toRevision ? '' : `, and ${share(toRevision)}`;
  const owner = reading?.owner === undefined ? '' : `; ${reading.owner} manages it`;
  return `${target} serves ${share(revision)}, left at ${shareText(left, reading?.units)}${other}${owner}`;
}

function wayOut(state: ServiceState, name: string, come: string | undefined, bad: string | undefined): string {
  if (bad !== undefined && quarantineOf(state, bad)) return keptOut(name, bad);
  if (come === undefined) return 'If nobody meant it, find out who changed it; nothing moves by itself.';
  const release = state.releases.findLast(({ revision, source }) => revision === come && source !== 'seen');
  const by = release?.by === undefined ? '' : ` by ${release.by}`;
  const recorded = release ? `It was recorded${by}.` : 'Nobody recorded it.';
  return `${recorded} If it is meant, nothing has to be done; nothing moves by itself, and phased-rollback start ${name} takes it back.`;
}
