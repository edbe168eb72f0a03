import type { FastifyRequest } from 'fastify';
import { rollbackId } from '../domain/rollback/request';

/** What a request asked for, as the log names it: its route, and the rollback where it is about one. */
export interface Asked {
  readonly route: string;
  readonly rollback?: string;
}

/** Reads it off a request, also off one that was not accepted. */
export function askedBy({ method, routeOptions, params }: FastifyRequest): Asked {
  const { environment = '', service = '', number } = params as Readonly<Record<string, string | undefined>>;
  const rollback =
    number === undefined ? {} : { rollback: rollbackId({ environment, service, number: Number(number) }) };
  return { route: `${method} ${routeOptions.url ?? '(none)'}`, ...rollback };
}
