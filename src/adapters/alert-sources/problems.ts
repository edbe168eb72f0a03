import type { z } from 'zod';
import type { ParsedDelivery } from '../../ports';

/** Turns a body that does not fit into every problem with its place, as JSON pointers. */
export function unreadable(error: z.ZodError): ParsedDelivery {
  const problems = error.issues.map((issue) => ({
    pointer: issue.path.map((part) => `/${String(part)}`).join(''),
    detail: issue.message,
  }));
  return { ok: false, problems };
}

/** Parses bytes as JSON; a body that is none is one problem at the root. */
export function parseJson(
  body: Uint8Array,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly parsed: ParsedDelivery } {
  try {
    return { ok: true, value: JSON.parse(Buffer.from(body).toString('utf8')) };
  } catch (error) {
    const detail = `not JSON: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, parsed: { ok: false, problems: [{ pointer: '', detail }] } };
  }
}
