import type { Adapters } from '../../adapters';
import type { LoadedConfig } from '../../config';
import type { Census, TargetReading } from '../../domain/plan/census';
import { weightOf } from '../../domain/plan/census';
import type { ServicePolicy, TargetPolicy } from '../../domain/policy/policy';
import { plain } from '../../domain/report';
import { nothingTold } from '../../domain/service/slots';
import type { SlotRecord } from '../../domain/service/slots';
import type { ServiceView } from '../../domain/service/view';
import type { RevisionPair } from '../../ports';
import type { Finding } from '../examination';

/** What the service's own workflow remembers, or why nobody can say. */
export type Memory =
  | { readonly kind: 'known'; readonly view: ServiceView }
  /** Temporal is there, and no worker answers. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'away'; readonly because: string };

/** The two revisions that a rollback would be about now. */
export interface Pair extends RevisionPair {
  /** `otherSeen` where no release is known good: some revision that the targets have besides. */
  readonly chosen: 'lastKnownGood' | 'otherSeen';
}

/** All that was seen of a service at one time. */
export interface Picture {
  readonly name: string;
  readonly policy: ServicePolicy;
  readonly loaded: LoadedConfig;
  readonly adapters: Adapters;
  readonly memory: Memory;
  readonly census: Census;
  /** Why a target could not be read, by its name. */
  readonly unread: Readonly<Record<string, string>>;
  readonly pair?: Pair;
  /** Epoch milliseconds. */
  now(): number;
}

const LOOK_MS = 5_000;

/** Ends a look at one thing. */
export function lookLimit(): AbortSignal {
  return AbortSignal.timeout(LOOK_MS);
}

/** Reads every target of a policy. */
export async function readTargets(
  adapters: Adapters,
  targets: readonly TargetPolicy[],
): Promise<Pick<Picture, 'census' | 'unread'>> {
  const census: Record<string, TargetReading> = {};
  const unread: Record<string, string> = {};
  await Promise.all(
    targets.map(async (target) => {
      try {
        census[target.name] = await adapters.target(target).observe(lookLimit());
      } catch (error) {
        unread[target.name] = textOf(error);
      }
    }),
  );
  return { census, unread };
}

/** From the revision with the most traffic to the last known good; where that serves already, or none is, to another one that is seen. */
export function pairOf(census: Census, lastKnownGood: string | undefined): Pair | undefined {
  const revisions = byTraffic(census);
  const suspect = revisions.find(({ revision, weight }) => revision !== lastKnownGood && weight > 0);
  if (lastKnownGood !== undefined && suspect)
    return { from: suspect.revision, to: lastKnownGood, chosen: 'lastKnownGood' };
  const [from, to] = revisions;
  return from && to && { from: from.revision, to: to.revision, chosen: 'otherSeen' };
}

function byTraffic(census: Census): readonly { readonly revision: string; readonly weight: number }[] {
  const readings = Object.values(census);
  const names = new Set(readings.flatMap(({ revisions }) => revisions.map(({ revision }) => revision)));
  const weighed = [...names].map((revision) => ({
    revision,
    weight: readings.reduce((sum, reading) => sum + weightOf(reading, revision), 0),
  }));
  return weighed.toSorted((one, other) => other.weight - one.weight);
}

/** What the release record says of slots, where the service could be asked. */
export function slotsIn(memory: Memory): SlotRecord | undefined {
  return memory.kind === 'known' ? (memory.view.slots ?? nothingTold(memory.view)) : undefined;
}

/** Adapters whose targets know what the release record says of their slots. */
export function withSlots(adapters: Adapters, slots: SlotRecord | undefined): Adapters {
  return { ...adapters, target: (policy) => adapters.target(policy, slots) };
}

/** The last known good revision, where the service remembers one. */
export function knownGoodOf(memory: Memory): string | undefined {
  return memory.kind === 'known' ? memory.view.lastKnownGood?.revision : undefined;
}

/** What an error says, on one line. */
export function textOf(error: unknown): string {
  return plain(error instanceof Error ? error.message : String(error));
}

/** A finding about nothing that needs mending. */
export function fine(what: string, seen: string): Finding {
  return { state: 'ok', what, seen };
}
