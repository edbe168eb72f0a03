import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { GatewayConfig } from '../config';
import { Problem } from './problem';

/** What a caller may do; each role may do all that the ones before it may; an auditor reads, like a viewer. */
export type Role = 'viewer' | 'auditor' | 'operator' | 'approver' | 'admin';

/** Who calls. */
export interface Caller {
  readonly name: string;
  readonly role: Role;
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, auditor: 0, operator: 1, approver: 2, admin: 3 };
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** True for an address that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host);
}

/**
 * Who calls. Without configured tokens the gateway listens on loopback only, and whoever is on this machine may do
 * everything; a page of another origin, or a name that was made to point here, may not.
 */
export function callerOf(request: FastifyRequest, tokens: GatewayConfig['tokens']): Caller {
  if (tokens.length === 0) return localCaller(request);
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) throw new Problem(401, 'TOKEN_MISSING', 'send a token: Authorization: Bearer …');
  const hash = createHash('sha256').update(given).digest();
  const token = tokens.find((entry) => timingSafeEqual(Buffer.from(entry.sha256, 'hex'), hash));
  if (!token) throw new Problem(401, 'TOKEN_UNKNOWN', 'this token is not known here');
  return { name: token.name, role: token.role };
}

function localCaller(request: FastifyRequest): Caller {
  const host = request.hostname.replace(/^\[|\]$/g, '');
  if (!isLoopback(host))
    throw new Problem(403, 'HOST_NOT_LOCAL', `without tokens only this machine may call, not "${host}"`);
  const { origin } = request.headers;
  if (origin !== undefined && !(URL.canParse(origin) && isLoopback(new URL(origin).hostname))) {
    throw new Problem(403, 'ORIGIN_NOT_LOCAL', `a page of ${origin} may not call without a token`);
  }
  return { name: 'local', role: 'admin' };
}

/** Refuses a caller whose role does not reach. */
export function demand(caller: Caller, role: Role): void {
  if (RANK[caller.role] >= RANK[role]) return;
  throw new Problem(403, 'ROLE_TOO_LOW', `this needs the role ${role}; ${caller.name} has ${caller.role}`);
}
