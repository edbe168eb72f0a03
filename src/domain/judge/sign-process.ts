import { carriedInto, grown } from './e-process';
import type { Stake } from './e-process';

/** Shares of the stake that are bet on the next sign. */
const BETS = [0.25, 0.5, 0.75, 0.95];

/** A sign test that has seen nothing. `carried`: shares of its bets that the phase before came to. */
export function openSigns(carried?: readonly number[]): Stake {
  const logWeights = carriedInto(BETS.length, undefined, carried)?.map((weight) => Math.log(weight));
  return { logs: BETS.map(() => 0), ...(logWeights === undefined ? {} : { logWeights }) };
}

/**
 * Adds one look at a number that has no denominator. `exceeds`: the share of targets, 0 to 1, on which stable is above
 * what is allowed. `against`: whether the test speaks against `P(exceeds | past) <= 1/2` (harm) or `>= 1/2` (no harm).
 * The factor 1 + l(2x - 1) has a mean of at most 1 under that statement, whatever the values are distributed like; its
 * mean over targets at one look keeps that though targets depend on each other. About 8 looks that all agree reach 1/.02.
 */
export function stepSigns(stake: Stake, exceeds: number, against: 'no-harm' | 'harm'): Stake {
  const sign = (2 * exceeds - 1) * (against === 'no-harm' ? 1 : -1);
  return { ...stake, logs: stake.logs.map((log, index) => grown(log, Math.log(1 + (BETS[index] ?? 0) * sign))) };
}
