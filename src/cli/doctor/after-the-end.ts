import { formatUtc, plain, shareText } from '../../domain/report';
import type { Trouble } from '../../domain/service/trouble';
import type { ServiceView } from '../../domain/service/view';
import { WATCHED_AFTER_MS, watchedRollbacks } from '../../domain/service/watched';
import type { Watched } from '../../domain/service/watched';
import type { Finding } from '../examination';
import { fine } from './picture';
import type { Picture } from './picture';

/** Whether the targets of the last rollback are still watched, until when, and what is no longer as it left it. */
export function afterTheEnd({ name, policy }: Picture, view: ServiceView): readonly Finding[] {
  const { watchAfterMs = WATCHED_AFTER_MS } = policy.timing;
  const watched = watchedRollbacks({ ...view, past: view.past.toReversed() }, view.asOf, watchAfterMs);
  return watched.map((each): Finding => {
    const what = `after rollback ${each.number}`;
    const until = `watched until ${formatUtc(each.endedAt + watchAfterMs)}`;
    const changes = changesOf(each);
    if (changes.length === 0)
      return fine(what, `nothing has drifted on ${Object.keys(each.left).map(plain).join(', ')}, ${until}`);
    return {
      state: 'note',
      what,
      seen: `drifted: ${changes.join(', ')}; ${until}`,
      fix: `nothing, if it is meant; else find out who changed it, or phased-rollback start ${name}`,
    };
  });
}

function changesOf({ drifts = [], troubles = [], cameBackAt, fromRevision }: Watched): readonly string[] {
  const shares = drifts.map(
    ({ target, revision, weight, left: before, at }) =>
      `${plain(target)} ${plain(revision)} ${shareText(before)} → ${shareText(weight)} at ${formatUtc(at)}`,
  );
  const isToldAlready = fromRevision === undefined || drifts.some(({ revision }) => revision === fromRevision);
  const back =
    cameBackAt === undefined || isToldAlready ? [] : [`${plain(fromRevision)} was back at ${formatUtc(cameBackAt)}`];
  return [...back, ...shares, ...troubles.map((trouble) => `${troubleText(trouble)} at ${formatUtc(trouble.at)}`)];
}

function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case 'unread':
      return `${plain(trouble.target)} could not be read`;
    case 'short':
      return `${plain(trouble.target)} ${plain(trouble.revision)} was ready for ${shareText(trouble.capacity)} of ${shareText(trouble.weight)}`;
  }
}
