import { shareText } from '../plan/share';
import { formatDuration } from '../report/time';
import type { DriftNews } from './drift-news';
import { ROUNDING_PERCENT } from './only-failed';
import type { PastRollback, ServiceState } from './state';
import { isSameTrouble } from './trouble';
import type { Trouble, TroubleWatch } from './trouble';
import { watchedRollbacks } from './watched';
import type { Watched } from './watched';

/** A target of a past rollback that has been in trouble for some looks, and what people are told of it. */
export interface Troubled {
  readonly number: number;
  readonly trouble: Trouble;
  readonly news: DriftNews;
}

/**
 * What is to be noticed beside the shares of what past rollbacks left; nothing of which people know already. That less is
 * ready than serves is news only where enough was at the end. `now` in epoch milliseconds.
 */
export function troubleWatches(state: ServiceState, now: number, watchedMs?: number): readonly TroubleWatch[] {
  return watchedRollbacks(state, now, watchedMs).flatMap((watched) =>
    Object.keys(watched.left).flatMap((target): readonly TroubleWatch[] => {
      const unread = !isTold(watched, { kind: 'unread', target });
      const listens = !isTold(watched, { kind: 'short', target }) && wasReady(watched, target);
      const { toRevision: revision } = watched;
      return unread || listens ? [{ target, unread, ...(listens ? { revision } : {}) }] : [];
    }),
  );
}

/** Which of these are news: each once per target of a rollback that is still watched. `now` in epoch milliseconds. */
export function troublesAfter(
  state: ServiceState,
  troubles: readonly Trouble[],
  now: number,
  watchedMs?: number,
): readonly Troubled[] {
  return watchedRollbacks(state, now, watchedMs).flatMap((watched) =>
    troubles
      .filter((trouble) => trouble.target in watched.left && !isTold(watched, trouble))
      .map((trouble) => ({ number: watched.number, trouble, news: newsOf(state, watched, trouble, now) })),
  );
}

/** The rollback knows what people were told; `at` is epoch milliseconds. */
export function withTrouble(state: ServiceState, { number, trouble }: Troubled, at: number): ServiceState {
  const marked = (past: PastRollback): PastRollback =>
    past.number === number ? { ...past, troubles: [...(past.troubles ?? []), { ...trouble, at }] } : past;
  return { ...state, past: state.past.map(marked) };
}

function isTold({ troubles = [] }: Watched, trouble: Pick<Trouble, 'kind' | 'target'>): boolean {
  return troubles.some((known) => isSameTrouble(known, trouble));
}

function wasReady({ ready, toRevision }: Watched, target: string): boolean {
  const then = ready?.[target]?.[toRevision];
  return then !== undefined && then.readyCapacity >= then.weight - ROUNDING_PERCENT;
}

function newsOf(state: ServiceState, watched: Watched, trouble: Trouble, now: number): DriftNews {
  const name = `${state.environment}/${state.service}`;
  const since = `${formatDuration(now - watched.endedAt)} after rollback ${watched.number} ended`;
  const subject = `${trouble.kind}/${watched.number}/${trouble.target}`;
  const { target } = trouble;
  switch (trouble.kind) {
    case 'unread':
      return {
        level: 'info',
        subject,
        title: `${target} of ${name} cannot be read`,
        text: `${since}: ${target} could not be read at several looks in a row: ${trouble.detail}. Whether it still serves what was left there is not known until it can be; phased-rollback doctor ${name} asks it now.`,
      };
    case 'short': {
      const { revision, weight, capacity } = trouble;
      return {
        level: 'info',
        subject,
        title: `${revision} has too little ready on ${target} of ${name}`,
        text: `${since}: ${target} serves ${shareText(weight)} on ${revision}, of which ${shareText(capacity)} is ready; at the end enough was. If nobody meant it, find out who or what scaled it down, or why its instances fail; nothing is scaled by itself.`,
      };
    }
  }
}
