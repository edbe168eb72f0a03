import type { ServerState } from './haproxy-state';

const MOST = 256;
/** Where haproxy.cfg starts every server at 0 nothing says how large they are. */
const USUAL_FULL = 100;
/** Shares that differ by less are the same: HAProxy counts in whole numbers. */
const SAME = 1e-6;

/** Shares that differ by less are one share: each is rounded to hundredths. */
export const SAME_SHARE = 0.05;

/** One server's new weight. */
export interface WeightChange {
  readonly server: string;
  readonly weight: number;
}

/** Percent of what all servers together are sent that these are sent; 0 where nothing is sent at all. */
export function shareOf(servers: readonly ServerState[], all: readonly ServerState[]): number {
  const total = sentTo(all);
  return total === 0 ? 0 : rounded((100 * sentTo(servers)) / total);
}

/** How large servers are beside each other, from what haproxy.cfg gives them; equal where it gives one of them nothing. */
export function sizesOf(servers: readonly ServerState[]): readonly number[] {
  const largest = Math.max(...servers.map((server) => server.initial));
  return servers.map((server) => (areSized(servers) ? server.initial / largest : 1));
}

function areSized(servers: readonly ServerState[]): boolean {
  return servers.every((server) => server.initial > 0);
}

/**
 * The weights with which `to` is sent so many percent and `from` the rest, raised before lowered. Servers that are out
 * get the weight of their kind, so that one which comes back brings nothing of its own.
 */
export function weightsFor(
  to: readonly ServerState[],
  from: readonly ServerState[],
  percent: number,
): readonly WeightChange[] {
  return changesTo(allWeightsFor(to, from, percent), [...to, ...from]);
}

/** What of the wanted weights is not there yet, raised before lowered. */
export function changesTo(wanted: readonly WeightChange[], servers: readonly ServerState[]): readonly WeightChange[] {
  const now = new Map(servers.map((server) => [server.name, server.weight]));
  const rise = ({ server, weight }: WeightChange): number => weight - (now.get(server) ?? 0);
  return wanted.filter((change) => rise(change) !== 0).toSorted((a, b) => Number(rise(a) < 0) - Number(rise(b) < 0));
}

/** The same with those that are there already, for whoever does not know what is; what is let in comes first. */
export function allWeightsFor(
  to: readonly ServerState[],
  from: readonly ServerState[],
  percent: number,
): readonly WeightChange[] {
  const [forTo, forFrom] = scalesFor(to, from, percent);
  return [...weightsAt(to, forTo), ...weightsAt(from, forFrom)];
}

/** `full` is what haproxy.cfg gives a server, which a static algorithm accepts too. */
type Scale = number | 'full';

function scalesFor(to: readonly ServerState[], from: readonly ServerState[], percent: number): readonly [Scale, Scale] {
  if (percent <= 0) return [0, 'full'];
  if (percent >= 100) return ['full', 0];
  // What people would write comes first; of the others the finest.
  const candidates = [percent, ...Array.from({ length: MOST }, (_, index) => MOST - index)].filter(Number.isInteger);
  let best: { readonly scales: readonly [number, number]; readonly miss: number } | undefined;
  for (const forTo of candidates) {
    const exact = (sum(to, forTo) * (100 - percent)) / (percent * size(from));
    const forFrom = Math.min(MOST, Math.max(1, Math.round(exact)));
    const [toSum, fromSum] = [sum(to, forTo), sum(from, forFrom)];
    const miss = Math.abs((100 * toSum) / (toSum + fromSum) - percent);
    if (best === undefined || miss < best.miss - SAME) best = { scales: [forTo, forFrom], miss };
  }
  return best?.scales ?? [0, 'full'];
}

function weightsAt(servers: readonly ServerState[], scale: Scale): readonly WeightChange[] {
  const sizes = sizesOf(servers);
  return servers.map(({ name, initial }, index) => {
    const full = areSized(servers) ? initial : USUAL_FULL;
    return { server: name, weight: scale === 'full' ? full : atScale(scale, sizes[index] ?? 1) };
  });
}

function size(servers: readonly ServerState[]): number {
  const sizes = sizesOf(servers);
  return servers.reduce((total, server, index) => total + (server.isOut ? 0 : (sizes[index] ?? 1)), 0);
}

/** A server with a share is never rounded down to none. */
function atScale(scale: number, size: number): number {
  return scale === 0 ? 0 : Math.max(1, Math.round(scale * size));
}

function sum(servers: readonly ServerState[], scale: number): number {
  const sizes = sizesOf(servers);
  return servers.reduce((total, server, index) => total + (server.isOut ? 0 : atScale(scale, sizes[index] ?? 1)), 0);
}

function sentTo(servers: readonly ServerState[]): number {
  return servers.reduce((total, server) => total + (server.isOut ? 0 : server.weight), 0);
}

function rounded(percent: number): number {
  return Math.round(percent * 100) / 100;
}
