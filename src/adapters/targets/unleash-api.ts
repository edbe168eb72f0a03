import { RetryableError, TerminalError } from '../../ports';
import { attempt, isTransient, retryAfterMs } from '../http';
import type { HttpAnswer } from '../http';
import { outsideJson, outsideText } from '../outside-text';

const MAX_ANSWER_BYTES = 1_048_576;

/** How a question to Unleash ended that was not certainly in vain. */
export type Asked =
  | { readonly kind: 'answered'; readonly document: unknown }
  | { readonly kind: 'lost' | 'unreadable'; readonly because: string };

/** How a change ended: `unclear` is an answer that does not tell whether it was made. */
export type Changed =
  | Asked
  | { readonly kind: 'refused'; readonly detail: string }
  | { readonly kind: 'unclear'; readonly because: string; readonly later: boolean };

/** The admin API of Unleash for one flag in one environment. */
export interface UnleashApi {
  /** Throws where nothing was learned and why is known. */
  read(signal: AbortSignal): Promise<Asked>;
  /** Where a strategy is read and changed. */
  addressOf(strategyId: string): string;
  /** Changes a strategy by a JSON patch. Throws where nothing was changed. */
  change(strategyId: string, patch: readonly object[], signal: AbortSignal): Promise<Changed>;
}

/** Where the flag is, and what errors call it. */
export interface UnleashPlace {
  readonly name: string;
  readonly url: string;
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
}

/** The API under that address; the token is asked for at every use. */
export function createUnleashApi(place: UnleashPlace, token: () => string, now: () => number): UnleashApi {
  const { project, flag, environment } = place;
  const [p, f, e] = [project, flag, environment].map(encodeURIComponent);
  const path = `${place.url.replace(/\/+$/, '')}/api/admin/projects/${p}/features/${f}/environments/${e}`;

  async function send(url: string, init: RequestInit, signal: AbortSignal): Promise<Sent> {
    const authorization = token();
    const headers = { authorization, 'content-type': 'application/json' };
    const end = await attempt(url, { ...init, headers, signal }, MAX_ANSWER_BYTES);
    switch (end.kind) {
      case 'answer':
        return { kind: 'answer', answer: end.answer, told: toldBy(end.answer, authorization) };
      case 'oversized':
        return { kind: 'unreadable', because: `the answer is longer than ${end.limitBytes} bytes` };
      case 'failed':
        if (end.mayHaveArrived) return { kind: 'lost', because: end.because };
        throw new RetryableError('TARGET_UNREACHABLE', says(end.because));
    }
  }

  function says(what: string): string {
    return `${place.name}: flag ${flag} in ${environment} of Unleash: ${what}`;
  }

  function throwIfHopeless({ status }: HttpAnswer, told: string): void {
    if (status === 401) throw new TerminalError('TARGET_UNAUTHORIZED', says(`the token is not accepted: ${told}`));
    if (status >= 300 && status < 400)
      throw new TerminalError('TARGET_MISCONFIGURED', says(`HTTP ${status} leads elsewhere: set the url it leads to`));
  }

  function addressOf(strategyId: string): string {
    return `${path}/strategies/${encodeURIComponent(strategyId)}`;
  }

  return {
    addressOf,
    async read(signal) {
      const sent = await send(path, { method: 'GET' }, signal);
      if (sent.kind !== 'answer') return sent;
      const { answer, told } = sent;
      throwIfHopeless(answer, told);
      if (answer.status === 200) return documentOf(answer);
      if (answer.status === 403)
        throw new TerminalError('TARGET_UNAUTHORIZED', says(`the token may not read it: ${told}`));
      const what = `HTTP ${answer.status}: ${told}`;
      if (!isTransient(answer.status)) throw new TerminalError('TARGET_MISCONFIGURED', says(what));
      const options = { retryAfterMs: retryAfterMs(answer.headers, now()) };
      throw new RetryableError('TARGET_UNREACHABLE', says(what), options);
    },
    async change(strategyId, patch, signal) {
      const sent = await send(addressOf(strategyId), { method: 'PATCH', body: JSON.stringify(patch) }, signal);
      if (sent.kind !== 'answer') return sent;
      const { answer, told } = sent;
      throwIfHopeless(answer, told);
      if (answer.status === 200) return documentOf(answer);
      // Change requests, or a token that may only read.
      if (answer.status === 403) return { kind: 'refused', detail: told };
      return { kind: 'unclear', because: `HTTP ${answer.status}: ${told}`, later: isTransient(answer.status) };
    },
  };
}

type Sent =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer; readonly told: string }
  | { readonly kind: 'lost' | 'unreadable'; readonly because: string };

function documentOf({ body }: HttpAnswer): Asked {
  const document = outsideJson(body);
  return document === undefined
    ? { kind: 'unreadable', because: 'the answer is no JSON' }
    : { kind: 'answered', document };
}

/** Unleash's own words, without the token. */
function toldBy({ body }: HttpAnswer, token: string): string {
  const document = outsideJson(body, [token]);
  const isObject = typeof document === 'object' && document !== null;
  const message = isObject && 'message' in document ? document.message : undefined;
  return typeof message === 'string' && message !== '' ? outsideText(message) : 'it does not say why';
}
