import { z } from 'zod';

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a text such as `10s`, `5m`, `1h30m`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  return [...text.matchAll(PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0),
    0,
  );
}

/** A duration in a policy file; read as milliseconds. */
export const durationField = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration; write it like 10s, 5m or 1h30m` });
  return z.NEVER;
});

/** A ratio given as a number from 0 to 1 or as percent, such as `1%`. */
export const ratioField = z.union([z.number(), z.string()]).transform((value, context) => {
  const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value)?.[1] : undefined;
  const ratio = typeof value === 'number' ? value : percent === undefined ? Number.NaN : Number(percent) / 100;
  if (ratio >= 0 && ratio <= 1) return ratio;
  context.addIssue({ code: 'custom', message: `${JSON.stringify(value)} is not a ratio; write 0.01 or 1%` });
  return z.NEVER;
});
