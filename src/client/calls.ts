import { ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { ClientError } from './errors';

/** Runs one call to Temporal within a limit; a server that cannot be reached is `TEMPORAL_UNAVAILABLE`. */
export async function within<T>(client: Client, limitMs: number, call: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + limitMs, call);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new ClientError('NOT_FOUND', error.message, { cause: error });
    if (error instanceof ServiceError) {
      const why = error.cause instanceof Error ? error.cause.message : error.message;
      throw new ClientError('TEMPORAL_UNAVAILABLE', `Temporal did not take it: ${why}`, { cause: error });
    }
    throw error;
  }
}

/** True for the error of something that is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'NOT_FOUND';
}

/** Looks often at first, then less; undefined when the time is up. */
export async function readBack<T>(limitMs: number, look: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = Date.now() + limitMs;
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 250)) {
    const seen = await look();
    if (seen !== undefined || Date.now() + pauseMs > deadline) return seen;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
