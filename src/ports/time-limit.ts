/** What a signal of several depends on, for as long as somebody holds it. */
const sources = new WeakMap<AbortSignal, readonly AbortSignal[]>();

/**
 * A signal that is aborted with another one, or after so many milliseconds. `AbortSignal.any` alone may never be aborted
 * by time: it holds its sources weakly, and a time-out that nobody else holds is collected with its timer
 * (https://github.com/nodejs/node/issues/57736).
 */
export function limitedTo(signal: AbortSignal, limitMs: number): AbortSignal {
  const limit = AbortSignal.timeout(limitMs);
  const either = AbortSignal.any([signal, limit]);
  sources.set(either, [signal, limit]);
  return either;
}
