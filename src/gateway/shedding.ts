import underPressure from '@fastify/under-pressure';
import type { FastifyInstance } from 'fastify';
import { RETRY_AFTER_SECONDS, announcedBytes, hasRoom } from './limits';
import type { AlertLimits } from './limits';
import { Problem } from './problem';
import type { AlertTally } from './tally';

/**
 * Sends deliveries away before they are read, while too many are under way or the process falls behind. Only these
 * routes: what people say and look at must get through while alerts storm.
 */
export async function shedLoad(app: FastifyInstance, limits: AlertLimits, tally: AlertTally): Promise<void> {
  const shed = (why: string): Problem => {
    tally.shed += 1;
    return new Problem(503, 'TOO_MANY_ALERTS', `${why}; send this delivery again`, {
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  };
  await app.register(underPressure, {
    maxEventLoopDelay: limits.lagMs,
    pressureHandler: async () => {
      throw shed('the gateway has more to do than it can');
    },
  });
  const load = { deliveries: 0, bytes: 0 };
  app.addHook('onRequest', async (request, reply) => {
    const bytes = announcedBytes(request.headers['content-length']);
    if (!hasRoom(load, bytes, limits)) throw shed('too many deliveries are under way');
    load.deliveries += 1;
    load.bytes += bytes;
    // A sender that goes away in the middle frees its room too.
    reply.raw.once('close', () => {
      load.deliveries -= 1;
      load.bytes -= bytes;
    });
  });
}
