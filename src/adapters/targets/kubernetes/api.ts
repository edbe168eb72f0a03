import type { z } from 'zod';
import { limitedTo, RetryableError, TerminalError } from '../../../ports';
import type { AdapterDependencies } from '../../dependencies';
import { isTransient, retryAfterMs } from '../../http';
import type { HttpAnswer } from '../../http';
import { outsideJson, outsideText } from '../../outside-text';
import { accessTo } from './credentials';
import type { Access } from './credentials';
import { exchangeWith } from './exchange';
import type { Question } from './exchange';
import { statusSchema } from './objects';
import type { ClusterSettings } from './settings';

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'test' | 'add' | 'replace'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string };

/** How a change ended. `stale`: the object is another by now, or admission says no; reading it again tells which. */
export type Patched =
  | { readonly kind: 'done' }
  | { readonly kind: 'stale' | 'refused'; readonly because: string }
  | { readonly kind: 'lost'; readonly because: string };

/** The one object that is meant, so that another one of its name is left alone. */
export interface Known {
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What lets in whom the API server does not know, or does not let do something, which it then names. */
const LET_IN = {
  401: 'give the kubeconfig, or the pod, credentials that are valid now',
  403: 'give it that right, as the Role for this type of target in deploy/kubernetes does',
} as const;

/** A read that nobody answered in time: for an effect it is as unknown as the effect. */
export class NoAnswer extends RetryableError {}

/** The few requests that targets make of an API server. */
export class ClusterApi {
  private readonly name: string;
  private readonly settings: ClusterSettings & { readonly timeoutMs: number };
  private readonly deps: AdapterDependencies;

  constructor(name: string, settings: ClusterSettings & { readonly timeoutMs: number }, deps: AdapterDependencies) {
    this.name = name;
    this.settings = settings;
    this.deps = deps;
  }

  /** Both signals of a call: the caller's and the target's own limit. */
  bound(signal: AbortSignal): AbortSignal {
    return limitedTo(signal, this.settings.timeoutMs);
  }

  /** The address that the settings name, without what may be a secret in it. */
  async server(signal: AbortSignal): Promise<string> {
    const { server } = await this.access(signal);
    const { username, password, search, hash, origin, pathname } = new URL(server);
    return username + password + search + hash === '' ? server : `${origin}${pathname}`;
  }

  /**
   * The object at that path; undefined where there is none. `toWriteBack`: with every text of it as it stands there, of
   * which nothing may be told.
   */
  async get<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    signal: AbortSignal,
    { toWriteBack = false }: { readonly toWriteBack?: boolean } = {},
  ): Promise<z.infer<Schema> | undefined> {
    const { answer, access } = await this.ask({ method: 'GET', path }, signal);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw this.trouble(answer, access);
    const read = schema.safeParse(outsideJson(answer.body, toWriteBack ? [] : access.secrets));
    if (read.success) return read.data;
    const problems = read.error.issues.slice(0, 3).map(({ path: at, message }) => `${at.join('.')}: ${message}`);
    throw this.unreadable(`${path} does not read as what it should be: ${problems.join('; ')}`);
  }

  /** Changes an object, all operations or none; with `dryRun` everything but the change is done. */
  async patch(
    path: string,
    operations: readonly PatchOperation[],
    signal: AbortSignal,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<Patched> {
    const query = `?fieldManager=phased-rollback${dryRun ? '&dryRun=All' : ''}`;
    return this.change({ method: 'PATCH', path: `${path}${query}`, body: JSON.stringify(operations) }, signal);
  }

  /** Deletes an object, if it is still as it is known; one that is gone already is `stale`. */
  async delete(
    path: string,
    preconditions: Known,
    signal: AbortSignal,
    { dryRun = false }: { readonly dryRun?: boolean } = {},
  ): Promise<Patched> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, ...(dryRun ? { dryRun: ['All'] } : {}) };
    return this.change({ method: 'DELETE', path, body: JSON.stringify(body) }, signal);
  }

  private async change(question: Question, signal: AbortSignal): Promise<Patched> {
    const access = await this.access(signal);
    const end = await exchangeWith(access, question, signal);
    switch (end.kind) {
      case 'oversized':
        return { kind: 'lost', because: `the answer is larger than ${end.limitBytes} bytes` };
      case 'failed':
        if (end.mayHaveArrived) return { kind: 'lost', because: end.because };
        throw new RetryableError('TARGET_UNREACHABLE', `${this.name}: ${end.because}`);
      case 'answer':
        return this.changed(question, end.answer, access);
    }
  }

  private changed({ method }: Question, answer: HttpAnswer, access: Access): Patched {
    const { status } = answer;
    if (status === 200) {
      const read = outsideJson(answer.body);
      return read === undefined ? { kind: 'lost', because: 'the answer is unreadable' } : { kind: 'done' };
    }
    const because = said(answer, access) ?? `the API server answered ${status}`;
    if (status === 409 || status === 422 || (status === 404 && method === 'DELETE')) return { kind: 'stale', because };
    // What a webhook denies has any status; what the rules of access deny says nothing of a request denied.
    if ((status === 400 || status === 403) && because.includes('denied the request'))
      return { kind: 'refused', because };
    if (status !== 429 && isTransient(status)) return { kind: 'lost', because };
    throw this.trouble(answer, access);
  }

  private async ask(question: Question, signal: AbortSignal): Promise<{ answer: HttpAnswer; access: Access }> {
    const access = await this.access(signal);
    const end = await exchangeWith(access, question, signal);
    switch (end.kind) {
      case 'answer':
        return { answer: end.answer, access };
      case 'oversized':
        throw this.unreadable(`the answer is larger than ${end.limitBytes} bytes`);
      case 'failed':
        if (signal.aborted && end.mayHaveArrived)
          throw new NoAnswer('TARGET_UNREACHABLE', `${this.name}: ${end.because}`);
        throw new RetryableError('TARGET_UNREACHABLE', `${this.name}: ${end.because}`);
    }
  }

  /** Whatever gives credentials hears no signal; nothing was sent when it is late. */
  private async access(signal: AbortSignal): Promise<Access> {
    const late = new RetryableError('TARGET_UNREACHABLE', `${this.name}: no credentials in time`);
    if (signal.aborted) throw late;
    // A call may look many times within one signal, which must not gather a listener of each.
    const over = new AbortController();
    const ended = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(late), { once: true, signal: over.signal });
    });
    try {
      return await Promise.race([accessTo(this.settings), ended]);
    } catch (error) {
      if (error instanceof TerminalError) throw new TerminalError(error.code, `${this.name}: ${error.message}`);
      throw error;
    } finally {
      over.abort();
    }
  }

  private trouble(answer: HttpAnswer, access: Access): RetryableError | TerminalError {
    const { status, headers } = answer;
    const because = said(answer, access);
    const text = `${this.name}: the API server answered ${status}${because === undefined ? '' : `: ${because}`}`;
    if (isTransient(status))
      return new RetryableError('TARGET_UNREACHABLE', text, { retryAfterMs: retryAfterMs(headers, this.deps.now()) });
    if (status === 401 || status === 403) return new TerminalError('TARGET_UNAUTHORIZED', `${text}: ${LET_IN[status]}`);
    return new TerminalError('TARGET_MISCONFIGURED', text);
  }

  private unreadable(why: string): RetryableError {
    return new RetryableError('TARGET_ANSWER_UNREADABLE', `${this.name}: ${why}`);
  }
}

function said({ body }: HttpAnswer, { secrets }: Access): string | undefined {
  const read = statusSchema.safeParse(outsideJson(body, secrets));
  return read.success ? outsideText(read.data.message) : undefined;
}
