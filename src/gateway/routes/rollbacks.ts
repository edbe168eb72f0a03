import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { StatusMemory } from '../../client';
import type { Answer } from '../../client';
import { renderSnapshot, scriptOf } from '../../domain/report';
import type { StatusSnapshot } from '../../domain/report';
import type { RollbackRef } from '../../domain/rollback/request';
import { callerOf, demand } from '../auth';
import type { GatewayDependencies } from '../dependencies';
import { Problem } from '../problem';

const name = z.string().regex(/^[a-z0-9._-]{1,63}$/);
const refParams = z.object({ environment: name, service: name, number: z.coerce.number().int().min(1) });
const pace = z.enum(['surgical', 'balanced', 'express']);

/** What a person may decide of a rollback; everything left out is found. */
export const wishesSchema = z.strictObject({
  fromRevision: z.string().optional(),
  toRevision: z.string().optional(),
  cause: z.enum(['errors', 'latency', 'saturation', 'security', 'feedback', 'other']).optional(),
  pace: pace.optional(),
  extent: z.record(z.string(), z.string()).optional(),
});

const startSchema = wishesSchema.extend({
  environment: name.default('prod'),
  service: name,
  reason: z.string().min(1),
});

const commandSchema = z.strictObject({
  kind: z.enum(['approve', 'pause', 'resume', 'abort', 'unwind', 'now', 'retry', 'replan', 'adopt', 'skip']),
  id: z.string().min(1).max(200).optional().describe('makes a repeat harmless; drawn when absent'),
  reason: z.string().min(1).optional(),
  waitId: z.string().optional(),
  target: name.optional(),
  pace: pace.optional(),
  extent: z.record(z.string(), z.string()).optional().describe('replan: labels of the smaller extent'),
  cold: z.boolean().optional(),
  acceptIrreversible: z.boolean().optional(),
});

/** What a page shows of a block without scrolling sideways. */
const PAGE_COLUMNS = 120;

/** A watched rollback is looked at this often, however many watch it. */
const LOOK_EVERY_MS = 1_000;

const NEEDS_APPROVER = new Set(['approve', 'unwind']);

/** Rollbacks: start, list, show, command, report. */
export function rollbackRoutes(app: FastifyInstance, deps: GatewayDependencies): void {
  startRoute(app, deps);
  listRoute(app, deps);
  showRoute(app, deps);
  commandRoute(app, deps);
  reportRoute(app, deps);
}

