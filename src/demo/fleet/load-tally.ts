import type { LoadCounts, LoadSecond, LoadStats } from './types';

/** One finished request. */
export interface Answered {
  readonly user: string;
  readonly target: string;
  /** The revision that answered; `none` when nobody did. */
  readonly revision: string;
  readonly outcome: keyof LoadCounts;
  /** On the load generator's monotonic clock, milliseconds. */
  readonly sentAt: number;
  readonly answeredAt: number;
}

type Tally = { ok: number; failed: number; slow: number };

const nothing = (): Tally => ({ ok: 0, failed: 0, slow: 0 });

/** Adds up what users meet, in all and for the second at hand. */
export class LoadTally {
  private readonly oldRevision: string;
  private readonly total = nothing();
  private readonly byRevision: Record<string, Tally> = {};
  private readonly hurt = new Set<string>();
  /** When each user's first answer from the old revision came. */
  private readonly onOldSince = new Map<string, number>();
  private second: Record<string, Record<string, Tally>> = {};
  private sent = 0;
  private movedBack = 0;

  constructor(oldRevision: string) {
    this.oldRevision = oldRevision;
  }

  /** Counts a request that goes out. */
  send(): void {
    this.sent += 1;
  }

  /** Counts a finished request. */
  answer(answered: Answered): void {
    const { user, target, revision, outcome } = answered;
    this.total[outcome] += 1;
    (this.byRevision[revision] ??= nothing())[outcome] += 1;
    ((this.second[target] ??= {})[revision] ??= nothing())[outcome] += 1;
    if (outcome !== 'ok') this.hurt.add(user);
    if (revision !== 'none') this.follow(answered);
  }

  /** What users met since the start. */
  stats(): LoadStats {
    const { sent, movedBack } = this;
    return { sent, ...this.total, byRevision: this.byRevision, movedBack, usersHurt: this.hurt.size };
  }

  /** What was met since the last call. */
  takeSecond(at: number): LoadSecond {
    const targets = this.second;
    this.second = {};
    return { at, targets };
  }

  /** Only a request sent after the old revision had answered its user proves a way back: answers overtake each other. */
  private follow({ user, revision, sentAt, answeredAt }: Answered): void {
    const since = this.onOldSince.get(user);
    if (revision === this.oldRevision) {
      if (since === undefined) this.onOldSince.set(user, answeredAt);
    } else if (since !== undefined && sentAt >= since) {
      this.onOldSince.delete(user);
      this.movedBack += 1;
    }
  }
}
