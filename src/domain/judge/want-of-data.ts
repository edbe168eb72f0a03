import type { VerdictReason } from './verdict';

const WANT_OF_DATA: ReadonlySet<VerdictReason> = new Set(['NO_DATA', 'DATA_POOR', 'NO_TRAFFIC', 'SPLIT_MISMATCH']);

const SILENT: ReadonlySet<VerdictReason> = new Set(['NO_DATA', 'NO_TRAFFIC']);

/** True where nothing is shown any more, or nothing moves: nobody can watch that, so a soak is held for it. */
export function isSilence(reason: VerdictReason): boolean {
  return SILENT.has(reason);
}

/** True for a hold that only lacks data: they may come back by themselves, and then it need not be asked any more. */
export function isForWantOfData(reason: VerdictReason): boolean {
  return WANT_OF_DATA.has(reason);
}
