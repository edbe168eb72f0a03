import type { JudgeState } from './state';
import { addCounts } from './increments';
import { failsMore } from './fails-more';
import { helpMargin } from './settings';
import { rate } from './rate';
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

/**
 * At half both bear the same load, so that what they share hides the difference there too. Where together they fail
 * clearly less than current did before, "going back does not help" would be the wrong name; it is people who tell.
 */
export function hasEased({ settings, before, totals }: JudgeState): boolean {
  if (!settings.widened || !before || before.requests === 0) return false;
  const now = addCounts([totals.stable, totals.current]);
  return rate(now) <= helpMargin(settings.margins) * rate(before) && failsMore(before, now);
}

/** Fisher's z: independent rates of n intervals correlate more strongly than this once in a thousand times. */
function correlationByChance(n: number): number {
  return Math.tanh(ONE_IN_A_THOUSAND / Math.sqrt(n - 3));
}
