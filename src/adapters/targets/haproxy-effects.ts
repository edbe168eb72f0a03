import type { PrepareRequest, RevisionPair, ShiftRequest } from '../../ports';
import { objection } from '../../domain/plan/objection';
import type { Objection, TargetCode } from '../../domain/plan/objection';
import { outsideText } from '../outside-text';
import type { HaproxyConfig } from './haproxy-config';
import { fenceVariable, standingOf } from './haproxy-fence';
import type { EffectKind, Standing } from './haproxy-fence';
import { keepOrigin, originVariable, weightsBefore } from './haproxy-origin';
import { capacityOf, revisionOf, serversOf, SHARE_TOLERANCE } from './haproxy-reading';
import type { Part } from './haproxy-reading';
import type { ServerState } from './haproxy-state';
import { shareOf, weightsFor } from './haproxy-weights';
import type { WeightChange } from './haproxy-weights';

/** What an effect needs of one HAProxy. */
export type Step =
  | { readonly kind: 'there' }
  | { readonly kind: 'write'; readonly commands: readonly string[] }
  | { readonly kind: 'conflict' | 'refused'; readonly why: Objection };

/** Algorithms whose servers can only be used or not used; of the hashes only HAProxy knows. */
const STATIC_ALGORITHMS: readonly string[] = ['static-rr', 'first'];

/** True where the algorithm takes no share between nothing and all. */
export function isStatic({ instance }: Part): boolean {
  return STATIC_ALGORITHMS.includes(instance.algorithm);
}

/** The way out of an algorithm that takes no shares. */
export function staticWayOut({ backend }: HaproxyConfig): Objection {
  return unsupported(
    `the algorithm of backend ${backend} only knows servers that are used and servers that are not: give it ` +
      '"balance roundrobin", or "hash-type consistent" to a hash, or write phases of 100 %',
  );
}

/** What sets the share of `revision.to`. */
export function shiftStep(config: HaproxyConfig, part: Part, request: ShiftRequest): Step {
  const { desired, expected, revision } = request;
  const [to, from] = [serversOf(part, revision.to), serversOf(part, revision.from)];
  const against = fenced('shift', config, part, request) ?? unfit(config, part, revision);
  if (against) return against;
  const have = shareOf(to, part.instance.servers);
  if (near(have, desired)) return { kind: 'there' };
  if (standing('shift', config, part, request) === 'same')
    return changed(`number ${request.fence.number} was carried out, and ${revision.to} serves ${have} % since`);
  if (!near(have, expected)) return changed(`${revision.to} serves ${have} %, not ${expected} %`);
  if (isStatic(part) && desired > 0 && desired < 100) return refused(staticWayOut(config));
  const dead = deadOf(revision, to, from, desired, have);
  if (dead !== undefined)
    return noCapacity(
      `no server of ${dead} is ready (${namesOf(dead === revision.to ? to : from)}), and HAProxy falls back on none ` +
        `at weight 0; start ${dead} and let it pass its health checks, then retry`,
    );
  const { servers, variables } = part.instance;
  const kept = variables.get(originVariable(config.backend));
  const changes = weightsBefore(kept, request, servers) ?? weightsFor(to, from, desired);
  const nearest = shareWith(changes, to, servers);
  if (!near(nearest, desired))
    return refused(
      unsupported(
        `whole weights up to 256 come no nearer to ${desired} % than ${nearest} % (${to.length} servers against ` +
          `${from.length}); write phases that take such a share in one step`,
      ),
    );
  const keep = keepOrigin(config.backend, kept, request, to, servers);
  return { kind: 'write', commands: [...keep, ...changes.map((change) => setWeight(config, change))] };
}

/** What lets `revision.to` in where it was taken out, at weight 0. HAProxy starts nothing. */
export function prepareStep(config: HaproxyConfig, part: Part, request: PrepareRequest): Step {
  const { revision, share } = request;
  const to = serversOf(part, revision.to);
  const against = fenced('prepare', config, part, request) ?? unfit(config, part, revision);
  if (against) return against;
  if (capacityOf(to) >= share) return { kind: 'there' };
  const out = to.filter((server) => server.isOut);
  if (out.length > 0)
    return {
      kind: 'write',
      commands: out.flatMap(({ name }) => [
        setWeight(config, { server: name, weight: 0 }),
        `set server ${config.backend}/${name} state ready`,
      ]),
    };
  // Asked for and let in: its health checks say when it is there.
  if (standing('prepare', config, part, request) === 'same') return { kind: 'there' };
  const down = to.filter((server) => !server.isReady);
  return noCapacity(
    `${namesOf(down)} of ${config.backend} do not run, and HAProxy cannot start them: ` +
      `start ${revision.to} there and let it pass its health checks, then retry`,
  );
}

