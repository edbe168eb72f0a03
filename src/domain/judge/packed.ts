/** Sixty-four digits that JSON does not escape. */
export const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** A digit holds five bits of a number, and whether more of it follow. */
const BASE = 32;
const MISSING = '.';

const VALUE_OF = new Map(Array.from(DIGITS, (digit, value) => [digit, value]));

/**
 * Numbers as text, one after the other: short where they are whole, times `scale`, and small; a point for one that is
 * missing. `unpacked` with the same scale gives back just these numbers, whatever they are.
 */
export function packed(values: readonly (number | undefined)[], scale = 1): string {
  let text = '';
  for (const value of values) text += value === undefined ? MISSING : numberText(value, scale);
  return text;
}

function numberText(value: number, scale: number): string {
  const whole = Math.round(value * scale);
  const signed = whole < 0 ? -2 * whole - 1 : 2 * whole;
  if (!Number.isSafeInteger(signed) || whole / scale !== value) return `(${value})`;
  let [text, rest] = ['', signed];
  for (; rest >= BASE; rest = Math.floor(rest / BASE)) text += DIGITS.charAt(BASE + (rest % BASE));
  return text + DIGITS.charAt(rest);
}

/** What `packed` was given. */
export function unpacked(text: string, scale = 1): readonly (number | undefined)[] {
  const values: (number | undefined)[] = [];
  let [signed, place] = [0, 1];
  for (let index = 0; index < text.length; index += 1) {
    const digit = text.charAt(index);
    if (digit === MISSING) values.push(undefined);
    else if (digit === '(') {
      const end = text.indexOf(')', index);
      values.push(Number(text.slice(index + 1, end)));
      index = end;
    } else {
      const value = VALUE_OF.get(digit) ?? 0;
      signed += (value % BASE) * place;
      place *= BASE;
      if (value >= BASE) continue;
      values.push((signed % 2 === 0 ? signed / 2 : -(signed + 1) / 2) / scale);
      [signed, place] = [0, 1];
    }
  }
  return values;
}

/** Takes numbers off the front, in the order in which they were put. */
export interface Taking {
  /** The next one; undefined where it is missing, or nothing is left. */
  readonly maybe: () => number | undefined;
  /** The next one, which is there. */
  readonly one: () => number;
  /** So many. */
  readonly some: (count: number) => readonly number[];
}

/** Goes through numbers once. */
export function taking(values: readonly (number | undefined)[]): Taking {
  let next = 0;
  const maybe = (): number | undefined => values[next++];
  const one = (): number => maybe() ?? 0;
  return { maybe, one, some: (count) => Array.from({ length: count }, one) };
}
