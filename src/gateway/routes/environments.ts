import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PausedAll } from '../../client';
import { callerOf, demand } from '../auth';
import type { GatewayDependencies } from '../dependencies';
import { Problem } from '../problem';
import { sendAnswer } from './rollbacks';

const params = z.object({ environment: z.string().regex(/^[a-z0-9._-]{1,63}$/) });
type EnvironmentParams = z.infer<typeof params>;

const id = z.string().min(1).max(200).optional().describe('makes a repeat harmless; drawn when absent');
const commandSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('automation'),
    id,
    to: z.enum(['off', 'ask', 'on']),
    until: z.number().int().optional().describe('epoch milliseconds; off and ask must have an end'),
    reason: z.string().min(1),
  }),
  z.strictObject({ kind: z.literal('pause'), id, reason: z.string().min(1) }).describe('every live rollback'),
]);

const path = '/v1/environments/:environment';

/** Environments: how far automation goes, its master switch, and a pause of everything. */
export function environmentRoutes(app: FastifyInstance, deps: GatewayDependencies): void {
  const { client, config } = deps;
  app.get<{ Params: EnvironmentParams }>(
    path,
    { schema: { summary: 'How far automation goes, what moves by itself, who alerts', params } },
    async (request) => {
      demand(callerOf(request, config.tokens), 'viewer');
      await demandEnvironment(deps, request.params.environment);
      const view = await client.environment(request.params.environment);
      if (view) return view;
      throw new Problem(503, 'NO_ANSWER', 'the environment does not answer: no worker is alive', {
        retryAfterSeconds: 5,
      });
    },
  );

  app.post<{ Params: EnvironmentParams; Body: z.infer<typeof commandSchema> }>(
    `${path}/commands`,
    { schema: { summary: 'Automation off, ask or on; pause every live rollback', params, body: commandSchema } },
    async (request, reply) => {
      const caller = callerOf(request, config.tokens);
      const { body } = request;
      // A brake is anybody's who may steer; to let things move by themselves again is an approval.
      demand(caller, body.kind === 'automation' && body.to === 'on' ? 'approver' : 'operator');
      const { environment } = request.params;
      await demandEnvironment(deps, environment);
      const command = { ...body, id: body.id ?? randomUUID(), by: caller.name, at: deps.now() };
      if (command.kind === 'pause') return asList(await client.pauseAll(environment, command));
      return sendAnswer(reply, await client.tellEnvironment(environment, command), 200);
    },
  );
}

function asList({ rollbacks, ...rest }: PausedAll): object {
  const answered = rollbacks.map(({ answer: { kind: result, ...answer }, ...ref }) => ({ ...ref, result, ...answer }));
  return { rollbacks: answered, ...rest };
}

/** A typing mistake must not switch something off that is nowhere. */
async function demandEnvironment(deps: GatewayDependencies, environment: string): Promise<void> {
  const known = [...new Set((await deps.policies()).map((policy) => policy.environment))];
  if (known.includes(environment)) return;
  // A brake must work also where the file has just been broken.
  const broken = await deps.outOfService();
  if (broken.kind === 'all' || broken.services.length > 0) return;
  const text = `no service runs in ${environment}; there is ${known.join(', ') || 'no environment'}`;
  throw new Problem(404, 'ENVIRONMENT_UNKNOWN', text);
}
