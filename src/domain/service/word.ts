import { withQuarantine, quarantineOf } from './gate';
import type { ServiceMode } from './mode';
import type { ServiceOutcome, ServiceRefusalCode } from './outcome';
import type { Release } from './release';
import { recordReleases, withSlots } from './releases';
import { heldFromNow } from './slots';
import type { SlotEntry } from './slots';
import type { NowWord, StartWord } from './start';
import { activeFreeze } from './state';
import type { ServiceState } from './state';

/** What changes the service's memory alone and starts nothing. */
export type MemoryWord = {
  readonly id: string;
  readonly by: string;
  readonly at: number;
  readonly reason?: string;
} & (
  | { readonly kind: 'release'; readonly releases: readonly Release[] }
  /** What slots hold from now on, also before it serves. */
  | { readonly kind: 'slots'; readonly slots: readonly Omit<SlotEntry, 'since'>[] }
  | { readonly kind: 'freeze'; readonly until: number }
  | { readonly kind: 'thaw' }
  | { readonly kind: 'mode'; readonly mode: ServiceMode; readonly until?: number }
  | { readonly kind: 'quarantine'; readonly revision: string }
  | { readonly kind: 'unquarantine'; readonly revision: string }
);

/** Everything that a service can be told. */
export type ServiceWord = StartWord | NowWord | MemoryWord;

/** The memory after a word, and its answer. */
export interface Heard {
  readonly state: ServiceState;
  readonly outcome: ServiceOutcome;
}

/** Applies a word to the memory, or refuses it and leaves the memory as it was. `now` is epoch milliseconds. */
export function hear(state: ServiceState, word: MemoryWord, now: number): Heard {
  switch (word.kind) {
    case 'release':
      return hearReleases(state, word, now);
    case 'slots':
      return hearSlots(state, word, now);
    case 'freeze':
      return hearFreeze(state, word, now);
    case 'thaw':
      if (!activeFreeze(state, now)) return refuse(state, word, now, 'NOT_FROZEN', 'nothing is frozen');
      return apply({ ...state, freeze: undefined }, word, now, 'thawed');
    case 'mode':
      return hearMode(state, word, now);
    case 'quarantine': {
      const entry = { revision: word.revision, because: word.reason ?? 'no reason given', by: word.by, at: now };
      return apply(withQuarantine(state, entry), word, now, `${word.revision} is quarantined`);
    }
    case 'unquarantine':
      return hearUnquarantine(state, word, now);
  }
}

type WordOf<Kind extends MemoryWord['kind']> = Extract<MemoryWord, { kind: Kind }>;

function hearReleases(state: ServiceState, word: WordOf<'release'>, now: number): Heard {
  if (word.releases.length === 0) return refuse(state, word, now, 'NOTHING_TO_RECORD', 'it names no release');
  const names = word.releases.map((release) => release.revision).join(', ');
  return apply(recordReleases(state, word.releases, now), word, now, `recorded ${names}`);
}

function hearSlots(state: ServiceState, word: WordOf<'slots'>, now: number): Heard {
  if (word.slots.length === 0) return refuse(state, word, now, 'NOTHING_TO_RECORD', 'it names no slot');
  const each = word.slots.map(
    ({ slot, target, revision }) => `${slot}${target ? ` of ${target}` : ''} holds ${revision}`,
  );
  return apply(withSlots(state, heldFromNow(state.slots ?? [], word.slots, now)), word, now, each.join(', '));
}

function hearFreeze(state: ServiceState, word: WordOf<'freeze'>, now: number): Heard {
  if (word.until <= now) return refuse(state, word, now, 'TIME_IS_PAST', 'the end of the freeze is past');
  const freeze = { until: word.until, by: word.by, ...(word.reason ? { reason: word.reason } : {}) };
  return apply({ ...state, freeze }, word, now, 'frozen: nothing is deployed and no alert starts a rollback');
}

function hearMode(state: ServiceState, word: WordOf<'mode'>, now: number): Heard {
  const { mode, until, by, reason } = word;
  if (until !== undefined && until <= now)
    return refuse(state, word, now, 'TIME_IS_PAST', 'the end of the mode is past');
  const override = { mode, by, ...(until === undefined ? {} : { until }), ...(reason ? { reason } : {}) };
  return apply({ ...state, mode: override }, word, now, `mode is ${mode}`);
}

function hearUnquarantine(state: ServiceState, word: WordOf<'unquarantine'>, now: number): Heard {
  const { revision } = word;
  if (!quarantineOf(state, revision)) {
    return refuse(state, word, now, 'NOT_QUARANTINED', `${revision} is not quarantined`);
  }
  const quarantined = state.quarantined.filter((entry) => entry.revision !== revision);
  return apply({ ...state, quarantined }, word, now, `${revision} may serve again`);
}

function apply(state: ServiceState, word: MemoryWord, at: number, what: string): Heard {
  const text = `${what}, by ${word.by}${word.reason ? `: ${word.reason}` : ''}`;
  return { state, outcome: { id: word.id, kind: word.kind, at, result: 'applied', text } };
}

function refuse(state: ServiceState, word: MemoryWord, at: number, code: ServiceRefusalCode, text: string): Heard {
  return { state, outcome: { id: word.id, kind: word.kind, at, result: 'refused', code, text } };
}
