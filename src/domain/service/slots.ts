import { nearest } from '../plan/nearest';
import type { Release, SlotName } from './release';

/** What somebody said that a slot holds. */
export interface SlotEntry extends SlotName {
  readonly revision: string;
  /** From when on; epoch milliseconds. */
  readonly since: number;
}

/** What the release record says of a service's slots; handed to whatever reads its targets. */
export interface SlotRecord {
  /** The service, as `prod/checkout`. */
  readonly service: string;
  /** Oldest first. */
  readonly entries: readonly SlotEntry[];
  /** The newest release of which nobody said in which slot it is: what is older than it may be there no more. */
  readonly unplaced?: { readonly revision: string; readonly from: number };
}

/** What a slot holds, or why nobody knows, with the way out. */
export type InSlot = { readonly revision: string; readonly since: number } | { readonly unknown: string };

/** What of a service's memory the record is made of. */
interface Recorded {
  readonly environment: string;
  readonly service: string;
  readonly slots?: readonly SlotEntry[];
  readonly releases: readonly Release[];
}

/** Slots of which the record is kept; those told longest ago are forgotten first. */
const KEPT_ENTRIES = 500;

/** The record of a service that was told of no slot. */
export function nothingTold(of: { readonly environment: string; readonly service: string }): SlotRecord {
  return { service: `${of.environment}/${of.service}`, entries: [] };
}

/** Adds what was told: of each slot the newest word stands, however late an older one arrives. */
export function tellSlots(known: readonly SlotEntry[], news: readonly SlotEntry[]): readonly SlotEntry[] {
  const all = news.reduce((entries, told) => {
    if (entries.some((entry) => entry.since > told.since && replaces(entry, told))) return entries;
    return [...entries.filter((entry) => !replaces(told, entry)), told];
  }, known);
  return all.toSorted((one, other) => one.since - other.since).slice(-KEPT_ENTRIES);
}

/** What is true from now on, whatever the clocks of others have said before; `now` is epoch milliseconds. */
export function heldFromNow(
  known: readonly SlotEntry[],
  news: readonly Omit<SlotEntry, 'since'>[],
  now: number,
): readonly SlotEntry[] {
  return news.map((told) => {
    const before = known.filter(({ slot }) => slot === told.slot).map(({ since }) => since);
    return { ...told, since: Math.max(now, ...before) };
  });
}

/** What releases say of slots. One that is recorded as it happens holds them from now on, an imported one since it began. */
export function slotsOfReleases(
  known: readonly SlotEntry[],
  releases: readonly Release[],
  now: number,
): readonly SlotEntry[] {
  return releases.flatMap(({ revision, from, source, slots = [] }) => {
    const told = slots.map((slot) => ({ ...slot, revision }));
    return source === 'recorded' ? heldFromNow(known, told, now) : told.map((entry) => ({ ...entry, since: from }));
  });
}

/** Releases that name no slot, with the slots in which their revision was said to be. */
export function placed(releases: readonly Release[], entries: readonly SlotEntry[]): readonly Release[] {
  return releases.map((release) => {
    if (release.slots !== undefined) return release;
    const slots = entries
      .filter(({ revision }) => revision === release.revision)
      .map(({ slot, target }): SlotName => ({ slot, ...(target === undefined ? {} : { target }) }));
    return slots.length === 0 ? release : { ...release, slots };
  });
}

/** The record as it is handed out; undefined where no slot was ever told. */
export function slotRecordOf(state: Recorded): SlotRecord | undefined {
  const { slots: entries = [], releases } = state;
  if (entries.length === 0) return undefined;
  // One that was only seen was read by this very record, or on a target without slots.
  const unplaced = releases.findLast(({ source, slots }) => source !== 'seen' && slots === undefined);
  return {
    ...nothingTold(state),
    entries,
    ...(unplaced ? { unplaced: { revision: unplaced.revision, from: unplaced.from } } : {}),
  };
}

/** Whether the record says the same, so that nobody has to be told anew. */
export function sameSlots(one: Recorded, other: Recorded): boolean {
  return JSON.stringify(slotRecordOf(one)) === JSON.stringify(slotRecordOf(other));
}

/** What a slot of a target holds by the record; an entry that something newer puts in doubt says nothing. */
export function inSlot(record: SlotRecord, target: string, slot: string): InSlot {
  const { entries, unplaced, service } = record;
  const entry = entries.findLast((candidate) => candidate.slot === slot && isOn(candidate, target));
  const wayOut = `say it: phased-rollback slot ${service} ${target}/${slot}=<revision>`;
  if (entry === undefined)
    return {
      unknown: `the release record does not say what slot ${slot} of ${target} holds${known(record, target, slot)}; ${wayOut}`,
    };
  if (unplaced !== undefined && unplaced.from > entry.since) {
    const doubt = `${unplaced.revision} was released since ${entry.revision} came into slot ${slot} of ${target}, and nobody said into which slot`;
    return { unknown: `${doubt}; ${wayOut}` };
  }
  return { revision: entry.revision, since: entry.since };
}

function known({ entries }: SlotRecord, target: string, slot: string): string {
  const others = [...new Set(entries.flatMap((entry) => (isOn(entry, target) ? [entry.slot] : [])))];
  const meant = nearest(slot, others);
  if (meant !== undefined) return `, only of "${meant}"`;
  return others.length === 0 ? '' : `, only of ${others.join(', ')}`;
}

function isOn(entry: SlotName, target: string): boolean {
  return entry.target === undefined || entry.target === target;
}

/** What is said of all targets replaces what was said of one; the other way round both stand, and the newer counts. */
function replaces(told: SlotEntry, before: SlotEntry): boolean {
  const isWithin = told.target === undefined || told.target === before.target;
  return told.slot === before.slot && isWithin && told.since >= before.since;
}
