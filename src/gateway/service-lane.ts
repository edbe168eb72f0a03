import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { AlertMessage } from '../contracts/messages';
import { alertIdentity } from '../domain/alert/alert';
import { SAME_NEWS_MS, batchLength, isSameNews, newsOf } from '../domain/alert/coalesce';
import type { LastTold } from '../domain/alert/coalesce';
import type { AlertTally } from './tally';

/** One call carries what a payload of Temporal holds without a warning. */
const BATCH = { messages: 100, bytes: 256 * 1024 };

/**
 * Between the beginnings of two calls of a lane. Temporal refuses to end a run while a signal lies unread, so a service
 * that is told something without a pause could never continue as new, and its history would grow to its end.
 */
export const CALL_PACE_MS = 100;

/** An alert on its way into a history; whoever says the same meanwhile shares its fate. */
interface Told extends LastTold {
  readonly message: AlertMessage;
  readonly bytes: number;
  readonly done: Promise<void>;
  recordedAt?: number;
  settle(error?: unknown): void;
}

/** What a lane needs of its gateway. */
export interface LaneOptions {
  /** Resolves when all of them are durable. */
  readonly send: (messages: readonly AlertMessage[]) => Promise<void>;
  readonly tally: AlertTally;
  readonly now: () => number;
}

/** The alerts of one service: one call to Temporal at a time, and what arrives meanwhile goes together into the next. */
export class ServiceLane {
  private readonly newest = new Map<string, Told>();
  private queue: Told[] = [];
  private calling = false;
  private lastCall = -Infinity;
  private readonly options: LaneOptions;
  /** Deliveries that wait for an answer. */
  waiting = 0;

  constructor(options: LaneOptions) {
    this.options = options;
  }

  /** Resolves when every one of a delivery's alerts is durable; rejects when one of them is not. */
  async deliver(messages: readonly AlertMessage[]): Promise<void> {
    this.waiting += 1;
    try {
      await Promise.all(messages.map((message) => this.tell(message)));
    } finally {
      this.waiting -= 1;
    }
  }

  /** True when nothing is remembered or under way, so that the lane may be forgotten. */
  get isIdle(): boolean {
    this.forgetOld();
    return !this.calling && this.waiting === 0 && this.newest.size === 0;
  }

  private tell(message: AlertMessage): Promise<void> {
    const { tally, now } = this.options;
    const identity = alertIdentity(message.alert);
    const text = newsOf(message.alert);
    const news = createHash('sha256').update(text).digest('base64');
    const last = this.newest.get(identity);
    if (last && isSameNews(last, news, now())) {
      tally.coalesced += 1;
      return last.done;
    }
    tally.recorded += 1;
    const told = toldOf(message, news, Buffer.byteLength(text));
    this.newest.set(identity, told);
    this.queue.push(told);
    if (!this.calling) void this.callUntilEmpty();
    return told.done;
  }

  private async callUntilEmpty(): Promise<void> {
    this.calling = true;
    // The rest of the same delivery, told in this turn, belongs into the same call.
    await Promise.resolve();
    while (this.queue.length > 0) {
      await this.pause();
      const sizes = this.queue.map((told) => told.bytes);
      const batch = this.queue.splice(0, batchLength(sizes, BATCH));
      this.options.tally.calls += 1;
      await this.options.send(batch.map((told) => told.message)).then(
        () => this.recorded(batch),
        // Who waits behind a call that failed would only wait for the next one to fail.
        (error: unknown) => this.failed([...batch, ...this.queue.splice(0)], error),
      );
    }
    this.calling = false;
  }

  private async pause(): Promise<void> {
    const left = this.lastCall + CALL_PACE_MS - performance.now();
    if (left > 0) await delay(left);
    this.lastCall = performance.now();
  }

  private recorded(batch: readonly Told[]): void {
    const at = this.options.now();
    for (const told of batch) {
      told.recordedAt = at;
      told.settle();
    }
    this.forgetOld();
  }

  private failed(lost: readonly Told[], error: unknown): void {
    for (const told of lost) {
      const identity = alertIdentity(told.message.alert);
      if (this.newest.get(identity) === told) this.newest.delete(identity);
      told.settle(error);
    }
  }

  private forgetOld(): void {
    const now = this.options.now();
    for (const [identity, { recordedAt }] of this.newest) {
      if (recordedAt !== undefined && now - recordedAt >= SAME_NEWS_MS) this.newest.delete(identity);
    }
  }
}

function toldOf(message: AlertMessage, news: string, bytes: number): Told {
  let settle: Told['settle'] = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error));
  });
  // Everybody who shares it hears of a failure; one that nobody waits for any more is no crash.
  done.catch(() => undefined);
  return { message, news, bytes, done, settle };
}
