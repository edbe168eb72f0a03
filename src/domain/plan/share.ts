import type { Units } from './census';

/** Readings are rounded, many of them to whole percents: a share this near to a whole number of units is that many. */
const NEAR_WHOLE = { percent: 0.5, units: 0.1 };
/** What a unit may be overdrawn by, in units, before it takes one more. */
const ROUNDING = 0.01;
/** A share of whole units is rounded down at this many parts of a percent, so that nobody's rounding up asks for one more. */
const PARTS = 10_000;

/** A weight, which is in percent already, to one decimal. */
export function weightText(weight: number): string {
  return String(Number(weight.toFixed(1)));
}

/** A share of a target as people read it: `25 %`; where it is moved in whole units `2 of 8 instances (25 %)`. */
export function shareText(weight: number, units?: Units): string {
  const percent = `${weightText(weight)} %`;
  if (!units) return percent;
  const moved = (weight * units.total) / 100;
  const whole = Math.round(moved);
  const off = Math.abs(moved - whole);
  const isWhole = off <= NEAR_WHOLE.units && (off / units.total) * 100 <= NEAR_WHOLE.percent;
  return isWhole
    ? `${whole} of ${units.total} ${units.name} (${percent})`
    : `${percent} of ${units.total} ${units.name}`;
}

/**
 * The least share of whole units that is no less than the one that is wanted; of several units one is left wherever less
 * than all is wanted, because what is left is the control.
 */
export function wholeShare(weight: number, units: Units | undefined): number {
  if (!units || weight <= 0 || weight >= 100) return weight;
  const least = Math.ceil((weight * units.total) / 100 - ROUNDING);
  return shareOf(Math.min(Math.max(1, least), Math.max(1, units.total - 1)), units);
}

/** The most whole units that are no more than a share, but one at least. */
export function wholeShareWithin(weight: number, units: Units | undefined): number {
  if (!units) return weight;
  return shareOf(Math.max(1, Math.floor((weight * units.total) / 100 + ROUNDING)), units);
}

function shareOf(moved: number, { total }: Units): number {
  return Math.floor((moved / total) * 100 * PARTS) / PARTS;
}
