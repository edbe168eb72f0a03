import type { z } from 'zod';
import type { ParsedDelivery } from '../../ports';
import { outsideJson } from '../outside-text';

/** Turns a body that does not fit into every problem with its place, as JSON pointers. */
export function unreadable(error: z.ZodError): ParsedDelivery {
  const problems = error.issues.map((issue) => ({
    pointer: issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    detail: issue.message,
  }));
  return { ok: false, problems };
}

/** Parses bytes as JSON, without the given secrets; a body that is none is one problem at the root. */
export function parseJson(
  body: Uint8Array,
  secrets: readonly string[],
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly parsed: ParsedDelivery } {
  const value = outsideJson(Buffer.from(body).toString('utf8'), secrets);
  if (value !== undefined) return { ok: true, value };
  return { ok: false, parsed: { ok: false, problems: [{ pointer: '', detail: 'not JSON' }] } };
}
