import type { JudgeState } from './state';
import { rate } from './verdict-of';
import { CORRELATION_INTERVALS } from './waves';

/** A revision that fails more of what it gets than this drowns. */
export const DROWNING = 0.5;

const CORRELATION = 0.7;
const ONE_IN_A_THOUSAND = 3.09;
const CORRELATION_ERRORS = 5;

/** Both drown, or both rise and fall together: a small share cannot show help when a shared resource is the cause. */
export function areCoupled({ totals, together }: JudgeState): boolean {
  if (rate(totals.stable) > DROWNING && rate(totals.current) > DROWNING) return true;
  const { n, s, c, ss, cc, sc } = together;
  if (n < CORRELATION_INTERVALS || Math.min(totals.stable.bad, totals.current.bad) < CORRELATION_ERRORS) return false;
  const spread = Math.sqrt((n * ss - s * s) * (n * cc - c * c));
  return spread > 0 && (n * sc - s * c) / spread > Math.max(CORRELATION, correlationByChance(n));
}

/** Fisher's z: independent rates of n intervals correlate more strongly than this once in a thousand times. */
function correlationByChance(n: number): number {
  return Math.tanh(ONE_IN_A_THOUSAND / Math.sqrt(n - 3));
}
