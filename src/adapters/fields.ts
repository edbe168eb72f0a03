import { z } from 'zod';
import { isSecretReference } from './secrets';

/** An http or https address without a user and password in it. */
export const urlField = z
  .url({ protocol: /^https?$/, message: 'must be an http or https address' })
  // They would end up in logs and in messages of the HTTP client.
  .refine((url) => !URL.canParse(url) || new URL(url).username + new URL(url).password === '', {
    message: 'must not hold a user or password',
  });

/** A secret by reference; a literal in a policy file is refused. */
export const secretField = z.string().refine(isSecretReference, {
  message: 'must be a reference, ${env:NAME} or ${file:path}; a secret does not belong in this file',
});

/** Labels of a series or target. */
export const labelsField = z.record(z.string(), z.string());
