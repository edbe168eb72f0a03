import { z } from 'zod';
import { nearest } from '../../domain/plan';
import { capabilitySettings } from './target-capabilities';

/** What HAProxy lets a name be made of; nothing in it can end a command or begin another. */
const nameField = z.string().regex(/^[A-Za-z0-9_.:-]+$/, 'must be a name as in haproxy.cfg: letters, digits, _ . : -');

const addressField = z.string().refine((address) => endpointOf(address) !== undefined, {
  message: 'must be host:port, or the absolute path of a UNIX socket, as after "stats socket" in haproxy.cfg',
});

const probeField = z
  .strictObject({
    path: z.string().regex(/^\/[\x21-\x7e]*$/, 'must begin with /'),
    port: z.int().min(1).max(65_535).optional().describe('by default the port that HAProxy sends traffic to'),
    header: z.string().min(1).optional().describe('header of the answer that holds the revision'),
    json: z.string().min(1).optional().describe('place in a JSON answer that holds it, such as build.revision'),
  })
  .refine((probe) => probe.header === undefined || probe.json === undefined, {
    message: 'takes "header" or "json", not both; with neither the whole answer is the revision',
  });

/** Servers behind HAProxy, whose weights are set over its runtime API. */
export const haproxyTargetSchema = z
  .strictObject({
    type: z.literal('haproxy'),
    address: z
      .union([addressField, z.array(addressField).min(1)])
      .describe('its stats socket with level admin: host:port or a path; a list where several share the traffic'),
    backend: nameField.describe('the backend whose servers they are'),
    slots: z
      .record(nameField, z.array(nameField).min(1, 'needs at least one server'))
      .optional()
      .describe('names of servers that always run the same revision; without, each server is one of its own'),
    probe: probeField.optional().describe('asks each server which revision it runs; without, "revisions" says it'),
    revisions: z
      .enum(['variable', 'record'])
      .optional()
      .describe(
        'what tells which revision is in a slot, where no probe does: HAProxy by proc.revision_<backend>_<slot> (by default), or the release record',
      ),
    granularity: z
      .enum(['percent', 'all'])
      .default('percent')
      .describe('finest share that its algorithm can set: any percent, or all at once'),
    sticky: capabilitySettings.sticky,
    timeoutMs: z.int().min(100).max(5_000).default(5_000).describe('longest single call'),
  })
  .superRefine((config, context) => {
    for (const [path, message] of contradictionsIn(config)) context.addIssue({ code: 'custom', path, message });
  });

/** Configuration of a `haproxy` target. */
export type HaproxyConfig = z.infer<typeof haproxyTargetSchema>;

/** How a server is asked for its revision. */
export type Probe = NonNullable<HaproxyConfig['probe']>;

type Place = (string | number)[];

function contradictionsIn(
  config: Pick<HaproxyConfig, 'slots' | 'probe' | 'revisions' | 'address'>,
): readonly (readonly [Place, string])[] {
  const { slots, probe, revisions } = config;
  const found: (readonly [Place, string])[] = [];
  if (slots === undefined && probe === undefined && revisions !== 'record')
    found.push([
      ['slots'],
      'is missing; name the servers of each slot, as in { blue: [a1, a2], green: [b1, b2] }, or give a "probe"',
    ]);
  if (probe !== undefined && revisions !== undefined)
    found.push([
      ['revisions'],
      `"${revisions}" and a probe would be two answers to one question; leave one of them out`,
    ]);
  const names = Object.keys(slots ?? {});
  if (slots !== undefined && names.length < 2)
    found.push([['slots'], 'needs two or more slots; with one there is nothing to shift to']);
  const seen = new Map<string, string>();
  for (const [slot, servers] of Object.entries(slots ?? {}))
    for (const [index, server] of servers.entries()) {
      const first = seen.get(server);
      if (first !== undefined) found.push([['slots', slot, index], `"${server}" is in slot ${first} already`]);
      seen.set(server, slot);
    }
  const addresses = addressesOf(config);
  const twice = addresses.findIndex((address, index) => addresses.indexOf(address) < index);
  if (twice >= 0) found.push([['address', twice], `"${addresses[twice]}" is there twice`]);
  return found;
}

/** Every HAProxy that a target consists of. */
export function addressesOf({ address }: Pick<HaproxyConfig, 'address'>): readonly string[] {
  return typeof address === 'string' ? [address] : address;
}

/** Where a socket listens. */
export type Endpoint = { readonly path: string } | { readonly host: string; readonly port: number };

/** The endpoint that an address means; undefined for what is none. */
export function endpointOf(address: string): Endpoint | undefined {
  if (/^\/[^\0\n]+$/.test(address)) return { path: address };
  const [, bracketed, plain, digits] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || port < 1 || port > 65_535 ? undefined : { host, port };
}

/** `; did you mean "b1"?`, or what there is. */
export function hint(word: string, options: readonly string[]): string {
  const meant = nearest(word, options);
  return meant === undefined ? `; there is ${options.slice(0, 12).join(', ') || 'none'}` : `; did you mean "${meant}"?`;
}
