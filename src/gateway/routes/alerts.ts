import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { AlertMessage } from '../../contracts/messages';
import { alertIdentity } from '../../domain/alert/alert';
import type { ServicePolicy } from '../../domain/policy/policy';
import type { RawDelivery, SourceAlert } from '../../ports';
import type { AlertIntake } from '../alert-intake';
import { callerOf, demand } from '../auth';
import type { GatewayDependencies, OutOfService } from '../dependencies';
import { RETRY_AFTER_SECONDS } from '../limits';
import { matchServices, serviceNamed } from '../../domain/alert/match';
import { Problem } from '../problem';

const acceptedSchema = z.object({
  matched: z.boolean(),
  because: z.string().optional(),
  accepted: z.array(z.object({ service: z.string(), environment: z.string(), title: z.string(), status: z.string() })),
});

/** Alerts in: verified over the raw bytes, parsed, matched, and answered 202 only once every one of them is durable. */
export function alertRoutes(app: FastifyInstance, deps: GatewayDependencies, intake: AlertIntake): void {
  app.post<{ Params: { source: string } }>(
    '/v1/alerts/:source',
    {
      schema: {
        summary: 'Deliver alerts in the format of a source',
        params: z.object({ source: z.string() }),
        response: { 202: acceptedSchema },
      },
    },
    async (request, reply) => {
      const messages = await readDelivery(request.params.source, request, deps);
      await intake.deliver(messages);
      const accepted = messages.map(({ alert }) => ({
        service: alert.service,
        environment: alert.environment,
        title: alert.title,
        status: alert.status,
      }));
      const matched = accepted.length > 0;
      return reply
        .code(202)
        .send({ matched, ...(matched ? {} : { because: 'no configured service matches these labels' }), accepted });
    },
  );
}

async function readDelivery(
  name: string,
  request: FastifyRequest,
  deps: GatewayDependencies,
): Promise<readonly AlertMessage[]> {
  const source = deps.alertSource(name);
  if (!source)
    throw new Problem(
      404,
      'SOURCE_UNKNOWN',
      `no alert source "${name}"; there is ${Object.keys(deps.config.alertSources).join(', ')}`,
    );
  const delivery: RawDelivery = { headers: headersOf(request), body: bytesOf(request), receivedAt: deps.now() };
  const authenticity = source.verify(delivery);
  if (!authenticity.ok) throw new Problem(401, 'DELIVERY_NOT_AUTHENTIC', authenticity.because);
  if (!authenticity.verified) demand(callerOf(request, deps.config.tokens), 'operator');
  const parsed = source.parse(delivery);
  if (!parsed.ok)
    throw new Problem(400, 'DELIVERY_UNREADABLE', `not a delivery of ${name}`, { errors: parsed.problems });
  const [policies, outOfService] = await Promise.all([deps.policies(), deps.outOfService()]);
  return parsed.alerts.flatMap((alert) => {
    const matching = matchServices(alert.labels, policies);
    if (matching.length === 0) demandInService(alert, outOfService);
    return matching.map((policy) => toMessage(name, alert, policy, delivery));
  });
}

/** An alert of a service whose policy cannot be used is nobody's yet: whoever sent it keeps it until the policy is mended. */
function demandInService(alert: SourceAlert, outOfService: OutOfService): void {
  if (outOfService.kind === 'some' && !outOfService.services.includes(serviceNamed(alert.labels) ?? '')) return;
  const which = outOfService.kind === 'all' ? 'the policy file' : `the policy of ${serviceNamed(alert.labels)}`;
  throw new Problem(503, 'POLICY_INVALID', `${which} is invalid: see phased-rollback config validate`, {
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** The same bytes delivered twice are one delivery; a repeat of the alert later is another, and counted. */
function toMessage(source: string, alert: SourceAlert, policy: ServicePolicy, delivery: RawDelivery): AlertMessage {
  const { environment, service } = policy;
  const whole = { ...alert, source, environment, service, receivedAt: delivery.receivedAt };
  const hash = createHash('sha256').update(alertIdentity(whole)).update(alert.status).update(delivery.body);
  const webhookId = delivery.headers['webhook-id'];
  if (webhookId !== undefined) hash.update(webhookId);
  return { deliveryId: `${source}-${hash.digest('hex').slice(0, 24)}`, alert: whole };
}

function headersOf(request: FastifyRequest): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
}

/** The alert routes parse no body: what was signed is exactly what arrived. */
function bytesOf(request: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}
