import { objection } from '../../../domain/plan/objection';
import { RetryableError } from '../../../ports';
import type { EffectResult } from '../../../ports';
import { NoAnswer } from './api';

/** How one try at an effect ended; `again` where somebody else was quicker. */
export type Tried = EffectResult | 'again';

const USUAL_TRIES = 4;

/**
 * Reads, decides and patches until nobody comes in between. A read without an answer, or with one that cannot be read,
 * leaves the effect as unknown as if it had been sent: an earlier attempt may have made it.
 */
export async function makeEffect(
  signal: AbortSignal,
  attempt: () => Promise<Tried>,
  most: number = USUAL_TRIES,
): Promise<EffectResult> {
  if (signal.aborted) throw new RetryableError('TARGET_UNREACHABLE', 'no time was left to ask');
  try {
    for (let tries = 0; tries < most; tries += 1) {
      const tried = await attempt();
      if (tried !== 'again') return tried;
    }
  } catch (error) {
    if (error instanceof NoAnswer) return { outcome: 'unknown', detail: error.message };
    if (error instanceof RetryableError && error.code === 'TARGET_ANSWER_UNREADABLE')
      return { outcome: 'unknown', detail: error.message };
    throw error;
  }
  return { outcome: 'conflict', ...objection('CHANGED_BY_OTHERS', 'somebody else changes it all the time') };
}
