import { GIVEN_UP } from './e-process';
import { packed, unpacked } from './packed';

const THOUSANDTHS = 1_000;

/** What bets have come to, as text. */
export function keepLogs(logs: readonly number[]): string {
  return packed(
    logs.map((log) => (log === GIVEN_UP ? undefined : log)),
    THOUSANDTHS,
  );
}

/** The same numbers again. */
export function recallLogs(text: string): readonly number[] {
  return unpacked(text, THOUSANDTHS).map((log) => log ?? GIVEN_UP);
}
