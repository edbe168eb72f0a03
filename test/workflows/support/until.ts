import { setTimeout as delay } from 'node:timers/promises';
import { QueryNotRegisteredError } from '@temporalio/client';

const LONGEST_MS = 15_000;
const POLL_MS = 25;

/** A run that has more to take in refuses a question for the moment. */
function notYet(error: unknown): undefined {
  if (error instanceof QueryNotRegisteredError && error.message.includes('ask again in a moment')) return undefined;
  throw error;
}

/** Polls until there is an answer; the condition, not the time, ends it. */
export async function until<T>(what: string, ask: () => Promise<T | undefined>, longestMs = LONGEST_MS): Promise<T> {
  const deadline = Date.now() + longestMs;
  for (;;) {
    const answer = await ask().catch(notYet);
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await delay(POLL_MS);
  }
}
