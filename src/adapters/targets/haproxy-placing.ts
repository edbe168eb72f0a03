import type { Place, Placing } from '../../ports';
import type { HaproxyConfig } from './haproxy-config';
import type { Part } from './haproxy-reading';
import type { Running } from './haproxy-revisions';

/** What each slot holds by whoever tells it; of several HAProxys the places of all. */
export function placingOf(config: HaproxyConfig, parts: readonly Part[]): Placing {
  const places = parts.flatMap(({ instance, revisions }) =>
    [...new Set(instance.servers.map(({ slot }) => slot))].flatMap((slot) => {
      const servers = instance.servers.filter((server) => server.slot === slot);
      const running = servers.flatMap(({ name }) => revisions.get(name) ?? []);
      return different(running).map((holds): Place => ({ name: slot, holds }));
    }),
  );
  return { toldBy: toldBy(config), places: different(places) };
}

function toldBy({ probe, revisions, backend }: HaproxyConfig): string {
  if (probe !== undefined) return `each server, asked at ${probe.path}`;
  return revisions === 'record' ? 'the release record' : `variables of HAProxy, proc.revision_${backend}_<slot>`;
}

function different<T extends Running | Place>(all: readonly T[]): readonly T[] {
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}
