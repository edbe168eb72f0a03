const LONGEST = 500;
/** Less of a secret's end tells nothing, and is too often the beginning of something else. */
const LEAST_REST = 4;

/** Text that somebody else wrote, made fit for our messages: one line, capped, and without the given secrets. */
export function outsideText(text: string, secrets: readonly string[] = []): string {
  const clean = withoutSecrets(text, secrets)
    // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}

/** A document that somebody else wrote as JSON, without the given secrets; undefined for what is not JSON. */
export function outsideJson(text: string, secrets: readonly string[] = []): unknown {
  try {
    return JSON.parse(text, (_key, value: unknown) =>
      typeof value === 'string' ? withoutSecrets(value, secrets) : value,
    );
  } catch {
    return undefined;
  }
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, secret.replace(/^whsec_/, '')]).filter((form) => form !== '');
  return forms.reduce((told, form) => withoutRest(told.replaceAll(form, '***'), form), text);
}

/** Only the end of a long output is kept, so that the rest of a secret may stand first. */
function withoutRest(text: string, secret: string): string {
  for (let cut = 1; cut <= secret.length - LEAST_REST; cut += 1)
    if (text.startsWith(secret.slice(cut))) return `***${text.slice(secret.length - cut)}`;
  return text;
}
