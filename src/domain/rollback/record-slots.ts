import type { SlotEntry, SlotRecord } from '../service/slots';
import { note } from './journal';
import type { RunState } from './state';

/**
 * From now on targets are read by the new record. What looks for long by the old one is looked at afresh; a move that is
 * over in seconds is let be, because whatever comes after it reads again.
 */
export function recordSlots(state: RunState, slots: SlotRecord): RunState {
  const before = state.request.slots?.entries ?? [];
  const news = slots.entries.filter((entry) => !before.some((known) => isSame(known, entry)));
  const told = { ...state, request: { ...state.request, slots }, slotsToldIn: state.movesBegun };
  if (news.length === 0) return told;
  const each = news.map(
    ({ slot, target, revision }) => `slot ${slot}${target ? ` of ${target}` : ''} holds ${revision}`,
  );
  return note(told, { kind: 'slots', text: `the release record says: ${each.join(', ')}` });
}

function isSame(one: SlotEntry, other: SlotEntry): boolean {
  return one.slot === other.slot && one.target === other.target && one.revision === other.revision;
}