/** Why no effect on these revisions can be right; undefined where one may be. */
function unfit(config: HaproxyConfig, part: Part, revision: RevisionPair): Step | undefined {
  const { servers } = part.instance;
  for (const name of [revision.to, revision.from])
    if (serversOf(part, name).length === 0) return refused(absent(config, part, name));
  const mixed = mixedSlot(part, revision);
  if (mixed !== undefined) return refused(mixed);
  const other = servers.find((server) => isServing(server) && !isOneOf(part, server, revision));
  if (other === undefined) return undefined;
  const what = revisionOf(part.revisions, other) ?? 'a revision that nobody knows';
  return conflict(
    'THIRD_REVISION',
    `server ${other.name} serves ${what}, which is neither ${revision.from} nor ${revision.to}`,
  );
}

/** Says what each slot runs, where a revision is in none. */
export function absent({ backend }: HaproxyConfig, { instance, revisions }: Part, revision: string): Objection {
  const slots = [...new Set(instance.servers.map((server) => server.slot))].map((slot) => {
    const running = instance.servers.filter((server) => server.slot === slot).map(({ name }) => revisions.get(name));
    const says = running.map((entry) => (entry === undefined || 'unknown' in entry ? entry?.unknown : entry.revision));
    return `${slot}: ${[...new Set(says)].join(', ')}`;
  });
  const detail = `no server of ${backend} runs ${revision} (${slots.join('; ')}); deploy it to a slot, then retry`;
  return { code: 'REVISION_UNKNOWN', detail };
}

/** Why a slot is neither the one nor the other. */
export function mixedSlot({ instance, revisions }: Part, revision: RevisionPair): Objection | undefined {
  for (const slot of new Set(instance.servers.map((server) => server.slot))) {
    const servers = instance.servers.filter((server) => server.slot === slot);
    const names = new Set(servers.map((server) => revisionOf(revisions, server)));
    if (names.size < 2 || !(names.has(revision.to) || names.has(revision.from))) continue;
    const each = servers.map((server) => `${server.name} ${revisionOf(revisions, server) ?? 'unknown'}`);
    const detail = `slot ${slot} runs more than one revision (${each.join(', ')}); end what is being deployed there, then retry`;
    return { code: 'REVISION_MIXED', detail };
  }
  return undefined;
}

function fenced(
  kind: EffectKind,
  config: HaproxyConfig,
  part: Part,
  request: ShiftRequest | PrepareRequest,
): Step | undefined {
  const { number } = request.fence;
  switch (standing(kind, config, part, request)) {
    case 'new':
    case 'same':
      return undefined;
    case 'late':
      return conflict('LATE_EFFECT', `${kind} number ${number} comes late: a newer one was seen`);
    case 'otherWish':
      return conflict('OTHER_WISH', `${kind} number ${number} came before with another wish`);
  }
}

/** How an effect stands to the last ones that this HAProxy was told. */
export function standing(
  kind: EffectKind,
  { backend }: HaproxyConfig,
  { instance: { variables } }: Part,
  request: ShiftRequest | PrepareRequest,
): Standing {
  const other = kind === 'shift' ? 'prepare' : 'shift';
  return standingOf(request, variables.get(fenceVariable(kind, backend)), variables.get(fenceVariable(other, backend)));
}

/** A revision that would get traffic and has no server for it. */
function deadOf(
  { from, to }: RevisionPair,
  toServers: readonly ServerState[],
  fromServers: readonly ServerState[],
  desired: number,
  have: number,
): string | undefined {
  if (desired > have) return toServers.some((server) => server.isReady) ? undefined : to;
  return fromServers.some((server) => server.isReady) ? undefined : from;
}

/** What HAProxy complained of, with the way out where we know one. */
export function complaintOf(config: HaproxyConfig, complaint: string): Objection {
  if (complaint.includes('static LB algorithm')) return staticWayOut(config);
  return objection('OTHER', outsideText(complaint));
}

function shareWith(changes: readonly WeightChange[], to: readonly ServerState[], all: readonly ServerState[]): number {
  const set = new Map(changes.map(({ server, weight }) => [server, weight]));
  const then = (server: ServerState): ServerState => ({ ...server, weight: set.get(server.name) ?? server.weight });
  return shareOf(to.map(then), all.map(then));
}

function setWeight({ backend }: HaproxyConfig, { server, weight }: WeightChange): string {
  return `set server ${backend}/${server} weight ${weight}`;
}

function isServing({ weight, isOut }: ServerState): boolean {
  return weight > 0 && !isOut;
}

function isOneOf(part: Part, server: ServerState, { from, to }: RevisionPair): boolean {
  const revision = revisionOf(part.revisions, server);
  return revision === from || revision === to;
}

function near(one: number, other: number): boolean {
  return Math.abs(one - other) <= SHARE_TOLERANCE;
}

function namesOf(servers: readonly ServerState[]): string {
  return servers.map((server) => server.name).join(', ');
}

function conflict(code: TargetCode, detail: string): Step {
  return { kind: 'conflict', why: objection(code, detail) };
}

function changed(detail: string): Step {
  return conflict('CHANGED_BY_OTHERS', detail);
}

function refused(why: Objection): Step {
  return { kind: 'refused', why };
}

function noCapacity(detail: string): Step {
  return refused({ code: 'NO_CAPACITY', detail });
}

function unsupported(detail: string): Objection {
  return { code: 'UNSUPPORTED_SHAPE', detail };
}
