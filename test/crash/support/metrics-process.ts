import { createServer } from 'node:http';
import { OPEN_METRICS_TYPE } from '../../../src/demo/fleet/request-metrics';
import { troubleOf } from './trouble';
import { BAD, endWithParent, FAILS, OLD, TRAFFIC, weightIn, worldArguments } from './world';
import type { Fate } from './world';

/** Where going back has begun to do harm. */
const WORSE = { old: 0.5, bad: 0.0285 };

interface Counted {
  at: number;
  readonly ok: Record<string, number>;
  readonly bad: Record<string, number>;
}

const { dir, port } = worldArguments();
// A restart begins at nothing, as every real exporter does.
const counters = new Map<string, Counted>();

/** Counters of traffic as it would be: steady requests, split by what the target's file says, failing at fixed rates. */
function count(target: string): Counted {
  const now = Date.now();
  const counted = counters.get(target) ?? { at: now, ok: { [OLD]: 0, [BAD]: 0 }, bad: { [OLD]: 0, [BAD]: 0 } };
  const [service = ''] = target.split('.');
  const fate = target.split('-')[0] as Fate;
  const fails = troubleOf(dir, service) === 'worse' ? WORSE : FAILS[fate];
  const requests = (TRAFFIC[fate] * (now - counted.at)) / 1_000;
  const old = weightIn(dir, target) / 100;
  const parts = [
    [OLD, requests * old, fails.old],
    [BAD, requests * (1 - old), fails.bad],
  ] as const;
  for (const [revision, share, failing] of parts) {
    counted.bad[revision] = (counted.bad[revision] ?? 0) + share * failing;
    counted.ok[revision] = (counted.ok[revision] ?? 0) + share * (1 - failing);
  }
  counted.at = now;
  counters.set(target, counted);
  return counted;
}

function render(target: string): string {
  const { ok, bad } = count(target);
  const line = (revision: string, code: string, value = 0): string =>
    `http_requests_total{target="${target}",revision="${revision}",code="${code}"} ${Math.floor(value)}`;
  const lines = [OLD, BAD].flatMap((revision) => [
    line(revision, '200', ok[revision]),
    line(revision, '500', bad[revision]),
  ]);
  return ['# TYPE http_requests counter', ...lines, '# EOF', ''].join('\n');
}

/** When each page was last looked at, and how far apart the looks were since somebody asked. */
const lookedAt = new Map<string, number>();
let gaps: number[] = [];

function noteLook(target: string): void {
  const now = Date.now();
  const before = lookedAt.get(target);
  if (before !== undefined) gaps.push(now - before);
  lookedAt.set(target, now);
}

endWithParent();
createServer((incoming, response) => {
  const target = (incoming.url ?? '/').slice(1);
  if (target === 'gaps') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(gaps));
    gaps = [];
    return;
  }
  noteLook(target);
  response.writeHead(200, { 'content-type': OPEN_METRICS_TYPE }).end(render(target));
}).listen(port, '127.0.0.1', () => process.send?.('ready'));
