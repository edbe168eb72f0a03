import type { Objection } from '../../domain/plan/objection';
import type { RevisionPair } from '../../ports';
import type { HaproxyConfig } from './haproxy-config';
import { absent, isStatic, mixedSlot, staticWayOut } from './haproxy-effects';
import { serversOf } from './haproxy-reading';
import type { Part } from './haproxy-reading';

/** Everything that would keep a target from moving to `revision.to`, each with its way out; empty where nothing would. */
export function problemsOf(
  config: HaproxyConfig,
  revision: RevisionPair,
  parts: readonly Part[],
): readonly Objection[] {
  const found = parts.flatMap((part) => problemsIn(config, revision, part));
  return [...new Map(found.map((problem) => [problem.detail, problem])).values()];
}

function problemsIn(config: HaproxyConfig, revision: RevisionPair, part: Part): readonly Objection[] {
  const { backend, probe } = config;
  const { instance } = part;
  const found: Objection[] = [];
  for (const name of [revision.to, revision.from])
    if (serversOf(part, name).length === 0) found.push(absent(config, part, name));
  const mixed = mixedSlot(part, revision);
  if (mixed !== undefined) found.push(mixed);
  if (isStatic(part) && config.granularity === 'percent')
    found.push(unsupported(`${staticWayOut(config).detail}; then say "granularity: all" of this target`));
  if (instance.cookie !== undefined)
    found.push(
      unsupported(
        `backend ${backend} keeps users on their server by the cookie ${instance.cookie}, whatever the weights: ` +
          'take the cookie out, or shift what sets it',
      ),
    );
  const unchecked = serversOf(part, revision.to).filter((server) => !server.isChecked);
  if (unchecked.length > 0 && probe === undefined)
    found.push(
      unsupported(
        `nothing says whether ${unchecked.map((server) => server.name).join(', ')} run: give them "check" in haproxy.cfg, ` +
          'or the target a "probe"',
      ),
    );
  return found;
}

function unsupported(detail: string): Objection {
  return { code: 'UNSUPPORTED_SHAPE', detail };
}
