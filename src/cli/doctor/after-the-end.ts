import { formatUtc, plain, shareText } from '../../domain/report';
import { WATCHED_AFTER_MS } from '../../domain/service/came-back';
import { watchedRollback } from '../../domain/service/drift';
import type { ServiceView } from '../../domain/service/view';
import type { Finding } from '../examination';
import { fine } from './picture';
import type { Picture } from './picture';

/** Whether the targets of the last rollback are still watched, until when, and what is no longer as it left it. */
export function afterTheEnd({ name, policy }: Picture, view: ServiceView): readonly Finding[] {
  const { watchAfterMs = WATCHED_AFTER_MS } = policy.timing;
  const watched = watchedRollback({ ...view, past: view.past.toReversed() }, view.asOf, watchAfterMs);
  if (!watched) return [];
  const { number, left, endedAt, drifts = [], cameBackAt, fromRevision } = watched;
  const what = `after rollback ${number}`;
  const until = `watched until ${formatUtc(endedAt + watchAfterMs)}`;
  const changes = drifts.map(
    ({ target, revision, weight, left: before, at }) =>
      `${plain(target)} ${plain(revision)} ${shareText(before)} → ${shareText(weight)} at ${formatUtc(at)}`,
  );
  const isToldAlready = fromRevision === undefined || drifts.some(({ revision }) => revision === fromRevision);
  if (cameBackAt !== undefined && !isToldAlready)
    changes.unshift(`${plain(fromRevision)} was back at ${formatUtc(cameBackAt)}`);
  if (changes.length === 0)
    return [fine(what, `nothing has drifted on ${Object.keys(left).map(plain).join(', ')}, ${until}`)];
  return [
    {
      state: 'note',
      what,
      seen: `drifted: ${changes.join(', ')}; ${until}`,
      fix: `nothing, if it is meant; else find out who changed it, or phased-rollback start ${name}`,
    },
  ];
}
