import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { RetryableError, TerminalError } from '../../ports';
import { systemCodeOf } from '../system-code';

/** A change that has begun when time is up is nearly always over by then. */
const GRACE_MS = 250;

/** Works on a target's file; what the file system says against it becomes an error of the port, by its code. */
export async function onFile<T>(says: (what: string) => string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RetryableError || error instanceof TerminalError) throw error;
    const code = systemCodeOf(error) ?? String(error);
    if (['EACCES', 'EPERM', 'EROFS'].includes(code))
      throw new TerminalError('TARGET_UNAUTHORIZED', says(`this worker may not use the file (${code})`), {
        cause: error,
      });
    throw new RetryableError('TARGET_UNREACHABLE', says(`the file cannot be used (${code})`), { cause: error });
  }
}

/** The work's end, or what is said of it where that does not come soon after the signal. */
export async function endedSoonAfter<T>(signal: AbortSignal, work: Promise<T>, late: () => T): Promise<T> {
  const ended = new AbortController();
  const over = once(signal, 'abort', { signal: ended.signal })
    .then(() => pause(GRACE_MS, undefined, { signal: ended.signal }))
    .then(late);
  try {
    return await Promise.race([work, over]);
  } finally {
    ended.abort();
  }
}
