import type { Alert } from './alert';

/** A repeat of the same news within this is the same news: the recorded one stands for it. */
export const SAME_NEWS_MS = 1_000;

/** The newest thing that was said of an alert at one gateway. */
export interface LastTold {
  /** What was said, as `newsOf` has it or a digest of that. */
  readonly news: string;
  /** When it was safe in a history, in epoch milliseconds; absent while it is on its way there. */
  readonly recordedAt?: number;
}

/** Everything that an alert says, without when this delivery of it was sent and received. */
export function newsOf(alert: Alert): string {
  const { receivedAt: _receivedAt, sentAt: _sentAt, ...news } = alert;
  return JSON.stringify(news);
}

/**
 * Whether the same has just been recorded, or is being recorded, so that its fate is the answer; anything else must
 * be recorded. Only the newest counts: what was said before a resolve is news again after it.
 */
export function isSameNews(last: LastTold | undefined, news: string, now: number): boolean {
  if (last?.news !== news) return false;
  if (last.recordedAt === undefined) return true;
  const ageMs = now - last.recordedAt;
  return ageMs >= 0 && ageMs < SAME_NEWS_MS;
}

/** How many of the waiting messages go into the next call: at least one, then as many as fit. */
export function batchLength(
  sizes: readonly number[],
  limits: { readonly messages: number; readonly bytes: number },
): number {
  let bytes = 0;
  const tooMany = sizes.findIndex((size, index) => {
    bytes += size;
    return index > 0 && (index >= limits.messages || bytes > limits.bytes);
  });
  return tooMany < 0 ? sizes.length : tooMany;
}
