import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswer } from './api';

const LOOK_AGAIN_AFTER_MS = 100;

/** Looks until nothing is open any more; says what still is when the time is over. */
export async function untilNothingIsOpen(
  signal: AbortSignal,
  look: () => Promise<string | undefined>,
): Promise<string | undefined> {
  let open: string | undefined;
  for (;;) {
    try {
      open = await look();
      if (open === undefined) return undefined;
      await pause(LOOK_AGAIN_AFTER_MS, undefined, { signal });
    } catch (error) {
      // Over in the middle of a look: what the one before saw is what there is to say.
      if (open !== undefined && (signal.aborted || error instanceof NoAnswer)) return open;
      throw error;
    }
  }
}
