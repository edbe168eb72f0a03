import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { limitedTo, RetryableError, TerminalError } from '../../ports';
import type { DeploymentTarget } from '../../ports';
import { secretField, urlField } from '../fields';
import { attempt, isTransient, retryAfterMs, withoutSecrets } from '../http';
import type { HttpAnswer, HttpEnd } from '../http';
import { signatureHeaders } from '../signature';
import { targetKind } from '../kinds';
import { createAskedTarget } from './asked-target';
import type { Carried } from './asked-target';
import { httpByHand } from './http-script';
import { readAccepted, readConflict, readDone, readRefused } from './target-answer';
import type { AcceptedAnswer } from './target-answer';
import { capabilitySettings } from './target-capabilities';
import type { AdapterDependencies } from '../dependencies';
import { documentOf, idempotencyKeyOf } from './target-request';
import type { TargetRequest } from './target-request';

const MAX_ANSWER_BYTES = 1_048_576;
const SHORTEST_POLL_MS = 100;

/** A target that speaks the HTTP contract of `docs/adding-an-adapter.md`. */
export const httpTargetSchema = z.strictObject({
  type: z.literal('http'),
  url: urlField.describe('where the contract is spoken'),
  secret: secretField.optional().describe('Standard Webhooks secret that signs every call'),
  ...capabilitySettings,
  timeoutMs: z.int().min(100).max(5_000).default(5_000).describe('longest single call, polls included'),
});

type HttpTargetConfig = z.infer<typeof httpTargetSchema>;

/** A target behind an HTTP address. The other side refuses lower fences and other expected weights. */
export function createHttpTarget(name: string, config: HttpTargetConfig, deps: AdapterDependencies): DeploymentTarget {
  const context: CallContext = { ...deps, name };
  const { granularity, sticky } = config;
  return createAskedTarget({
    name,
    capabilities: { granularity, sticky, fenced: true },
    now: () => deps.now(),
    byHand: httpByHand(name, config),
    carry(request, signal) {
      const secret = config.secret === undefined ? undefined : deps.resolveSecret(config.secret);
      const bound = limitedTo(signal, config.timeoutMs);
      return new HttpCall(config, context, request, secret, bound).carry();
    },
  });
}

type CallContext = AdapterDependencies & { readonly name: string };

/** One request with the polls that follow it, all within one bound. */
class HttpCall {
  private readonly config: HttpTargetConfig;
  private readonly context: CallContext;
  private readonly request: TargetRequest;
  private readonly secret: string | undefined;
  private readonly bound: AbortSignal;

  constructor(
    config: HttpTargetConfig,
    context: CallContext,
    request: TargetRequest,
    secret: string | undefined,
    bound: AbortSignal,
  ) {
    this.config = config;
    this.context = context;
    this.request = request;
    this.secret = secret;
    this.bound = bound;
  }

  async carry(): Promise<Carried> {
    const first = this.read(await this.post());
    return first.kind === 'accepted' ? this.poll(first) : first;
  }

  /** Asks for the end of accepted work until the bound. What fails here is only a look, never the work. */
  private async poll(accepted: AcceptedAnswer): Promise<Carried> {
    let next = accepted;
    for (;;) {
      const url = new URL(next.statusUrl ?? '', this.config.url);
      // Elsewhere is not where the policy said that requests may go.
      if (next.statusUrl === undefined || url.origin !== new URL(this.config.url).origin)
        return { kind: 'unreadable', because: 'statusUrl: must be on the server of the target' };
      if (!(await waited(Math.max(next.pollAfterMs, SHORTEST_POLL_MS), this.bound)))
        return { kind: 'onItsWay', because: 'accepted, and not done in the time there was' };
      const look = this.look(await this.get(url.href));
      if (look === 'again') continue;
      if (look.kind !== 'accepted') return look;
      next = look;
    }
  }

  private post(): Promise<HttpEnd> {
    const { request, context, config } = this;
    const key = idempotencyKeyOf(request);
    const body = documentOf(request, context.now() + config.timeoutMs);
    const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': key }) };
    const signed = this.signed(key === undefined ? randomUUID() : messageIdOf(key), body);
    return this.send('POST', config.url, { ...headers, ...signed }, body);
  }

  private get(url: string): Promise<HttpEnd> {
    return this.send('GET', url, this.signed(randomUUID(), ''));
  }

  private send(
    method: 'GET' | 'POST',
    url: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
  ): Promise<HttpEnd> {
    return attempt(url, { method, headers, body, signal: this.bound }, MAX_ANSWER_BYTES);
  }

  private signed(id: string, body: string): Readonly<Record<string, string>> {
    if (this.secret === undefined) return {};
    const headers = signatureHeaders(this.secret, id, this.context.now(), body);
    if (headers) return headers;
    throw new TerminalError('TARGET_MISCONFIGURED', `${this.context.name}: ${this.config.secret} is no whsec_ secret`);
  }

  private read(end: HttpEnd): Carried | AcceptedAnswer {
    switch (end.kind) {
      case 'answer':
        return this.readAnswer(end.answer);
      case 'oversized':
        return { kind: 'unreadable', because: `it is longer than ${end.limitBytes} bytes (HTTP ${end.status})` };
      case 'failed':
        if (end.mayHaveArrived) return { kind: 'lost', because: end.because };
        throw new RetryableError('TARGET_UNREACHABLE', this.says(end.because));
    }
  }

  private readAnswer(answer: HttpAnswer): Carried | AcceptedAnswer {
    const secrets = this.secret === undefined ? [] : [this.secret];
    if (answer.status === 200) return readDone(answer.body, secrets);
    if (answer.status === 202) return readAccepted(answer.body);
    if (answer.status === 409) return readConflict(answer.body, secrets);
    if (answer.status === 422) return readRefused(answer.body, secrets);
    throw this.errorOf(answer);
  }

  private errorOf({ status, headers }: HttpAnswer): Error {
    if (status === 401 || status === 403)
      return new TerminalError('TARGET_UNAUTHORIZED', this.says(`it does not accept our signature (HTTP ${status})`));
    if (isTransient(status)) {
      const after = retryAfterMs(headers, this.context.now());
      return new RetryableError('TARGET_UNREACHABLE', this.says(`HTTP ${status}`), { retryAfterMs: after });
    }
    const redirect = status >= 300 && status < 400 ? ', and redirects are not followed' : '';
    return new TerminalError('TARGET_MISCONFIGURED', this.says(`HTTP ${status}${redirect}`));
  }

  /** The answer to a poll; a look that failed for now is worth another one. */
  private look(end: HttpEnd): Carried | AcceptedAnswer | 'again' {
    if (end.kind !== 'answer') return end.kind === 'failed' ? 'again' : this.read(end);
    const { status } = end.answer;
    if (isTransient(status)) return 'again';
    if ([200, 202, 409, 422].includes(status)) return this.readAnswer(end.answer);
    return { kind: 'lost', because: `accepted, but then HTTP ${status} when asked how it ended` };
  }

  private says(what: string): string {
    return `${this.context.name} at ${withoutSecrets(this.config.url)}: ${what}`;
  }
}

/** The key may hold dots, which separate the parts of what is signed. */
function messageIdOf(key: string): string {
  return `msg_${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

/** False when the bound came first. */
async function waited(ms: number, bound: AbortSignal): Promise<boolean> {
  try {
    await pause(ms, undefined, { signal: bound });
    return true;
  } catch {
    return false;
  }
}

/** Behind an address that speaks our contract. */
export const httpTarget = targetKind(httpTargetSchema, (config, deps, { name }) =>
  createHttpTarget(name, config, deps),
);
