import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf, demand } from '../auth';
import type { GatewayDependencies } from '../dependencies';
import { Problem } from '../problem';
import { demandService, sendAnswer, wishesSchema } from './rollbacks';

const name = z.string().regex(/^[a-z0-9._-]{1,63}$/);
const params = z.object({ environment: name, service: name });
type ServiceParams = z.infer<typeof params>;

const slotSchema = z.strictObject({
  slot: z.string().min(1),
  target: z.string().min(1).optional().describe('without, the slot of that name on every target'),
});
const releaseSchema = z.strictObject({
  revision: z.string().min(1),
  from: z.number().int().describe('epoch milliseconds'),
  to: z.number().int().optional(),
  source: z.enum(['recorded', 'imported']).default('recorded'),
  by: z.string().optional(),
  schema: z.strictObject({ min: z.number().int(), max: z.number().int() }).optional(),
  irreversible: z
    .array(z.strictObject({ what: z.string().min(1), since: z.number().int().describe('epoch milliseconds') }))
    .optional(),
  change: z.string().optional(),
  slots: z.array(slotSchema).min(1).optional().describe('where it was put'),
});
const releasesSchema = z.strictObject({ releases: z.array(releaseSchema).min(1).max(100) });

const commandSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('now'),
    reason: z.string().min(1),
    cold: z.boolean().optional(),
    acceptIrreversible: z.boolean().optional(),
  }),
  z.strictObject({ kind: z.literal('freeze'), reason: z.string().min(1), until: z.number().int() }),
  z.strictObject({
    kind: z.literal('slots'),
    reason: z.string().optional(),
    slots: z
      .array(slotSchema.extend({ revision: z.string().min(1) }))
      .min(1)
      .max(100)
      .describe('what slots hold from now on'),
  }),
  z.strictObject({ kind: z.literal('thaw'), reason: z.string().optional() }),
  z.strictObject({
    kind: z.literal('mode'),
    reason: z.string().min(1),
    mode: z.enum(['observe', 'ask', 'auto']),
    until: z.number().int().optional(),
  }),
  z.strictObject({ kind: z.literal('quarantine'), reason: z.string().min(1), revision: z.string().min(1) }),
  z.strictObject({ kind: z.literal('unquarantine'), reason: z.string().min(1), revision: z.string().min(1) }),
]);

const path = '/v1/services/:environment/:service';

/** Services: what they know, their releases, the gate that CI asks, a plan without a start, freeze and quarantine. */
export function serviceRoutes(app: FastifyInstance, deps: GatewayDependencies): void {
  readRoutes(app, deps);
  writeRoutes(app, deps);
}

function readRoutes(app: FastifyInstance, deps: GatewayDependencies): void {
  const { client, config } = deps;
  app.get<{ Params: ServiceParams }>(path, { schema: { summary: 'What a service knows', params } }, async (request) => {
    demand(callerOf(request, config.tokens), 'viewer');
    const view = await client.serviceView(request.params);
    if (view) return view;
    await demandService(deps, request.params.environment, request.params.service);
    throw new Problem(
      503,
      'NO_ANSWER',
      'the service does not answer: no worker is alive, or it has just been configured',
      { retryAfterSeconds: 5 },
    );
  });

  app.get<{ Params: ServiceParams; Querystring: { revision: string } }>(
    `${path}/gate`,
    {
      schema: {
        summary: 'May this revision be deployed?',
        params,
        querystring: z.object({ revision: z.string().min(1) }),
      },
    },
    async (request) => {
      demand(callerOf(request, config.tokens), 'viewer');
      await demandService(deps, request.params.environment, request.params.service);
      const answer = await client.gate(request.params, request.query.revision);
      if (answer.allowed === 'unknown')
        throw new Problem(503, 'GATE_UNAVAILABLE', answer.because, { retryAfterSeconds: 5 });
      return answer;
    },
  );

  app.post<{ Params: ServiceParams; Body: z.infer<typeof wishesSchema> }>(
    `${path}/plan`,
    { schema: { summary: 'What a rollback would do now; changes nothing', params, body: wishesSchema } },
    async (request) => {
      demand(callerOf(request, config.tokens), 'viewer');
      await demandService(deps, request.params.environment, request.params.service);
      return client.preview(request.params, request.body);
    },
  );
}

function writeRoutes(app: FastifyInstance, deps: GatewayDependencies): void {
  const { client, config } = deps;
  app.post<{ Params: ServiceParams; Body: z.infer<typeof releasesSchema> }>(
    `${path}/releases`,
    { schema: { summary: 'Record or import releases', params, body: releasesSchema } },
    async (request, reply) => {
      const caller = callerOf(request, config.tokens);
      demand(caller, 'operator');
      await demandService(deps, request.params.environment, request.params.service);
      const { releases } = request.body;
      const command = { kind: 'release' as const, id: randomUUID(), by: caller.name, at: deps.now(), releases };
      return sendAnswer(reply, await client.tellService(request.params, command), 202);
    },
  );

  app.post<{ Params: ServiceParams; Body: z.infer<typeof commandSchema> }>(
    `${path}/commands`,
    { schema: { summary: 'Now, slots, freeze, thaw, mode, quarantine', params, body: commandSchema } },
    async (request, reply) => {
      const caller = callerOf(request, config.tokens);
      demand(caller, request.body.kind === 'mode' ? 'admin' : 'operator');
      await demandService(deps, request.params.environment, request.params.service);
      const command = { id: randomUUID(), by: caller.name, at: deps.now(), ...request.body };
      return sendAnswer(reply, await client.tellService(request.params, command), 202);
    },
  );
}
