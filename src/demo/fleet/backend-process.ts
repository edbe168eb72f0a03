import { listen } from './http';
import { beChild, tellParent } from './process-shell';
import type { BackendConfig } from './types';

/** How much unused capacity it can save up, in seconds. */
const BURST_SECONDS = 0.1;

const config = beChild<BackendConfig>();
const rate = config.requestsPerSecond ?? Infinity;
const fullBucket = Math.max(1, rate * BURST_SECONDS);
let tokens = fullBucket;
let refilledAt = performance.now();

function takeToken(): boolean {
  if (rate === Infinity) return true;
  const now = performance.now();
  tokens = Math.min(fullBucket, tokens + ((now - refilledAt) / 1000) * rate);
  refilledAt = now;
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

async function main(): Promise<void> {
  const port = await listen((incoming, response) => {
    incoming.resume();
    if (!takeToken()) response.writeHead(503);
    else if (Math.random() < config.failShare) response.writeHead(500);
    response.end();
  });
  tellParent({ port });
}

void main();
