import type { z } from 'zod';
import type { ParsedDelivery } from '../../ports';

/** Turns a body that does not fit into every problem with its place, as JSON pointers. */
export function unreadable(error: z.ZodError): ParsedDelivery {
  const problems = error.issues.map((issue) => ({
    pointer: issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
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
  } catch {
    // The parser's message quotes the body.
    const detail = 'not JSON';
    return { ok: false, parsed: { ok: false, problems: [{ pointer: '', detail }] } };
  }
}
