import { z } from 'zod';

const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;
const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;
const UNIT_MS: Readonly<Record<string, number>> = Object.fromEntries(UNITS);

/** Milliseconds of a text such as `10s`, `5m`, `1h30m`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  return [...text.matchAll(PART)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0),
    0,
  );
}

/** Milliseconds as they are written in a policy file: `1h30m`. */
export function formatDuration(ms: number): string {
  const parts: string[] = [];
  let left = ms;
  for (const [unit, size] of UNITS) {
    const count = unit === 'ms' ? left : Math.floor(left / size);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * size;
  }
  return parts.length > 0 ? parts.join('') : '0s';
}

/** A duration in a policy file, of at least `leastMs`; read as milliseconds. */
export function durationField(leastMs = 0): z.ZodType<number, string> {
  return z
    .string({ error: ({ input }) => noDuration(input) })
    .regex(WHOLE, { error: ({ input }) => noDuration(input), abort: true })
    .transform((text, context) => {
      const ms = parseDuration(text) ?? 0;
      if (ms >= leastMs) return ms;
      context.addIssue({ code: 'custom', message: `must be at least ${formatDuration(leastMs)}` });
      return z.NEVER;
    });
}

function noDuration(input: unknown): string {
  return `${JSON.stringify(input)} is not a duration; write it like 10s, 5m or 1h30m`;
}

/** A share of bad events, 0.01 or `1%`; read as a ratio. More than half is taken for the share of good ones. */
export const ratioField = z.union([z.number(), z.string()]).transform((value, context) => {
  const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value)?.[1] : undefined;
  const ratio = typeof value === 'number' ? value : percent === undefined ? Number.NaN : Number(percent) / 100;
  if (ratio >= 0 && ratio <= 0.5) return ratio;
  const wrong = JSON.stringify(value);
  const message =
    ratio > 0.5 && ratio <= 1
      ? `${wrong} is more than half; it is the share of bad events that is still acceptable, such as 0.01 or 1%`
      : `${wrong} is not a share; write 0.01 or 1%`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});
