import { request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { keepAliveAgent } from './http';
import type { InstancePool } from './instance-pool';
import type { RequestMetrics } from './request-metrics';
import { servedByOld } from './split';

const UPSTREAM_TIMEOUT_MS = 10_000;

/** What the splitting side of a proxy works with. */
export interface TrafficParts {
  readonly old: string;
  readonly bad: string;
  readonly pool: InstancePool;
  readonly metrics: RequestMetrics;
  /** The split in force. */
  readonly split: () => { readonly salt: string; readonly weight: number };
}

/**
 * Forwards users' requests to the revision their `x-user` hashes to; requests without one are split at random.
 * Answers 502 or 503 itself when the revision has no instance that answers, and counts that against the revision:
 * the other revision never takes over, for that would move a user.
 */
export function createTrafficHandler(
  parts: TrafficParts,
): (incoming: IncomingMessage, response: ServerResponse) => void {
  const agent = keepAliveAgent();
  return (incoming, response) => {
    const began = performance.now();
    const user = incoming.headers['x-user'];
    const { salt, weight } = parts.split();
    const old = servedByOld(typeof user === 'string' ? user : String(Math.random()), salt, weight);
    const revision = old ? parts.old : parts.bad;
    let answered = false;
    const settle = (code: number): void => {
      if (answered) return;
      answered = true;
      parts.metrics.count(revision, code, (performance.now() - began) / 1000);
    };
    const giveUp = (code: number): void => {
      settle(code);
      if (response.headersSent) response.destroy();
      else response.writeHead(code, { 'x-revision': revision }).end();
    };
    const port = parts.pool.pick(revision);
    if (port === undefined) {
      giveUp(503);
      return;
    }
    const { method, url: path, headers } = incoming;
    const options = { agent, host: '127.0.0.1', port, method, path, headers, timeout: UPSTREAM_TIMEOUT_MS };
    const outgoing = request(options, (answer) => {
      const code = answer.statusCode ?? 502;
      const { connection: _hop, ...passed } = answer.headers;
      response.writeHead(code, passed);
      answer.on('end', () => settle(code)).on('error', () => giveUp(502));
      answer.pipe(response);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('timed out'))).on('error', () => giveUp(502));
    incoming.pipe(outgoing);
  };
}
