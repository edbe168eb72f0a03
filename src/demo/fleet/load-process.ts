import { request } from 'node:http';
import { keepAliveAgent, listen, sendJson } from './http';
import { LoadTally } from './load-tally';
import { beChild, tellParent } from './process-shell';
import type { LoadConfig } from './types';

const TICK_MS = 20;
const REQUEST_TIMEOUT_MS = 5000;

const config = beChild<LoadConfig>();
const agent = keepAliveAgent();
const tally = new LoadTally(config.oldRevision);

function sendOne(): void {
  const number = Math.floor(Math.random() * config.users);
  const target = config.targets[number % config.targets.length];
  if (target === undefined) return;
  const user = `user-${number}`;
  const sentAt = performance.now();
  let settled = false;
  const settle = (revision: string, status: number): void => {
    if (settled) return;
    settled = true;
    const answeredAt = performance.now();
    const good = status > 0 && status < 400;
    const outcome = !good ? 'failed' : answeredAt - sentAt > config.slowerThanMs ? 'slow' : 'ok';
    tally.answer({ user, target: target.name, revision, outcome, sentAt, answeredAt });
  };
  tally.send();
  const options = { agent, headers: { 'x-user': user }, timeout: REQUEST_TIMEOUT_MS };
  const outgoing = request(target.url, options, (answer) => {
    const revision = String(answer.headers['x-revision'] ?? 'none');
    answer.resume().on('end', () => settle(revision, answer.statusCode ?? 0));
    answer.on('error', () => settle(revision, 0));
  });
  outgoing.on('timeout', () => outgoing.destroy(new Error('timed out'))).on('error', () => settle('none', 0));
  outgoing.end();
}

function keepSending(): void {
  let due = 0;
  let last = performance.now();
  setInterval(() => {
    const now = performance.now();
    due += ((now - last) / 1000) * config.requestsPerSecond;
    last = now;
    for (; due >= 1; due -= 1) sendOne();
  }, TICK_MS);
}

async function main(): Promise<void> {
  const port = await listen((incoming, response) => {
    incoming.resume();
    if (incoming.url === '/stats') sendJson(response, 200, tally.stats());
    else sendJson(response, 404, { detail: 'only /stats is here' });
  });
  tellParent({ port });
  keepSending();
  setInterval(() => tellParent(tally.takeSecond(Date.now())), 1000);
}

void main();
