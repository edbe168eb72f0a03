import { ServiceError, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { TimeoutFailure } from '@temporalio/common';
import type { Preview } from '../contracts/preview';
import { TemporalSetupError } from '../temporal';
import { ClientError } from './errors';

/** Runs one call to Temporal within a limit; a server that cannot be reached is `TEMPORAL_UNAVAILABLE`. */
export async function within<T>(client: Client, limitMs: number, call: () => Promise<T>): Promise<T> {
  try {
    return await client.withDeadline(Date.now() + limitMs, call);
  } catch (error) {
    throw inOurWords(error);
  }
}

/** What a call to Temporal failed with, as a `ClientError` where it is one of those. */
function inOurWords(error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError) return new ClientError('NOT_FOUND', error.message, { cause: error });
  if (error instanceof ServiceError) {
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    return new ClientError('TEMPORAL_UNAVAILABLE', `Temporal did not take it: ${why}`, { cause: error });
  }
  if (error instanceof TemporalSetupError) return new ClientError('PAYLOADS_SEALED', error.message, { cause: error });
  return error;
}

/** True for the error of something that is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ClientError && error.code === 'NOT_FOUND';
}

/** True for the error of something that is kept, and cannot be opened here. */
export function isSealed(error: unknown): error is ClientError {
  return error instanceof ClientError && error.code === 'PAYLOADS_SEALED';
}

/** A preview's answer, or one clear error: what stopped it, or that nobody was there to make it. */
export async function previewResult(answer: Promise<Preview>): Promise<Preview> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw inOurWords(error);
    if (error.cause instanceof TimeoutFailure) {
      throw new ClientError('NO_ANSWER', 'no plan came in time: no worker is alive, or it is too busy', {
        cause: error,
      });
    }
    throw new ClientError('PREVIEW_FAILED', rootOf(error).message, { cause: error });
  }
}

function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
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
