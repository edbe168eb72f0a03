import type { LiveRollback, ServiceState } from './state';

/** What people are told when the live rollback gets stuck or goes on. */
export interface StuckNews {
  readonly level: 'page' | 'info';
  /** Identity of the news among all of this service. */
  readonly subject: string;
  readonly title: string;
  readonly text: string;
}

/** Whether that a live rollback is stuck, or no longer is, would be news; `why` is what keeps it from going on. */
export function isNews(isKnownStuck: boolean, why: string | undefined): boolean {
  return isKnownStuck !== (why !== undefined);
}

/**
 * Notes whether the live rollback can go on by itself: its engine fails its work again and again, for the reason given,
 * or no longer does. Told once when it begins and once when it is over.
 */
export function noteStuck(
  state: ServiceState,
  why: string | undefined,
  now: number,
): { readonly state: ServiceState; readonly news?: StuckNews } {
  const { live } = state;
  if (!live || !isNews(live.stuckSince !== undefined, why)) return { state };
  const name = `rollback/${live.environment}/${live.service}/${live.number}`;
  if (why !== undefined)
    return { state: { ...state, live: { ...live, stuckSince: now } }, news: isStuck(live, name, why, now) };
  const { stuckSince = now, ...rest } = live;
  const news: StuckNews = {
    level: 'info',
    subject: `unstuck/${live.number}/${stuckSince}`,
    title: `${name} goes on`,
    text: `it was stuck for ${Math.round((now - stuckSince) / 1_000)} s; what was said meanwhile is read now`,
  };
  return { state: { ...state, live: rest }, news };
}

function isStuck(live: LiveRollback, name: string, why: string, now: number): StuckNews {
  return {
    level: 'page',
    subject: `stuck/${live.number}/${now}`,
    title: `${name} is STUCK`,
    text: `${why}. Nothing moves until it is mended: traffic stays where it is, alerts and commands are kept and read then. Most often a worker of another version runs: bring back the one that started it, or phased-rollback doctor`,
  };
}
