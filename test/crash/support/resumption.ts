import type { Victim } from './lab';
import { toldBy } from './record';
import type { LifeRecord } from './record';

/** One death in a life: where, who, and when it was back. */
export interface Kill {
  readonly point: string;
  readonly victim: Victim;
  readonly late: boolean;
  readonly killedAt: number;
  /** When it could be used again; undefined where it was not seen to come back. */
  readonly backAt?: number;
  readonly activityId: string;
  readonly attempt: number;
}

/** How long it took until a rollback went on after a death, beside what the settings imply. */
export interface Resumption {
  readonly service: string;
  readonly point: string;
  readonly victim: Victim;
  readonly afterMs: number;
  readonly allowedMs: number;
}

/** How late somebody comes back who does not come back at once. */
export const LATE_MS = 5_000;
const HEARTBEAT_MS = 5_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;
const CALL_MS = 5_000;
/** A node process that loads the SDK, connects and polls, on a busy machine. */
const STARTS_MS = 10_000;

/** From its return until the next event of the history. A look that runs on writes none, however well it goes on. */
const GOES_ON_WITHIN_MS: Readonly<Record<Exclude<Victim, 'worker'>, number>> = {
  // Alert sources and people repeat what was not accepted.
  gateway: CALL_MS,
  // Pollers come back, and what had been answered into the void is noticed by its heartbeat.
  temporal: HEARTBEAT_MS + FIRST_RETRY_MS + STARTS_MS,
  metrics: LONGEST_RETRY_MS + CALL_MS,
  target: LONGEST_RETRY_MS + CALL_MS,
};
const LOOKS = ['bake', 'watch', 'awaitCapacity'];

/** What can be told of each death by the history's own times. */
export function resumptions(record: LifeRecord, kills: readonly Kill[]): readonly Resumption[] {
  return kills.flatMap((kill) =>
    kill.victim === 'worker' ? afterWorker(record, kill) : afterOther(record, kill, kills),
  );
}

/** A step that lost its worker begins again. */
function afterWorker(record: LifeRecord, kill: Kill): readonly Resumption[] {
  if (kill.activityId === '') return [];
  // Where somebody else died at a later step of the same activity, the history keeps a later attempt alone.
  const next = toldBy(record.history).find(
    ({ what, activityId, attempt, name }) =>
      what === 'started' &&
      activityId === kill.activityId &&
      kill.point.startsWith(`${name}/`) &&
      attempt === kill.attempt + 1,
  );
  if (!next) return [];
  const noticedMs = HEARTBEAT_MS + FIRST_RETRY_MS * 2 ** (kill.attempt - 1);
  const allowedMs = Math.max(kill.late ? LATE_MS : 0, noticedMs) + STARTS_MS;
  return [resumption(record, kill, next.at - kill.killedAt, allowedMs)];
}

/** After anybody else the rollback itself goes on: its next event, or the word that was on its way to the gateway. */
function afterOther(record: LifeRecord, kill: Kill, kills: readonly Kill[]): readonly Resumption[] {
  const { victim, backAt, point } = kill;
  if (victim === 'worker' || backAt === undefined || LOOKS.some((look) => point.startsWith(`${look}/`))) return [];
  if (victim === 'gateway' && !point.startsWith('message/')) return [];
  const next = toldBy(record.history).find(({ at }) => at > backAt);
  if (!next || kills.some((other) => other !== kill && delays(other, kill, next.at))) return [];
  return [resumption(record, kill, next.at - backAt, GOES_ON_WITHIN_MS[victim])];
}

/** What takes longer while somebody else is dead as well says nothing of this death. */
function delays(other: Kill, kill: Kill, until: number): boolean {
  return other.killedAt < until && (other.backAt ?? Infinity) > kill.killedAt;
}

function resumption({ ref }: LifeRecord, { point, victim }: Kill, afterMs: number, allowedMs: number): Resumption {
  return { service: ref.service, point, victim, afterMs: Math.round(afterMs), allowedMs };
}
