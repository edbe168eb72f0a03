import { z } from 'zod';
import { isSecretReference } from './secrets';

/** An http or https address. */
export const urlField = z.url({ protocol: /^https?$/, message: 'must be an http or https address' });

/** A secret by reference; a literal in a policy file is refused. */
export const secretField = z
  .string()
  .refine(isSecretReference, {
    message: 'must be a reference, ${env:NAME} or ${file:path}; a secret does not belong in this file',
  });

/** Labels of a series or target. */
export const labelsField = z.record(z.string(), z.string());
