import { z } from 'zod';
import { RetryableError, TerminalError } from '../../ports';
import type { Notification, Notifier } from '../../ports';
import { secretField, urlField } from '../fields';
import { exchange, isTransient, retryAfterMs, withoutSecrets } from '../http';
import type { AdapterDependencies } from '../dependencies';
import { signatureHeaders } from '../signature';
import { notifierKind } from '../kinds';

/** Posts each notification as a signed Standard Webhooks message. */
export const webhookNotifierSchema = z.strictObject({
  type: z.literal('webhook'),
  url: urlField,
  secret: secretField,
  levels: z.array(z.enum(['info', 'page'])).default(['info', 'page']),
});

/** Configuration of a `webhook` notifier. */
export type WebhookNotifierConfig = z.infer<typeof webhookNotifierSchema>;

/** The notification's id is the message's id, so that a repeat can be told from a new one. */
export class WebhookNotifier implements Notifier {
  private readonly config: WebhookNotifierConfig;
  private readonly deps: AdapterDependencies;

  constructor(config: WebhookNotifierConfig, deps: AdapterDependencies) {
    this.config = config;
    this.deps = deps;
  }

  async notify(notification: Notification, signal: AbortSignal): Promise<void> {
    const { url, secret, levels } = this.config;
    if (!levels.includes(notification.level)) return;
    const timestamp = new Date(notification.at);
    const body = JSON.stringify({
      type: `rollback.${notification.level}`,
      timestamp: timestamp.toISOString(),
      data: notification,
    });
    const signed = signatureHeaders(this.deps.resolveSecret(secret), notification.id, this.deps.now(), body);
    if (!signed) throw new TerminalError('NOTIFIER_REFUSED', `${secret} is no whsec_ secret`);
    const headers = { 'content-type': 'application/json', ...signed };
    const { status, headers: answered } = await exchange(
      url,
      { method: 'POST', headers, body, signal },
      'NOTIFIER_UNREACHABLE',
    );
    if (status >= 200 && status < 300) return;
    const what = `${withoutSecrets(url)} answered ${status}`;
    if (isTransient(status))
      throw new RetryableError('NOTIFIER_UNREACHABLE', what, { retryAfterMs: retryAfterMs(answered, this.deps.now()) });
    throw new TerminalError('NOTIFIER_REFUSED', what);
  }
}

/** To an address, signed. */
export const webhookNotifier = notifierKind(webhookNotifierSchema, (config, deps) => new WebhookNotifier(config, deps));
