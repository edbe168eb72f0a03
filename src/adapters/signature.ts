import { Webhook } from 'standardwebhooks';

/** Headers that sign a body by Standard Webhooks at `now` (epoch ms); undefined when the secret is not one of it. */
export function signatureHeaders(
  secret: string,
  id: string,
  now: number,
  body: string,
): Readonly<Record<string, string>> | undefined {
  const webhook = webhookOf(secret);
  if (!webhook) return undefined;
  const at = new Date(now);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': webhook.sign(id, at, body),
  };
}

/** The signer and verifier of a `whsec_` secret; undefined when it is not one. */
export function webhookOf(secret: string): Webhook | undefined {
  try {
    return new Webhook(secret);
  } catch {
    // The library's message is about letters of the secret.
    return undefined;
  }
}
