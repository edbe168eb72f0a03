import { Webhook } from 'standardwebhooks';

/** Secret of the tests' targets. */
export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** What a request says apart from the constant part. */
export interface Asked {
  readonly operation: 'check' | 'observe' | 'prepare' | 'shift';
  readonly number?: number;
  readonly epoch?: number;
  readonly desired?: number;
  readonly expected?: number;
  readonly rollback?: string;
  readonly target?: string;
  readonly from?: string;
  readonly to?: string;
  /** In place of the regular Idempotency-Key; null for none. */
  readonly key?: string | null;
  /** In place of a good signature; null for none. */
  readonly signature?: string | null;
  readonly deadline?: string;
  readonly timeoutMs?: number;
}

/** A status and a parsed body. */
export interface Reply {
  readonly status: number;
  readonly body: {
    readonly status?: string;
    readonly detail?: string;
    readonly statusUrl?: string;
    readonly pollAfterSeconds?: number;
    readonly observed?: { readonly revisions: readonly Record<string, unknown>[] };
  };
}

/** Speaks the target contract to `url` as the rollback's adapter does. */
export async function ask(url: string, asked: Asked): Promise<Reply> {
  const { operation, number = 1, epoch = 1000, target = 'eu', rollback = 'rollback/prod/checkout/1' } = asked;
  const changes = operation === 'prepare' || operation === 'shift';
  const body = JSON.stringify({
    operation,
    rollback,
    target,
    revision: operation === 'observe' ? undefined : { from: asked.from ?? 'v42', to: asked.to ?? 'v41' },
    effect: changes ? { epoch, number } : undefined,
    desired: changes ? { weight: asked.desired } : undefined,
    expected: operation === 'shift' ? { weight: asked.expected } : undefined,
    deadline: asked.deadline ?? new Date(Date.now() + 5000).toISOString(),
  });
  const sentAt = new Date();
  const id = `msg_${operation}_${number}`;
  const signature = asked.signature === undefined ? new Webhook(SECRET).sign(id, sentAt, body) : asked.signature;
  const key = asked.key === undefined ? `${rollback}/${target}/${operation}/${number}` : asked.key;
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    ...(signature !== null && { 'webhook-signature': signature }),
    ...(changes && key !== null && { 'idempotency-key': key }),
  };
  const signal = AbortSignal.timeout(asked.timeoutMs ?? 5000);
  return replyOf(await fetch(url, { method: 'POST', headers, body, signal }));
}

/** Polls a status address once. */
export async function poll(statusUrl: string): Promise<Reply> {
  return replyOf(await fetch(statusUrl));
}

/** The old revision's weight in a reply. */
export function weightIn(reply: Reply): unknown {
  return reply.body.observed?.revisions.find((entry) => entry.revision === 'v41')?.weight;
}

async function replyOf(response: Response): Promise<Reply> {
  // What the contract promises is what the tests assert on.
  return { status: response.status, body: (await response.json()) as Reply['body'] };
}
