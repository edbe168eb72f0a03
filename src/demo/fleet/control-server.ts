import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { keepAliveAgent, readBody, sendJson, statusOf } from './http';
import type { InstancePool } from './instance-pool';
import type { ProxyStore } from './proxy-store';
import { OPEN_METRICS_TYPE } from './request-metrics';
import type { RequestMetrics } from './request-metrics';
import { refused } from './target-contract';
import type { TargetContract } from './target-contract';
import type { FaultBoard } from './target-faults';
import { parseTargetRequest } from './target-request';
import type { TargetTruth } from './types';

const PROBE_TIMEOUT_MS = 2000;

/** What a proxy's control side serves. */
export interface ControlParts {
  readonly target: string;
  readonly secret?: string;
  readonly contract: TargetContract;
  readonly store: ProxyStore;
  readonly pool: InstancePool;
  readonly metrics: RequestMetrics;
  readonly faults: FaultBoard;
}

type Route = (incoming: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void;

/**
 * The control side: `POST /target` and `GET /target/status` are the contract, `GET /metrics` the counts,
 * `GET /revisions/<revision>/<path>` a probe past the split; `GET|POST /faults`, `POST /foreign?weight=` and
 * `GET /state` (the truth, lies aside) are for tests and the demo.
 */
export function createControlHandler(
  parts: ControlParts,
): (incoming: IncomingMessage, response: ServerResponse) => void {
  const routes: Readonly<Record<string, Route>> = {
    'POST /target': (incoming, response) => answerTarget(parts, incoming, response),
    'GET /target/status': (_incoming, response, url) => {
      const answer = parts.contract.progress(url.searchParams.get('key') ?? '', parts.faults.all.lieWeight);
      sendJson(response, answer.status, answer.body);
    },
    'GET /metrics': createMetricsRoute(parts),
    'GET /faults': (_incoming, response) => sendJson(response, 200, parts.faults.all),
    'POST /faults': async (incoming, response) => {
      parts.faults.set(JSON.parse(await readBody(incoming)));
      sendJson(response, 200, parts.faults.all);
    },
    'POST /foreign': (_incoming, response, url) => {
      const weight = Number(url.searchParams.get('weight') ?? NaN);
      if (!(weight >= 0 && weight <= 100)) throw new Error('weight must be 0 to 100');
      parts.contract.foreignShift(weight);
      sendJson(response, 200, truthOf(parts));
    },
    'GET /state': (_incoming, response) => sendJson(response, 200, truthOf(parts)),
  };
  const agent = keepAliveAgent();
  const probe: Route = async (_incoming, response, url) => {
    const [, , revision = '', ...path] = url.pathname.split('/');
    const port = parts.pool.pick(decodeURIComponent(revision));
    const status = port && (await statusOf(`http://127.0.0.1:${port}/${path.join('/')}`, agent, PROBE_TIMEOUT_MS));
    sendJson(response, status || 503, { revision, status: status ? 'answered' : 'no instance answered' });
  };
  return (incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    const name = `${incoming.method ?? 'GET'} ${url.pathname}`;
    const route = routes[name] ?? (name.startsWith('GET /revisions/') ? probe : undefined);
    if (route === undefined) {
      sendJson(response, 404, { detail: `nothing at ${name}` });
      return;
    }
    Promise.resolve()
      .then(() => route(incoming, response, url))
      .catch((error: unknown) => sendJson(response, 400, { detail: String(error) }));
  };
}

function truthOf(parts: ControlParts): TargetTruth {
  const { target, contract, store } = parts;
  return { target, revisions: contract.revisions(), salt: store.state.salt, at: Date.now() };
}

function createMetricsRoute(parts: ControlParts): Route {
  let frozen: string | undefined;
  return (_incoming, response) => {
    const fault = parts.faults.all.metrics;
    const text = parts.metrics.render(fault === 'nan');
    frozen = fault === 'frozen' ? (frozen ?? text) : undefined;
    if (fault === 'unavailable') response.writeHead(503).end();
    else response.writeHead(200, { 'content-type': OPEN_METRICS_TYPE }).end(frozen ?? text);
  };
}

async function answerTarget(parts: ControlParts, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(incoming);
  const unauthorized = parts.secret === undefined ? undefined : whyUnsigned(parts.secret, body, incoming);
  if (unauthorized !== undefined) {
    sendJson(response, 401, { status: 'unauthorized', detail: unauthorized });
    return;
  }
  const parsed = parseTargetRequest(body);
  if ('problem' in parsed) {
    sendJson(response, 422, refused('OTHER', parsed.problem).body);
    return;
  }
  const { request } = parsed;
  const faults = parts.faults.take(request.operation);
  if (faults.delayMs !== undefined) await sleep(faults.delayMs);
  const key = incoming.headers['idempotency-key'];
  const answer =
    faults.refuse === undefined
      ? parts.contract.handle(request, typeof key === 'string' ? key : undefined, faults.lieWeight)
      : refused('OTHER', faults.refuse);
  if (faults.hangMs !== undefined) await sleep(faults.hangMs);
  sendJson(response, answer.status, answer.body);
}

function whyUnsigned(secret: string, body: string, incoming: IncomingMessage): string | undefined {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  const headers = Object.fromEntries(names.map((name) => [name, String(incoming.headers[name] ?? '')]));
  try {
    new Webhook(secret).verify(body, headers, { jsonParse: false });
    return undefined;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.message;
    throw error;
  }
}
