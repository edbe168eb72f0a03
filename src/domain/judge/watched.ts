import type { JudgeState } from './state';

/** Intervals after which the next look is late: nobody looked. */
const LONGEST_PAUSE = 3;

/**
 * Now, on a clock that stands still while nobody looks: an outage of those who look is no silence of what they look at.
 * A time that is kept of it is compared with it alone.
 */
export function watchedAt({ lastAt, unwatchedMs = 0 }: Pick<JudgeState, 'lastAt' | 'unwatchedMs'>): number {
  return lastAt - unwatchedMs;
}

/** Milliseconds in which nobody looked, up to a look at `at`; undefined where there were none. */
export function unwatchedUntil(at: number, { lastAt, unwatchedMs = 0, settings }: JudgeState): number | undefined {
  const unwatched = unwatchedMs + Math.max(0, at - lastAt - LONGEST_PAUSE * settings.intervalMs);
  return unwatched > 0 ? unwatched : undefined;
}
