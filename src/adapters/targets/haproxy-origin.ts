import type { ShiftRequest } from '../../ports';
import { inVariable } from './haproxy-revisions';
import type { ServerState } from './haproxy-state';
import { changesTo, shareOf, SAME_SHARE } from './haproxy-weights';
import type { WeightChange } from './haproxy-weights';

/** How the servers stood before a rollback set the first weight. */
interface Origin {
  /** The rollback's start; another rollback has an origin of its own. */
  readonly epoch: number;
  /** Percent that the revision gone back to was sent. */
  readonly share: number;
  readonly weights: ReadonlyMap<string, number>;
}

/** The variable in which HAProxy keeps it; a restart or a reload forgets it. */
export function originVariable(backend: string): string {
  return `proc.phased_rollback_origin_${inVariable(backend)}`;
}

/** The weights that people had set by hand, where that share is asked for again; undefined where they are not known. */
export function weightsBefore(
  kept: string | undefined,
  { fence, desired }: ShiftRequest,
  servers: readonly ServerState[],
): readonly WeightChange[] | undefined {
  const origin = readOrigin(kept);
  if (origin?.epoch !== fence.epoch || Math.abs(origin.share - desired) > SAME_SHARE) return undefined;
  const wanted = servers.map(({ name }) => ({ server: name, weight: origin.weights.get(name) ?? Number.NaN }));
  // A server that came since had none.
  if (origin.weights.size !== servers.length || wanted.some(({ weight }) => Number.isNaN(weight))) return undefined;
  return changesTo(wanted, servers);
}

/** Commands that make HAProxy keep the weights as they are, before the first change of a rollback; else none. */
export function keepOrigin(
  backend: string,
  kept: string | undefined,
  { fence }: ShiftRequest,
  to: readonly ServerState[],
  all: readonly ServerState[],
): readonly string[] {
  if (readOrigin(kept)?.epoch === fence.epoch) return [];
  const weights = all.map(({ name, weight }) => `${name}=${weight}`);
  const value = [fence.epoch, shareOf(to, all), ...weights].join('/');
  return ['experimental-mode on', `set var ${originVariable(backend)} str(${value})`];
}

function readOrigin(kept: string | undefined): Origin | undefined {
  const [epoch = '', share = '', ...entries] = kept?.split('/') ?? [];
  const weights = entries.map((entry) => /^([\w.:-]+)=(\d+)$/.exec(entry));
  if (!/^\d+$/.test(epoch) || !/^\d+(\.\d+)?$/.test(share) || weights.some((entry) => entry === null)) return undefined;
  const known = weights.map((entry) => [entry?.[1] ?? '', Number(entry?.[2])] as const);
  return { epoch: Number(epoch), share: Number(share), weights: new Map(known) };
}
