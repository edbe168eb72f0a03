import type { Cause } from '../alert/alert';
import { firstShare } from '../judge/settings';
import type { Pace } from '../policy/policy';
import type { Units } from './census';
import { wholeShareWithin } from './share';

/** What the suspect did on each target in a short look before planning: how much, and how much of it failed. */
export interface MeasuredTraffic {
  /** Length of the look, in milliseconds. */
  readonly windowMs: number;
  readonly targets: readonly { readonly target: string; readonly requests: number; readonly bad: number }[];
}

/** A first share in percent, and why that much. */
export interface FirstShare {
  readonly share: number;
  readonly because: string;
}

/** Fewer requests than this say nothing about how much of everything fails. */
const TELLING_REQUESTS = 20;
const DROWNING_RATIO = 0.5;
const SHARES = { unknown: 25, largest: 50 };

/**
 * The smallest share that tells soon: evidence costs a number of failures, so a busy service needs less of a share.
 * A suspect that is drowning starts with the most that leaves a control and that the old revision is ready for.
 */
export function firstShareOf(
  target: string,
  traffic: MeasuredTraffic | undefined,
  { readyCapacity, units }: { readonly readyCapacity: number; readonly units: Units | undefined },
): FirstShare {
  if (isDrowning(traffic) && readyCapacity >= 1) {
    const share = wholeShareWithin(Math.min(SHARES.largest, Math.floor(readyCapacity)), units);
    return { share, because: 'the suspect fails half of everything: the largest share there is capacity for' };
  }
  const perSecond = requestsPerSecond(target, traffic);
  if (perSecond === undefined) {
    return { share: SHARES.unknown, because: `a small share; how much traffic ${target} has is not known` };
  }
  const because = `the smallest telling share: ${target} has about ${rate(perSecond)} a second`;
  return { share: firstShare(perSecond), because };
}

/** Asked for wins; then a known vulnerability or a drowning suspect, which leave no time; then the policy. */
export function paceOf(wish: {
  readonly asked: Pace | undefined;
  readonly cause: Cause;
  readonly policy: Pace;
  readonly traffic: MeasuredTraffic | undefined;
}): Pace {
  if (wish.asked) return wish.asked;
  return wish.cause === 'security' || isDrowning(wish.traffic) ? 'express' : wish.policy;
}

/** Each target's part of all their traffic, 0 to 1; equal parts where nothing was measured. */
export function partsOf(names: readonly string[], traffic: MeasuredTraffic | undefined): ReadonlyMap<string, number> {
  const requests = names.map((name) => requestsOf(name, traffic) ?? 0);
  const total = requests.reduce((sum, each) => sum + each, 0);
  const isKnown = total > 0 && requests.every((each) => each > 0);
  return new Map(names.map((name, index) => [name, isKnown ? (requests[index] ?? 0) / total : 1 / names.length]));
}

function isDrowning(traffic: MeasuredTraffic | undefined): boolean {
  const requests = (traffic?.targets ?? []).reduce((sum, each) => sum + each.requests, 0);
  const bad = (traffic?.targets ?? []).reduce((sum, each) => sum + each.bad, 0);
  return requests >= TELLING_REQUESTS && bad >= DROWNING_RATIO * requests;
}

function requestsPerSecond(target: string, traffic: MeasuredTraffic | undefined): number | undefined {
  const requests = requestsOf(target, traffic);
  if (!traffic || !requests || traffic.windowMs <= 0) return undefined;
  return (requests * 1_000) / traffic.windowMs;
}

function requestsOf(target: string, traffic: MeasuredTraffic | undefined): number | undefined {
  return traffic?.targets.find((each) => each.target === target)?.requests;
}

function rate(perSecond: number): string {
  const shown = perSecond < 10 ? perSecond.toFixed(1) : String(Math.round(perSecond));
  return `${shown} ${shown === '1.0' ? 'request' : 'requests'}`;
}
