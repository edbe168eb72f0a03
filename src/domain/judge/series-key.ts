import { DIGITS } from './packed';

/** So many digits of six bits; of fifty series of a cohort two are taken for one once in fifty million phases. */
export const KEY_LENGTH = 6;

/**
 * A short name for a series, always the same, so that what is remembered of it does not depend on how long its own is:
 * two mixed sums of its characters, 18 bits of each.
 */
export function seriesKey(series: string): string {
  let [one, other] = [0xdeadbeef, 0x41c6ce57];
  for (let index = 0; index < series.length; index += 1) {
    const code = series.charCodeAt(index);
    one = Math.imul(one ^ code, 0x9e3779b1);
    other = Math.imul(other ^ code, 0x5f356495);
  }
  return digitsOf(mixed(one ^ (other >>> 15))) + digitsOf(mixed(other ^ (one >>> 13)));
}

function mixed(value: number): number {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}

function digitsOf(value: number): string {
  return DIGITS.charAt(value & 63) + DIGITS.charAt((value >>> 6) & 63) + DIGITS.charAt((value >>> 12) & 63);
}

/** Under which a cohort's series on a target is remembered. */
export function memoryKey(target: string, cohort: 'stable' | 'current', series: string): string {
  return `${target}/${cohort}/${series}`;
}
