import type { RevisionReading, TargetReading } from '../../domain/plan/census';
import { RetryableError, TerminalError } from '../../ports';
import type { HaproxyConfig } from './haproxy-config';
import type { Revisions } from './haproxy-revisions';
import type { InstanceState, ServerState } from './haproxy-state';
import { shareOf, sizesOf } from './haproxy-weights';

/** One of the HAProxys of a target, with what its servers run. */
export interface Part {
  readonly instance: InstanceState;
  readonly revisions: Revisions;
}

/** Shares that differ by less than this are the same. */
export const SHARE_TOLERANCE = 0.5;

/** The servers of a revision. */
export function serversOf({ instance, revisions }: Part, revision: string): readonly ServerState[] {
  return instance.servers.filter((server) => revisionOf(revisions, server) === revision);
}

/** Undefined where nobody says it. */
export function revisionOf(revisions: Revisions, server: ServerState): string | undefined {
  const running = revisions.get(server.name);
  return running !== undefined && 'revision' in running ? running.revision : undefined;
}

/** Percent of full traffic that the servers which are ready can take; all of a revision's servers can take all of it. */
export function capacityOf(servers: readonly ServerState[]): number {
  const sizes = sizesOf(servers);
  const sum = sizes.reduce((total, size) => total + size, 0);
  const ready = sizes.reduce((total, size, index) => total + (servers[index]?.isReady ? size : 0), 0);
  return sum === 0 ? 0 : Math.round((1000 * ready) / sum) / 10;
}

/**
 * What is served, as set: a server that is down keeps its weight and is missing from the ready capacity. Of several
 * HAProxys the mean of the shares, for each gets as many requests as the next, and the least of the capacities.
 */
export function readingOf(name: string, config: HaproxyConfig, parts: readonly Part[], at: number): TargetReading {
  for (const part of parts) mustBeKnown(name, config, part);
  const revisions = [...new Set(parts.flatMap(namesIn))];
  const shares = revisions.map((revision) =>
    parts.map((part) => shareOf(serversOf(part, revision), part.instance.servers)),
  );
  const uneven = shares.some((of) => Math.max(...of) - Math.min(...of) > SHARE_TOLERANCE);
  return {
    target: name,
    revisions: revisions.map((revision, index): RevisionReading => {
      const servers = parts.map((part) => serversOf(part, revision));
      const of = shares[index] ?? [];
      return {
        revision,
        weight: Math.round((100 * of.reduce((sum, share) => sum + share, 0)) / parts.length) / 100,
        readyCapacity: Math.min(...servers.map(capacityOf)),
        // What its exporter's counters say in the label `server`.
        knownAs: [...new Set(servers.flat().map((server) => server.name))],
        readyInstances: Math.min(...servers.map((group) => group.filter((server) => server.isReady).length)),
      };
    }),
    ...(uneven ? { uneven } : {}),
    at,
  };
}

function namesIn({ instance, revisions }: Part): readonly string[] {
  return instance.servers.flatMap((server) => revisionOf(revisions, server) ?? []);
}

/** Traffic whose revision nobody says would be missing from the census. What the record lacks comes by no second try. */
function mustBeKnown(name: string, config: HaproxyConfig, { instance, revisions }: Part): void {
  for (const server of instance.servers) {
    const running = revisions.get(server.name);
    if (server.weight === 0 || server.isOut || running === undefined || 'revision' in running) continue;
    const what = `${name}: server ${server.name} of ${config.backend} takes traffic and nothing says which revision it runs: ${running.unknown}`;
    if (config.revisions === 'record') throw new TerminalError('SLOT_UNRECORDED', what);
    throw new RetryableError('TARGET_ANSWER_UNREADABLE', what);
  }
}
