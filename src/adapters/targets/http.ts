import { setTimeout as delay } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import type { TargetReading } from '../../domain/plan/census';
import { RetryableError, TerminalError } from '../../ports';
import type { DeploymentTarget, DryRun, EffectResult, RevisionPair, TargetEffect } from '../../ports';
import { secretField, urlField } from '../fields';
import { exchange, retryAfterMs } from '../http';
import type { HttpAnswer } from '../http';
import type { ResolveSecret } from '../secrets';

/** A hook of the team's own that speaks the target contract of `docs/http-target.md`. */
export const httpTargetSchema = z.strictObject({
  type: z.literal('http'),
  url: urlField.describe('where the contract is spoken'),
  secret: secretField.optional().describe('Standard Webhooks secret that signs every call'),
  granularity: z.enum(['percent', 'units', 'all']).default('percent').describe('finest share it can set'),
  sticky: z.boolean().default(false).describe('true when a moved user stays moved while the share grows'),
  timeoutMs: z.number().int().min(100).max(5000).default(5000).describe('longest single call'),
});

/** Configuration of an `http` target. */
export type HttpTargetConfig = z.infer<typeof httpTargetSchema>;

const revisionSchema = z.object({
  revision: z.string(),
  weight: z.number().min(0).max(100),
  readyCapacity: z.number().min(0),
  readyInstances: z.number().int().min(0),
});
const observedSchema = z.object({ revisions: z.array(revisionSchema), owner: z.string().optional() });
const answerSchema = z.object({
  status: z.enum(['done', 'alreadyInState', 'accepted', 'conflict', 'refused']).optional(),
  detail: z.string().optional(),
  observed: observedSchema.optional(),
  pollAfterSeconds: z.number().min(0).max(60).optional(),
  statusUrl: z.string().optional(),
});
type Answer = z.infer<typeof answerSchema>;

/** Speaks the contract: translates, signs, bounds and polls; decides nothing. */
export class HttpTarget implements DeploymentTarget {
  private readonly name: string;
  private readonly config: HttpTargetConfig;
  private readonly resolveSecret: ResolveSecret;

  constructor(name: string, config: HttpTargetConfig, resolveSecret: ResolveSecret) {
    this.name = name;
    this.config = config;
    this.resolveSecret = resolveSecret;
  }

  capabilities(): ReturnType<DeploymentTarget['capabilities']> {
    return { granularity: this.config.granularity, sticky: this.config.sticky, fenced: true };
  }

  async check(revision: RevisionPair, signal: AbortSignal): Promise<DryRun> {
    const { http, answer } = await this.call('check', { revision }, signal);
    if (http.status === 409 || http.status === 422)
      return { ok: false, detail: answer.detail ?? `answered ${http.status}` };
    return { ok: true, detail: answer.detail ?? `${this.name} answers and can serve ${revision.to}` };
  }

  async observe(signal: AbortSignal): Promise<TargetReading> {
    const { answer } = await this.call('observe', {}, signal);
    if (!answer.observed) throw this.unreadable('observe answered without "observed"');
    return this.reading(answer.observed);
  }

  async prepare(request: Parameters<DeploymentTarget['prepare']>[0], signal: AbortSignal): Promise<EffectResult> {
    return this.effect('prepare', request, { desired: { weight: request.share } }, signal);
  }

  async shift(request: Parameters<DeploymentTarget['shift']>[0], signal: AbortSignal): Promise<EffectResult> {
    return this.effect(
      'shift',
      request,
      { desired: { weight: request.desired }, expected: { weight: request.expected } },
      signal,
    );
  }

  /** A call that may have arrived but was not answered is `unknown`: only reading back can tell. */
  private async effect(
    operation: 'prepare' | 'shift',
    request: TargetEffect,
    weights: object,
    signal: AbortSignal,
  ): Promise<EffectResult> {
    const { epoch, number } = request.fence;
    const body = { rollback: request.rollback, effect: { epoch, number }, revision: request.revision, ...weights };
    const key = `${request.rollback}/${this.name}/${operation}/${number}`;
    try {
      const { http, answer } = await this.settled(await this.call(operation, body, signal, key), signal);
      const observed = answer.observed && this.reading(answer.observed);
      return {
        outcome: outcomeOf(http.status, answer),
        detail: answer.detail ?? `answered ${http.status}`,
        ...(observed ? { observed } : {}),
      };
    } catch (error) {
      if (error instanceof RetryableError && error.code === 'TARGET_UNREACHABLE')
        return { outcome: 'unknown', detail: error.message };
      throw error;
    }
  }

