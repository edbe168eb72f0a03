const LONGEST = 500;

/** Text that somebody else wrote, made fit for our messages: one line, capped, and without the given secrets. */
export function outsideText(text: string, secrets: readonly string[] = []): string {
  const clean = withoutSecrets(text, secrets)
    // oxlint-disable-next-line no-control-regex -- control characters are what is taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .trim();
  return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}…` : clean;
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => [secret, secret.replace(/^whsec_/, '')]).filter((form) => form !== '');
  return forms.reduce((told, form) => told.replaceAll(form, '***'), text);
}
