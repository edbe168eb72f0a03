import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { keepAliveAgent, listen, statusOf } from './http';
import { beChild, tellParent } from './process-shell';
import type { ServiceConfig } from './types';

const BACKEND_TIMEOUT_MS = 2000;

const config = beChild<ServiceConfig>();
const agent = keepAliveAgent();

async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  incoming.resume();
  response.setHeader('x-revision', config.revision);
  if (incoming.url === '/healthz') {
    response.end('ok\n');
    return;
  }
  const slow = Math.random() < (config.slowShare ?? 0);
  await sleep(slow ? (config.slowMs ?? 600) : (config.baseLatencyMs ?? 5));
  if (config.backendUrl !== undefined && (await statusOf(config.backendUrl, agent, BACKEND_TIMEOUT_MS)) !== 200) {
    response.writeHead(503).end('the backend failed\n');
    return;
  }
  const failed = Math.random() < failShareAt(Date.now());
  response.writeHead(failed ? 500 : 200).end(failed ? 'failed\n' : 'served\n');
}

/** The clumps of all instances of a revision are the same, as those of a dependency that goes down now and then would be. */
function failShareAt(now: number): number {
  const { failShare = 0, clumps } = config;
  return clumps && now % clumps.everyMs < clumps.forMs ? clumps.share : failShare;
}

async function main(): Promise<void> {
  await sleep(config.startupMs);
  const port = await listen((incoming, response) => void serve(incoming, response));
  tellParent({ port });
}

void main();