function startRoute(app: FastifyInstance, deps: GatewayDependencies): void {
  const { client, config } = deps;
  app.post<{ Body: z.infer<typeof startSchema> }>(
    '/v1/rollbacks',
    { schema: { summary: 'Start a rollback by hand', body: startSchema } },
    async (request, reply) => {
      const caller = callerOf(request, config.tokens);
      demand(caller, 'operator');
      const key = request.headers['idempotency-key'];
      if (typeof key !== 'string' || key === '')
        throw new Problem(
          400,
          'IDEMPOTENCY_KEY_MISSING',
          'send an Idempotency-Key, so that a repeat starts nothing twice',
        );
      const { environment, service, ...rest } = request.body;
      await demandService(deps, environment, service);
      const id = `start-${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
      const answer = await client.tellService(
        { environment, service },
        { kind: 'start', id, by: caller.name, at: deps.now(), ...rest },
      );
      return sendAnswer(reply, answer, 202);
    },
  );
}

function listRoute(app: FastifyInstance, deps: GatewayDependencies): void {
  const { client, config } = deps;
  app.get<{ Querystring: { environment?: string; service?: string; limit: number } }>(
    '/v1/rollbacks',
    {
      schema: {
        summary: 'List rollbacks, newest first; lags a little',
        querystring: z.object({
          environment: name.optional(),
          service: name.optional(),
          limit: z.coerce.number().int().min(1).max(200).default(50),
        }),
      },
    },
    async (request) => {
      demand(callerOf(request, config.tokens), 'viewer');
      return { rollbacks: await client.list(request.query) };
    },
  );
}

function showRoute(app: FastifyInstance, deps: GatewayDependencies): void {
  const { client, config } = deps;
  const statuses = new StatusMemory({ client, now: () => deps.now(), shareMs: LOOK_EVERY_MS });
  app.get<{ Params: RollbackRef; Querystring: { format: 'json' | 'text' | 'script' } }>(
    '/v1/rollbacks/:environment/:service/:number',
    {
      schema: {
        summary: 'Show a rollback as it is now',
        params: refParams,
        querystring: z.object({
          format: z
            .enum(['json', 'text', 'script'])
            .default('json')
            .describe('script: what is left, as a shell script for the case that nothing of ours answers'),
        }),
      },
    },
    async (request, reply) => {
      demand(callerOf(request, config.tokens), 'viewer');
      const snapshot = await statuses.status(request.params);
      if (snapshot.kind === 'notFound') throw notFound(request.params);
      if (request.query.format === 'json') return snapshot;
      if (request.query.format === 'script') return sendScript(reply, snapshot);
      const block = renderSnapshot(snapshot, { now: deps.now(), width: PAGE_COLUMNS });
      return reply.type('text/plain; charset=utf-8').send(`${block}\n`);
    },
  );
}

function sendScript(reply: FastifyReply, snapshot: StatusSnapshot): FastifyReply {
  const script = scriptOf(snapshot);
  if (script === undefined)
    throw new Problem(404, 'NOTHING_BY_HAND', 'no steps are left to do by hand, or none are known');
  return reply.type('text/x-shellscript; charset=utf-8').send(script);
}

function commandRoute(app: FastifyInstance, deps: GatewayDependencies): void {
  const { client, config } = deps;
  app.post<{ Params: RollbackRef; Body: z.infer<typeof commandSchema> }>(
    '/v1/rollbacks/:environment/:service/:number/commands',
    { schema: { summary: 'Say a command', params: refParams, body: commandSchema } },
    async (request, reply) => {
      const caller = callerOf(request, config.tokens);
      demand(caller, NEEDS_APPROVER.has(request.body.kind) ? 'approver' : 'operator');
      const { id = randomUUID(), ...rest } = request.body;
      const command = { id, by: caller.name, at: deps.now(), ...rest };
      return sendAnswer(reply, await client.tellRollback(request.params, command), 200);
    },
  );
}

function reportRoute(app: FastifyInstance, deps: GatewayDependencies): void {
  const { config } = deps;
  app.get<{ Params: RollbackRef; Querystring: { format: 'json' | 'md' | 'html' } }>(
    '/v1/rollbacks/:environment/:service/:number/report',
    {
      schema: {
        summary: 'The report of an ended rollback',
        params: refParams,
        querystring: z.object({ format: z.enum(['json', 'md', 'html']).default('json') }),
      },
    },
    async (request, reply) => {
      demand(callerOf(request, config.tokens), 'viewer');
      const document = (await deps.report(request.params))?.[`report.${request.query.format}`];
      if (document === undefined)
        throw new Problem(404, 'REPORT_NOT_FOUND', 'no report is archived; it is written when the rollback ends');
      return reply.type(REPORT_TYPES[request.query.format]).send(document);
    },
  );
}

const REPORT_TYPES = {
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
} as const;

function notFound(ref: RollbackRef): Problem {
  return new Problem(404, 'ROLLBACK_NOT_FOUND', `there is no rollback ${ref.environment}/${ref.service}/${ref.number}`);
}

/** A typing mistake must not start a workflow for a service that nobody configured. */
export async function demandService(deps: GatewayDependencies, environment: string, service: string): Promise<void> {
  const known = (await deps.policies()).map((policy) => `${policy.environment}/${policy.service}`);
  if (known.includes(`${environment}/${service}`)) return;
  // Words to a service whose policy has just been broken still reach what is live; a start answers what is wrong.
  const broken = await deps.outOfService();
  if (broken.kind === 'all' || broken.services.includes(service)) return;
  throw new Problem(
    404,
    'SERVICE_UNKNOWN',
    `${environment}/${service} is not configured; there is ${known.join(', ') || 'no service'}`,
  );
}

/** Applied, refused with its code, or durable and not yet answered. */
export function sendAnswer(reply: FastifyReply, answer: Answer, appliedStatus: 200 | 202): FastifyReply {
  switch (answer.kind) {
    case 'applied':
      return reply
        .code(appliedStatus)
        .send({ result: 'applied', text: answer.text, ...(answer.rollback ? { rollback: answer.rollback } : {}) });
    case 'recorded':
      return reply
        .code(202)
        .send({ result: 'recorded', text: `recorded, not yet seen: ${answer.because ?? 'it has not answered'}` });
    case 'refused':
      throw new Problem(409, answer.code, answer.text);
  }
}
