import { setTimeout as delay } from 'node:timers/promises';
import { isGrpcServiceError, QueryNotRegisteredError, ServiceError } from '@temporalio/client';
import { ClientError } from '../../../src/client';

// What takes seconds takes minutes on a machine that others keep busy; nothing is waited for once it is there.
jest.setTimeout(240_000);

/** How long something is waited for. */
export const LONGEST_MS = 90_000;
const POLL_MS = 25;
const GRPC = { deadlineExceeded: 4, failedPrecondition: 9 } as const;

/** So a run does that has more to take in, and the server before a run's first task or when its own time is up. */
function isRefusedForNow(error: unknown): boolean {
  if (error instanceof QueryNotRegisteredError) return error.message.includes('ask again in a moment');
  // Whatever it was may be asked or said again, as every caller of the client does.
  if (error instanceof ClientError) return error.code === 'TEMPORAL_UNAVAILABLE';
  const cause = error instanceof ServiceError ? error.cause : undefined;
  return isGrpcServiceError(cause) && Object.values<number>(GRPC).includes(cause.code);
}

function notYet(error: unknown): undefined {
  if (isRefusedForNow(error)) return undefined;
  throw error;
}

/** Polls until there is an answer; the condition, not the time, ends it. `instead`: what there was in its place. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  longestMs = LONGEST_MS,
  instead: () => string = () => '',
): Promise<T> {
  const deadline = Date.now() + longestMs;
  for (;;) {
    const answer = await ask().catch(notYet);
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`never happened: ${what} ${instead()}`);
    await delay(POLL_MS);
  }
}

/** The answer to a question to a run, whatever it is; asked again for as long as it is refused for the moment. */
export async function answerTo<T>(question: () => Promise<T>): Promise<T> {
  const { answer } = await until('an answer', async () => ({ answer: await question() }));
  return answer;
}
