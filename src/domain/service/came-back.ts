import { readyIn, weightOf } from '../plan/census';
import type { Census } from '../plan/census';
import { formatDuration } from '../report/time';
import { quarantineOf } from './gate';
import { ROUNDING_PERCENT, onlyOthersFailed } from './only-failed';
import type { PastRollback, ServiceState } from './state';
import { WATCHED_AFTER_MS } from './watched';

/** A revision that was taken back and serves again, though nobody took it out of quarantine. */
export interface CameBack {
  readonly number: number;
  readonly revision: string;
  readonly title: string;
  readonly text: string;
}

/**
 * Whether a look shows more of what the last rollback took back than the look before it. The first look after an end, which
 * comes right after it, is what is compared with. That instances beside it have failed is no return. Told once per
 * rollback; `now` in epoch milliseconds.
 */
export function cameBack(
  state: ServiceState,
  census: Census,
  now: number,
  watchedMs: number = WATCHED_AFTER_MS,
): CameBack | undefined {
  const past = state.past.at(-1);
  const revision = past?.fromRevision;
  if (!past || revision === undefined || past.end !== 'succeeded' || past.cameBackAt !== undefined) return undefined;
  if (state.live || now - past.endedAt > watchedMs || !quarantineOf(state, revision)) return undefined;
  const more = Object.values(census).filter((reading) => {
    const before = state.census[reading.target];
    if (!before || weightOf(reading, revision) <= weightOf(before, revision) + ROUNDING_PERCENT) return false;
    return !onlyOthersFailed(revision, readyIn(before), reading);
  });
  if (more.length === 0) return undefined;
  const name = `${state.environment}/${state.service}`;
  const where = more.map((reading) => {
    const owner = reading.owner === undefined ? '' : `, which ${reading.owner} manages`;
    return `${reading.target} serves ${weightOf(reading, revision)} % on it${owner}`;
  });
  const text = [
    `${where.join('; ')}, ${formatDuration(now - past.endedAt)} after rollback ${past.number} took it back.`,
    keptOut(name, revision),
  ].join(' ');
  return { number: past.number, revision, title: `${revision} is back on ${name}`, text };
}

/** What to do about a revision that serves and must not. */
export function keptOut(name: string, revision: string): string {
  return `Nothing moves by itself: find out who deployed it. phased-rollback start ${name} takes it back again; if it is meant, unquarantine ${revision} with a reason.`;
}

/** The rollback knows that what it took back came back. */
export function withCameBack(state: ServiceState, { number }: CameBack, at: number): ServiceState {
  const marked = (past: PastRollback): PastRollback => (past.number === number ? { ...past, cameBackAt: at } : past);
  return { ...state, past: state.past.map(marked) };
}
