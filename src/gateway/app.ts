import swagger from '@fastify/swagger';
import Fastify from 'fastify';
import type { FastifyError, FastifyInstance } from 'fastify';
import { jsonSchemaTransform, serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { ClientError } from '../client';
import { AlertIntake } from './alert-intake';
import { askedBy } from './asked';
import { callerOf, demand } from './auth';
import type { GatewayDependencies } from './dependencies';
import { ALERT_LIMITS, BODY_LIMIT_BYTES } from './limits';
import type { AlertLimits } from './limits';
import { PAGE } from './page';
import { Problem, sendProblem } from './problem';
import { alertRoutes } from './routes/alerts';
import { environmentRoutes } from './routes/environments';
import { rollbackRoutes } from './routes/rollbacks';
import { serviceRoutes } from './routes/services';
import { shedLoad } from './shedding';
import { metricsPage, openTally } from './tally';
import type { AlertTally } from './tally';

const UNEXPECTED = 'UNEXPECTED';

/** The HTTP interface. Alert routes get raw bytes, all others JSON; every error is problem+json. */
export async function createGateway(
  deps: GatewayDependencies,
  limits: AlertLimits = ALERT_LIMITS,
): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: limits.requestMs,
    // Node enforces the one above only where headers may take no longer.
    http: { headersTimeout: limits.requestMs, connectionsCheckingInterval: limits.requestMs / 3 },
    logger: false,
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = toProblem(error);
    if (problem.code === UNEXPECTED) deps.unexpected(error, askedBy(request));
    return sendProblem(reply, problem);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new Problem(404, 'ROUTE_UNKNOWN', `there is no ${request.method} ${request.url}; see /openapi.json`),
    ),
  );
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'phased-rollback', version: '1' } },
    transform: jsonSchemaTransform,
  });
  const tally = openTally();
  const intake = new AlertIntake({ client: deps.client, limits, tally, now: () => deps.now() });
  await app.register(async (raw) => {
    await shedLoad(raw, limits, tally);
    raw.removeAllContentTypeParsers();
    raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    alertRoutes(raw, deps, intake);
  });
  await app.register(async (json) => {
    rollbackRoutes(json, deps);
    serviceRoutes(json, deps);
    environmentRoutes(json, deps);
    plainRoutes(json, deps, tally);
  });
  await app.ready();
  return app;
}

function plainRoutes(app: FastifyInstance, deps: GatewayDependencies, tally: AlertTally): void {
  const hidden = { schema: { hide: true } };
  app.get('/healthz', hidden, async () => ({ status: 'ok' }));
  app.get('/readyz', hidden, async (_request, reply) => {
    if (await deps.client.reachable()) return { status: 'ready' };
    return sendProblem(reply, new Problem(503, 'TEMPORAL_UNAVAILABLE', 'Temporal does not answer'));
  });
  app.get('/metrics', hidden, async (request, reply) => {
    demand(callerOf(request, deps.config.tokens), 'viewer');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsPage(tally, process.memoryUsage.rss()));
  });
  app.get('/openapi.json', hidden, async () => app.swagger());
  app.get('/', hidden, async (_request, reply) =>
    reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(PAGE),
  );
}

const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof ClientError) {
    if (error.code === 'NOT_FOUND') return new Problem(404, error.code, error.message);
    if (error.code === 'PREVIEW_FAILED') return new Problem(422, error.code, error.message);
    return new Problem(503, error.code, error.message, { retryAfterSeconds: 5 });
  }
  if (error.validation) {
    const errors = error.validation.map((issue) => ({
      pointer: issue.instancePath,
      detail: issue.message ?? 'not valid',
    }));
    return new Problem(400, 'REQUEST_NOT_VALID', 'the request does not fit the schema', { errors });
  }
  const status = error.statusCode ?? 500;
  if (status === 413) return new Problem(413, 'BODY_TOO_LARGE', `a body may have ${BODY_LIMIT_BYTES} bytes`);
  return status < 500
    ? new Problem(status, error.code, error.message)
    : new Problem(500, UNEXPECTED, 'something went wrong here; the log has more');
}