  /** 202 means: under way. It is polled inside the attempt, as long as the caller has time. */
  private async settled(first: Exchange, signal: AbortSignal): Promise<Exchange> {
    let latest = first;
    while (latest.http.status === 202) {
      const { statusUrl, pollAfterSeconds = 1 } = latest.answer;
      if (!statusUrl) return latest;
      try {
        await delay(pollAfterSeconds * 1000, undefined, { signal });
      } catch {
        // Out of time: what was accepted goes on, the caller looks for itself.
        return latest;
      }
      latest = this.read(
        await exchange(this.statusAddress(statusUrl), { signal: this.bound(signal) }, 'TARGET_UNREACHABLE'),
      );
    }
    return latest;
  }

  /** Only the target's own origin is asked: an answer must not send us elsewhere. */
  private statusAddress(statusUrl: string): string {
    const address = new URL(statusUrl, this.config.url);
    if (address.origin !== new URL(this.config.url).origin)
      throw this.unreadable("statusUrl leaves the target's own origin");
    return address.href;
  }

  private async call(operation: string, body: object, signal: AbortSignal, key?: string): Promise<Exchange> {
    const deadline = new Date(Date.now() + this.config.timeoutMs).toISOString();
    const text = JSON.stringify({ operation, target: this.name, ...body, deadline });
    const headers = {
      'content-type': 'application/json',
      ...(key ? { 'idempotency-key': key } : {}),
      ...this.signature(text),
    };
    const init = { method: 'POST', headers, body: text, signal: this.bound(signal) };
    return this.read(await exchange(this.config.url, init, 'TARGET_UNREACHABLE'));
  }

  private bound(signal: AbortSignal): AbortSignal {
    return AbortSignal.any([signal, AbortSignal.timeout(this.config.timeoutMs)]);
  }

  private signature(body: string): Record<string, string> {
    if (this.config.secret === undefined) return {};
    const id = `msg_${crypto.randomUUID()}`;
    const at = new Date();
    const signature = new Webhook(this.resolveSecret(this.config.secret)).sign(id, at, body);
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signature,
    };
  }

  private read(http: HttpAnswer): Exchange {
    const { status } = http;
    if (status === 401 || status === 403)
      throw new TerminalError('TARGET_UNAUTHORIZED', `${this.name} answered ${status}: check its secret`);
    if (status === 429 || status >= 500) {
      throw new RetryableError('TARGET_UNREACHABLE', `${this.name} answered ${status}`, {
        retryAfterMs: retryAfterMs(http.headers),
      });
    }
    if (![200, 202, 409, 422].includes(status))
      throw this.unreadable(`answered ${status}, which the contract does not know`);
    const parsed = answerSchema.safeParse(jsonOf(http.body));
    if (!parsed.success) throw this.unreadable(parsed.error.issues[0]?.message ?? 'not the JSON of the contract');
    return { http, answer: parsed.data };
  }

  private reading(observed: z.infer<typeof observedSchema>): TargetReading {
    return { target: this.name, at: Date.now(), ...observed };
  }

  private unreadable(why: string): TerminalError {
    return new TerminalError('TARGET_ANSWER_UNREADABLE', `${this.name}: ${why}`);
  }
}

interface Exchange {
  readonly http: HttpAnswer;
  readonly answer: Answer;
}

function outcomeOf(status: number, answer: Answer): EffectResult['outcome'] {
  if (status === 409) return 'conflict';
  if (status === 422) return 'refused';
  if (status === 202) return 'alreadyInState';
  return answer.status === 'alreadyInState' ? 'alreadyInState' : 'done';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON fails the schema, which names what was expected.
    return undefined;
  }
}
