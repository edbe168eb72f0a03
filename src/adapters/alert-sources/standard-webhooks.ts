import { WebhookVerificationError } from 'standardwebhooks';
import { z } from 'zod';
import { TerminalError } from '../../ports';
import type { AlertSource, Authenticity, ParsedDelivery, RawDelivery } from '../../ports';
import { secretField } from '../fields';
import type { ResolveSecret } from '../secrets';
import { webhookOf } from '../signature';
import { alertSourceKind } from '../kinds';
import { parseJson, unreadable } from './problems';

/** Our own signed form, for anything that can post JSON (the Standard Webhooks scheme). */
export const standardWebhooksSchema = z.strictObject({
  type: z.literal('standard-webhooks'),
  secrets: z.array(secretField).min(1).describe('any of them may have signed; several while one is being rotated'),
});

/** Configuration of the `standard-webhooks` source. */
export type StandardWebhooksConfig = z.infer<typeof standardWebhooksSchema>;

const bodySchema = z.looseObject({
  type: z.literal('rollback.alert'),
  timestamp: z.iso.datetime({ offset: true }),
  data: z.looseObject({
    title: z.string().min(1),
    service: z.string().min(1),
    environment: z.string().optional(),
    severity: z.enum(['critical', 'warning', 'info']).default('critical'),
    cause: z.enum(['errors', 'latency', 'saturation', 'security', 'feedback', 'other']).default('errors'),
    status: z.enum(['firing', 'resolved']).default('firing'),
    summary: z.string().optional(),
    fingerprint: z.string().optional(),
    startsAt: z.iso.datetime({ offset: true }).optional(),
    revision: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
});

/** Verifies the signature over the exact bytes, with a tolerance of five minutes, then reads the alert. */
export class StandardWebhooks implements AlertSource {
  private readonly config: StandardWebhooksConfig;
  private readonly resolveSecret: ResolveSecret;

  constructor(config: StandardWebhooksConfig, resolveSecret: ResolveSecret) {
    this.config = config;
    this.resolveSecret = resolveSecret;
  }

  verify(delivery: RawDelivery): Authenticity {
    const headers = Object.fromEntries(Object.entries(delivery.headers).map(([name, value]) => [name, value ?? '']));
    const body = Buffer.from(delivery.body).toString('utf8');
    let because = 'the signature is missing';
    for (const secret of this.config.secrets) {
      const failure = this.verifyWith(secret, body, headers);
      if (failure === undefined) return { ok: true, verified: true };
      because = failure;
    }
    return { ok: false, because };
  }

  private verifyWith(secret: string, body: string, headers: Record<string, string>): string | undefined {
    const webhook = webhookOf(this.resolveSecret(secret));
    if (!webhook) throw new TerminalError('POLICY_INVALID', `${secret} is no whsec_ secret`);
    try {
      webhook.verify(body, headers, { jsonParse: false });
      return undefined;
    } catch (error) {
      if (error instanceof WebhookVerificationError) return error.message;
      throw error;
    }
  }

  parse(delivery: RawDelivery): ParsedDelivery {
    const json = parseJson(delivery.body, this.config.secrets.map(this.resolveSecret));
    if (!json.ok) return json.parsed;
    const body = bodySchema.safeParse(json.value);
    if (!body.success) return unreadable(body.error);
    const { data, timestamp } = body.data;
    const sentAt = Date.parse(timestamp);
    const { service, environment, labels, startsAt, fingerprint, ...rest } = data;
    const alert = {
      fingerprint: fingerprint ?? `${service}/${data.title}`,
      status: rest.status,
      severity: rest.severity,
      cause: rest.cause,
      title: rest.title,
      summary: rest.summary,
      revision: rest.revision,
      labels: { ...labels, service, ...(environment === undefined ? {} : { environment }) },
      startsAt: startsAt === undefined ? sentAt : Date.parse(startsAt),
      sentAt,
    };
    return { ok: true, alerts: [alert] };
  }
}

/** Our own format, signed by Standard Webhooks. */
export const standardWebhooks = alertSourceKind(
  standardWebhooksSchema,
  (config, deps) => new StandardWebhooks(config, deps.resolveSecret),
);
